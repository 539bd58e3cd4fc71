import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Bases: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "bases",
    abstract: "Compares bases on a sample of the photos: the table behind --base auto.",
    usage: "finetune bases --data DIR [--candidates A,B,C] [--budget TIME] [options]",
    discussion:
      "Of each base a head is cross-validated on its features of a small sample, then of larger ones, without those that are worse beyond doubt. The fastest of those that cannot be told from the best is what --base auto takes. Nothing is trained and nothing written but the cache of features. Photos to validate or test on take no part."
  )

  @Option(
    help: ArgumentHelp(
      "The photos, as for training: a folder, or a list with the columns path and label.",
      valueName: "DIR|LIST.csv"),
    completion: .file(extensions: ["csv", "tsv"]))
  var data: String

  @OptionGroup var among: CandidateOptions

  @Option(
    help: ArgumentHelp(
      "What the comparison may take, as 30s, 5m or 1h (default: 2m).", valueName: "TIME"))
  var budget: TimeSpan?

  @Option(
    help: ArgumentHelp(
      "The share of the photos that is set apart, as for training.", valueName: "FRACTION"))
  var validation = Defaulted(FineTuningJob.customaryValidation)

  @Option(
    help: ArgumentHelp("Another seed takes another sample and other folds.", valueName: "N"))
  var seed = Defaulted<UInt64>(0)

  @Option(
    help: ArgumentHelp(
      "Height and width of the input for all bases, in pixels (default: each one's own).",
      valueName: "N|HxW"))
  var imageSize: ImageSize?

  @Flag(help: "Write JSON.")
  var json = false

  @OptionGroup var photos: PhotoOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions
  @OptionGroup var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try number.check(on: machine.backend)
    try require(0..<1 ~= validation.value, "--validation", validation.value, "0 to below 1")
  }

  func run() throws {
    var job = FineTuningJob(base: Base.Source(CandidateOptions.automatic), data: data)
    job.base.imageSize = imageSize
    job.validation = validation.value
    job.seed = seed.value
    job.resize = photos.resize
    job.maximumPixels = photos.maxPixels
    job.backend = machine.backend
    job.precision = number.precision
    let search = among.search(seconds: budget?.seconds ?? BaseSearch.customarySeconds)
    let pool = machine.pool
    Output.tell(job.backend, on: pool)
    let found = try Output.timed("comparing") {
      try job.search(search, pool: pool, isBar: true, ComparisonProgress(isShown: !json))
    }
    if json { return try Output.print(json: found.comparison) }
    try Output.print(found.comparison.text)
  }
}

extension FineTuningJob {
  /// Finds the bases, reads the photos and compares.
  func search(
    _ search: BaseSearch, pool: WorkerPool, isBar: Bool, _ shown: ComparisonProgress,
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> FoundBase {
    let download = Counter("download", isActive: isBar)
    let contestants = try search.contestants(like: base) { download.showBytes($0, of: $1) }
    // What is wrong with plan or folder is known before anything takes time.
    for contestant in contestants.prefix(1) {
      var job = self
      job.base = contestant.source
      try job.check()
    }
    let counter = Counter("photo", isActive: isBar)
    let photos = try Output.timed("reading the photos") {
      try scan(pool: pool) { counter.show($0, of: $1) }
    }
    defer { StatusLine.shared.clear() }
    return try search.run(
      for: self, among: contestants, on: photos, pool: pool, onEvent: shown.receive,
      shouldStop: shouldStop)
  }
}
