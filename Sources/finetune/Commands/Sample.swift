import ArgumentParser
import Foundation
import TransferLearning

struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Draws a small labelled folder of photos to try things on.",
    usage: "finetune sample --output DIR [--photos N] [--size N] [--seed N]")

  @Option(
    help: ArgumentHelp("The folder to write; it must not exist or be empty.", valueName: "DIR"))
  var output: String

  @Option(help: ArgumentHelp("Photos of each class.", valueName: "N"))
  var photos = 40

  @Option(help: ArgumentHelp("Side of the photos, in pixels.", valueName: "N"))
  var size = 192

  @Option(help: ArgumentHelp("Another seed gives other photos.", valueName: "N"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp(
      "Which classes: 'sample' to try fine-tuning on, or those that the embedded base was pretrained on.",
      valueName: "sample|pretraining"))
  var set = SampleSet.sample

  @Option(help: ArgumentHelp("Threads that draw (default: one a core).", valueName: "N"))
  var threads: Int?

  func validate() throws {
    try require(1...100_000 ~= photos, "--photos", photos, "1 to 100000")
    try require(16...4096 ~= size, "--size", size, "16 to 4096")
    if let threads { try require(1...1024 ~= threads, "--threads", threads, "1 to 1024") }
  }

  func run() throws {
    let counter = Counter("photo")
    try SampleFolder.write(
      to: URL(filePath: output), photosPerClass: photos, seed: seed, size: size, set: set,
      pool: WorkerPool(count: threads ?? WorkerPool.coreCount)
    ) { counter.show($0, of: $1) }
    Output.note("\(set.classes.count) classes of \(photos) photos: \(output)")
  }
}
