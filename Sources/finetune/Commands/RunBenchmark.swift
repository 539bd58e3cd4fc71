import ArgumentParser
import Files
import Foundation
import TransferLearning

struct RunBenchmark: ParsableCommand, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measures images a second and memory, on random images.",
    usage:
      "finetune benchmark --base NAME [--mode infer|head|last|full] [options]",
    discussion:
      "Two steps warm up, then the median step counts. Weights are random unless --weights names a file. Training steps have frozen batch norm and end with an update by SGD with momentum."
  )

  @Option(
    help: ArgumentHelp("A model of the zoo.", valueName: "NAME"),
    completion: Candidates.bases)
  var base: String

  @Option(
    help: ArgumentHelp(
      "What learns: nothing, the head, the last stage with it, or everything.",
      valueName: "infer|head|last|full"))
  var mode = Benchmark.Mode.infer

  @Option(help: ArgumentHelp("Images in a step.", valueName: "N"))
  var batchSize = 32

  @Option(help: ArgumentHelp("Steps that are timed.", valueName: "N"))
  var steps = 7

  @Flag(
    help:
      "Also time each kernel: its share of the time and of the machine's peak, bytes, and the code that runs."
  )
  var profile = false

  @Flag(help: "Write JSON.")
  var json = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @OptionGroup var config: ConfigOption

  func validate() throws {
    try number.check(on: machine.backend)
    try require(1...4096 ~= batchSize, "--batch-size", batchSize, "1 to 4096")
    try require(1...100_000 ~= steps, "--steps", steps, "1 to 100000")
  }

  func run() throws {
    var benchmark = Benchmark(base: network.selection(base, unnamed: .none), mode: mode)
    benchmark.batchSize = batchSize
    benchmark.backend = machine.backend
    benchmark.precision = number.precision
    benchmark.steps = steps
    benchmark.profiles = profile
    let result = try benchmark.run(pool: machine.pool)
    if json { return try Output.print(json: result) }
    try Output.print(
      String(
        format: "%@%@ %@, batch %d, %@, %@ %@: %.1f images/s, %d MiB", result.base,
        result.alpha.map { " \($0)" } ?? "",
        result.mode.rawValue, result.batchSize, result.threads.counted("thread"), result.backend,
        result.precision,
        result.imagesPerSecond, result.peakMiB))
    if let profile = result.profile { try Output.print(profile.description) }
  }
}
