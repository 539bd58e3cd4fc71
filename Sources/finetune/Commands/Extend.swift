import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Extend: ParsableCommand, Talkative, Computing {
  static let configuration = CommandConfiguration(
    commandName: "extend",
    abstract: "Adds photos, of new classes too, to a run whose head was solved.",
    usage: "finetune extend RUN --data DIR|LIST.csv [--output RUN] [options]",
    discussion:
      "The result is a new run whose head is that of --plan head on the photos of both. The earlier photos need not be there, since their features are in the cache, unless the head has learnt from augmented views of them (--head-views). Classes are sorted anew. A run with tuned layers needs all its photos; train it anew."
  )

  @Argument(
    help: ArgumentHelp("The folder that training wrote; it stays as it is.", valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String

  @Option(
    help: ArgumentHelp(
      "The photos to add: a folder of class folders, one will do, with or without splits, or a list.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @Option(
    help: ArgumentHelp(
      "The folder to write, which must not exist (default: runs/<name of RUN>-extended).",
      valueName: "RUN"),
    completion: .directory)
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The part of all photos to validate on, where none are given for that (default: as in RUN).",
      valueName: "FRACTION"))
  var validation: Double?

  @Option(help: ArgumentHelp("Larger photos are left out (default: as in RUN).", valueName: "N"))
  var maxPixels: Int?

  @Option(
    help: ArgumentHelp(
      "A bar, a few lines, JSON lines on standard output, or nothing.",
      valueName: "auto|bar|lines|json|none"))
  var progress = ProgressStyle.auto

  @OptionGroup var resources: ResourceOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    if let output, output.isEmpty { throw ValidationError("--output names no folder") }
    if let validation {
      try require(0..<1 ~= validation, "--validation", validation, "0 to below 1")
    }
    if let maxPixels { try require(maxPixels > 0, "--max-pixels", maxPixels, "at least 1") }
    if told.volume == .quiet, [.bar, .lines].contains(progress) {
      throw ValidationError("--quiet and --progress \(progress.rawValue) exclude each other")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let interruption = Interruption()
    try interruption.watch()
    var job = try FineTuningJob(extending: Run(URL(filePath: folder)), with: data)
    if let validation {
      if let folds = job.plan.folds {
        throw UsageError(
          "'\(folder)' was judged on \(folds) folds, each validated on once, so --validation has no use;"
            + " leave it out")
      }
      job.validation = validation
    }
    if let maxPixels { job.maximumPixels = maxPixels }
    let output = output ?? job.defaultOutput
    if FileStatus(output) == nil {
      try OutputCheck.requireOutside(file: URL(filePath: output), data: data)
    }
    try OutputCheck.requireNew(folder: URL(filePath: output))
    let base = try job.loadBase()
    let run = try job.createRun(
      at: output, of: base, arguments: Invocation.current.arguments)
    interruption.prepare { run.discardUnlessWorthKeeping() }
    try TrainingCourse(
      job: job, base: base, run: run, output: output, ranks: SingleProcess(),
      pool: resources.pool,
      shown: TrainingProgress(progress), interruption: interruption, start: start
    ).carryOut()
  }
}
