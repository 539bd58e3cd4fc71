import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Fine-tunes a pretrained network on a folder of photos (the default).",
    usage: "finetune --base NAME --data DIR [options]",
    discussion:
      "DIR holds a folder for each class, or such folders below train/, val/ and test/ (or training/, valid/, dev/, test_set/ and the like, in any case). Test photos are never used for a choice, only for the final figure."
  )

  @Option(help: ArgumentHelp("A model of the zoo; see 'finetune models'.", valueName: "NAME"))
  var base: String?

  @Option(
    help: ArgumentHelp(
      "The photos: a folder, or a list with the columns path and label, and split and group if known.",
      valueName: "DIR|LIST.csv"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "The folder to write, which must not exist (default: runs/<base>-<name of DIR>).",
      valueName: "RUN"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "The part of the photos to validate on, where no folder is for that.",
      valueName: "FRACTION"))
  var validation = Defaulted(0.2)

  @OptionGroup var plan: PlanOptions

  @Option(
    help: ArgumentHelp(
      "How long everything may take, as 30s, 5m or 1h30m: the plan is as deep and as long as fits, by steps measured here (default: what two cores do in 5 minutes, or less where nothing is gained by more).",
      valueName: "TIME"))
  var budget: TimeSpan?

  @Flag(help: "Allow classes without a training photo.")
  var allowEmptyClasses = false

  @Flag(help: "Make any problem of the photos an error; see 'finetune inspect'.")
  var strict = false

  @Option(help: ArgumentHelp("Another seed gives another split and order.", valueName: "N"))
  var seed = Defaulted<UInt64>(0)

  @Option(
    help: ArgumentHelp(
      "A bar, a few lines, JSON lines on standard output, or nothing.",
      valueName: "auto|bar|lines|json|none"))
  var progress = ProgressStyle.auto

  @Option(
    help: ArgumentHelp(
      "Write a checkpoint after so many steps, besides one at the end of each epoch; 0: only those (default: 100).",
      valueName: "N"))
  var checkpointEvery: Int?

  @Option(
    help: ArgumentHelp(
      "Every so many steps of a phase, show TensorBoard how the gradients of each parameter are distributed (default: 0, never).",
      valueName: "N"))
  var histograms: Int?

  @Flag(
    help:
      "Continue the training of --output RUN, to the same bytes as if it had never been ended. Everything else is taken from RUN."
  )
  var resume = false

  @Flag(
    help:
      "Test learning rates in memory: print a suggestion and draw <output>-rates.svg, and write nothing else."
  )
  var findRate = false

  @Flag(help: "Print the plan and what the weight file holds, and write nothing.")
  var dryRun = false

  @OptionGroup var network: NetworkOptions
  @OptionGroup var photos: PhotoOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var number: PrecisionOptions

  func validate() throws {
    try number.check(on: machine.backend)
    try require(
      0..<1 ~= validation.value, "--validation", validation.value, "0 to below 1")
    if let checkpointEvery {
      try require(checkpointEvery >= 0, "--checkpoint-every", checkpointEvery, "at least 0")
    }
    if let histograms {
      try require(histograms >= 0, "--histograms", histograms, "at least 0")
    }
    if let folds = plan.folds {
      try require(2...100 ~= folds, "--folds", folds, "2 to 100")
      if validation.given != nil {
        throw ValidationError(
          "--folds and --validation exclude each other: each fold is validated on once")
      }
    }
    if let output, output.isEmpty { throw ValidationError("--output names no folder") }
    if resume {
      guard output != nil else { throw ValidationError("--resume needs --output RUN") }
      if dryRun { throw ValidationError("--resume and --dry-run exclude each other") }
      if findRate { throw ValidationError("--resume and --find-rate exclude each other") }
      return
    }
    if findRate, dryRun {
      throw ValidationError("--find-rate and --dry-run exclude each other")
    }
    if plan.choices.isFromScratch, let file = network.weights, file != "none" {
      throw ValidationError(
        "--plan scratch begins with random weights, so --weights '\(file)' has no use; leave it out, or train all"
          + " of it with --plan full")
    }
    guard base != nil else { throw ValidationError("Missing expected argument '--base <NAME>'") }
    guard data != nil else { throw ValidationError("Missing expected argument '--data <DIR>'") }
  }

  func run() throws {
    let start = ContinuousClock.now
    let interruption = Interruption()
    interruption.watch()
    let ranks = try Ranks.join()
    guard ranks.isFirst else { return try follow(ranks, interruption) }
    if resume, let output { return try continueRun(output, ranks, interruption) }
    let job = try makeJob()
    try plan.choices.attributing { try job.check() }
    let output = output ?? job.defaultOutput
    try OutputCheck.requireNew(folder: URL(filePath: output))
    let shown = TrainingProgress(progress)
    let base = try loadBase(of: job, shown)
    if dryRun || findRate {
      // One process does this alone.
      _ = try ranks.share(FineTuningJob?.none)
      return dryRun
        ? try describe(job, base, machine.pool)
        : try findRate(job, base, output, shown, interruption)
    }
    let run = try job.createRun(
      at: output, of: base, arguments: Array(CommandLine.arguments.dropFirst()),
      choices: choices)
    interruption.prepare { run.discardUnlessWorthKeeping() }
    try carryOut(job, base, ranks, into: run, output, shown, interruption, since: start)
  }

  func loadBase(of job: FineTuningJob, _ shown: TrainingProgress) throws -> Base {
    let download = Counter("download", isActive: shown.style == .bar)
    return try Base(loading: job.base, seed: job.seed) { download.showBytes($0, of: $1) }
  }

  /// Reads the photos, trains, and prints what came of it.
  func carryOut(
    _ job: FineTuningJob, _ base: Base, _ ranks: any Communicator,
    into run: RunFolder, _ output: String, _ shown: TrainingProgress, _ interruption: Interruption,
    since start: ContinuousClock.Instant = .now
  ) throws {
    let pool = machine.pool
    do {
      _ = try ranks.share(Optional(job))
      let scan = Counter("photo", isActive: shown.style == .bar)
      let prepared = try plan.choices.attributing {
        try FineTuning(
          base, job.scan(pool: pool) { scan.show($0, of: $1) }, job, resuming: run, since: start,
          pool: pool, on: ranks)
      }
      if run.isResumed { try prepared.checkPhotos(of: run) }
      shown.say("photos read as: \(prepared.photos.reading.printable)")
      shown.say(Self.describe(base))
      for note in prepared.notes { shown.say("note: \(note.withOptions.printable)") }
      interruption.beginTraining()
      let finished = try train(prepared, into: run, pool, shown, interruption)
      shown.clearBar()
      try report(finished, output, shown)
    } catch {
      shown.clearBar()
      run.discardUnlessWorthKeeping()
      guard let error = error as? TrainingError, error == .interrupted else { throw error }
      throw CommandFailure(
        .interrupted, "interrupted; '\(output)' holds a checkpoint: \(Self.howToContinue(output))")
    }
  }

  /// Does a rank's part of what rank 0 carries out, and prints nothing.
  private func follow(_ ranks: any Communicator, _ interruption: Interruption) throws {
    guard let job = try ranks.share(FineTuningJob?.none) else { return }
    let pool = machine.pool
    let prepared = try FineTuning(
      Base(loading: job.base, seed: job.seed), job.scan(pool: pool), job, pool: pool, on: ranks)
    interruption.beginTraining()
    do {
      guard try prepared.follow(pool: pool, shouldStop: { interruption.isRequested }) else {
        return
      }
    } catch TrainingError.interrupted {}
    throw CommandFailure(.interrupted, "")
  }

  static func howToContinue(_ output: String) -> String {
    "continue with 'finetune --output \(output) --resume'"
  }

  /// What the user gave of what decides the result.
  var choices: TrainingChoices {
    var choices = TrainingChoices(plan: plan.choices)
    choices.job.choose(\.base.name, base)
    choices.job.choose(\.data, data)
    choices.job.choose(\.validation, validation.given)
    choices.job.choose(\.allowsEmptyClasses, allowEmptyClasses ? true : nil)
    choices.job.choose(\.isStrict, strict ? true : nil)
    choices.job.choose(\.seed, seed.given)
    choices.job.choose(\.budget, budget?.seconds)
    choices.job.choose(\.base.weights, network.source)
    choices.job.choose(
      \.base.allowMissing, network.allowMissing.isEmpty ? nil : network.allowMissing)
    choices.job.choose(\.base.alpha, network.variant.alpha)
    choices.job.choose(\.base.imageSize, network.variant.imageSize)
    choices.job.choose(\.base.channels, network.variant.channels)
    choices.job.choose(\.base.preprocessing, network.variant.preprocessing)
    choices.job.choose(\.resize, photos.resizeOption.given?.policy)
    choices.job.choose(\.maximumPixels, photos.maxPixelsOption.given)
    choices.job.choose(\.backend, machine.backendOption.given)
    choices.job.choose(\.precision, number.precisionOption.given)
    return choices
  }

  func makeJob() throws -> FineTuningJob {
    var job = try choices.makeJob()
    job.base.isOffline = network.offline
    job.checkpointEvery = checkpointEvery ?? job.checkpointEvery
    job.histogramEvery = histograms ?? job.histogramEvery
    return job
  }

  private func describe(
    _ job: FineTuningJob, _ base: Base, _ pool: WorkerPool
  ) throws {
    let prepared = try plan.choices.attributing {
      try FineTuning(base, job.scan(pool: pool), job, pool: pool)
    }
    for note in prepared.notes { Output.warn(note) }
    try Output.print("photos read as: \(prepared.photos.reading.printable)")
    try Output.print(Self.describe(base))
    try Output.print(try prepared.describe(pool: pool).description)
  }

  /// What was loaded.
  private static func describe(_ base: Base) -> String {
    let name = "\(base.title) for \(base.imageSize) × \(base.imageSize) pixels"
    guard let report = base.report else { return "\(name), random weights" }
    return "\(name)\n\(report)"
  }

  private func train(
    _ prepared: FineTuning, into run: RunFolder, _ pool: WorkerPool, _ shown: TrainingProgress,
    _ interruption: Interruption
  ) throws -> FinishedTraining {
    let finished = try prepared.train(
      into: run, pool: pool,
      shouldStop: { interruption.isRequested },
      onTrained: { interruption.endTraining() },
      onEvent: shown.receive)
    // Standard output that is full must not cost the run, but it is an error.
    try shown.check()
    return finished
  }

  private func report(
    _ finished: FinishedTraining, _ output: String, _ shown: TrainingProgress
  ) throws {
    if finished.run.record.interrupted {
      throw CommandFailure(
        .interrupted,
        "interrupted; '\(output)' holds the best weights so far and a checkpoint: "
          + Self.howToContinue(output))
    }
    guard let evaluation = finished.evaluation else {
      if shown.style != .json {
        try Output.print("no photos to measure on; the run is '\(output)'")
      }
      return
    }
    for note in evaluation.notes { shown.say("note: \(note)") }
    let page = "\(output)/\(RunEvaluation.File.html.rawValue)"
    if shown.style == .json {
      let metrics = evaluation.metrics
      return try Output.print(
        ReportLine(
          accuracy: metrics.accuracy, split: metrics.split,
          usedForSelection: metrics.usedForSelection, trainedOn: metrics.trainedOn, path: page
        ).jsonLine)
    }
    try Output.print(evaluation.metrics.summary)
    if let afterwards = evaluation.report.provenance.afterwards {
      try Output.print("afterwards \(afterwards)")
    }
    try Output.print("report: \(page)")
  }
}

/// The last line of `--progress json`.
private struct ReportLine: Encodable {
  let event = "report"
  let accuracy: Double
  let split: String
  let usedForSelection: Bool
  let trainedOn: Int
  let path: String

  private enum CodingKeys: CodingKey {
    case event, accuracy, split, usedForSelection, trainedOn, path
  }

  var jsonLine: String {
    get throws { String(decoding: try CanonicalJSON.line(self), as: UTF8.self) }
  }
}
