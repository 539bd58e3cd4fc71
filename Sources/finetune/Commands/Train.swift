import ArgumentParser
import Files
import Foundation
import TransferLearning

struct Train: ParsableCommand, Talkative, ComputingWithLibrary {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Fine-tunes a pretrained network on a folder of photos (the default).",
    usage: "finetune --base NAME --data DIR [options]",
    discussion:
      "DIR holds a folder for each class, or such folders below train/, val/ and test/ (or training/, valid/, dev/, test_set/ and the like, in any case). Test photos are never used for a choice, only for the final figure. The head is the new last layer, which tells the classes apart; the base is everything before it."
  )

  /// The title of what stands first in the help.
  static let firstGroup = "What to train on"

  @OptionGroup(title: Train.firstGroup) var what: SubjectOptions
  @OptionGroup(title: Train.firstGroup) var among: CandidateOptions
  @OptionGroup(title: Train.firstGroup) var network: NetworkOptions
  @OptionGroup(title: Train.firstGroup) var photos: PhotoOptions
  @OptionGroup(title: "Plan") var plan: PlanOptions
  @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions
  @OptionGroup(title: "Machine") var number: PrecisionOptions
  @OptionGroup(title: "Output") var written: OutputOptions
  @OptionGroup(title: "Output") var told: VolumeOptions

  var volume: Output.Volume { told.volume }

  func validate() throws {
    try number.check(on: machine.backend)
    try require(
      0..<1 ~= what.validation.value, "--validation", what.validation.value, "0 to below 1")
    if let checkpointEvery = written.checkpointEvery {
      try require(checkpointEvery >= 0, "--checkpoint-every", checkpointEvery, "at least 0")
    }
    if let histograms = written.histograms {
      try require(histograms >= 0, "--histograms", histograms, "at least 0")
    }
    if told.volume == .quiet, let progress = written.progress.given,
      ![.json, .none].contains(progress)
    {
      throw ValidationError("--quiet and --progress \(progress.rawValue) exclude each other")
    }
    if let folds = plan.folds {
      try require(2...100 ~= folds, "--folds", folds, "2 to 100")
      if what.validation.given != nil {
        throw ValidationError(
          "--folds and --validation exclude each other: each fold is validated on once")
      }
    }
    if let output = written.output, output.isEmpty {
      throw ValidationError("--output names no folder")
    }
    if written.resume {
      guard written.output != nil else { throw ValidationError("--resume needs --output RUN") }
      if written.dryRun { throw ValidationError("--resume and --dry-run exclude each other") }
      if written.findRate { throw ValidationError("--resume and --find-rate exclude each other") }
      return
    }
    try validateCandidates()
    if written.findRate, written.dryRun {
      throw ValidationError("--find-rate and --dry-run exclude each other")
    }
    if planChoices.isFromScratch, let file = network.weights, file != "none" {
      throw ValidationError(
        "--plan scratch begins with random weights, so --weights '\(file)' has no use; leave it out, or train all"
          + " of it with --plan full")
    }
    guard what.base != nil else {
      throw ValidationError("Missing expected argument '--base <NAME>'")
    }
    guard what.data != nil else {
      throw ValidationError("Missing expected argument '--data <DIR>'")
    }
  }

  func run() throws {
    let start = ContinuousClock.now
    let interruption = Interruption()
    try interruption.watch()
    let ranks = try Ranks.join()
    guard ranks.isFirst else { return try follow(ranks, interruption) }
    if written.resume, let output = written.output {
      return try continueRun(output, ranks, interruption)
    }
    var job = try makeJob()
    let shown = TrainingProgress(written.progress.value)
    if choosesBase {
      // What is known to be in the way is told before the comparison takes time.
      if let output = written.output { try check(output: output, of: job) }
      job = try choosingBase(for: job, shown, interruption)
    }
    try planChoices.attributing { try job.check() }
    let output = written.output ?? job.defaultOutput
    try check(output: output, of: job)
    if written.dryRun {
      _ = try ranks.share(FineTuningJob?.none)
      return try describe(job, machine.pool)
    }
    let base = try loadBase(of: job, shown)
    if written.findRate {
      // One process does this alone.
      _ = try ranks.share(FineTuningJob?.none)
      return try findRate(job, base, output, shown, interruption)
    }
    let run = try job.createRun(
      at: output, of: base, arguments: Invocation.current.arguments,
      choices: choices(of: job))
    interruption.prepare { run.discardUnlessWorthKeeping() }
    try TrainingCourse(
      job: job, base: base, run: run, output: output, choices: planChoices, ranks: ranks,
      pool: machine.pool, shown: shown, interruption: interruption, start: start
    ).carryOut()
  }

  private func check(output: String, of job: FineTuningJob) throws {
    if FileStatus(output) == nil {
      try OutputCheck.requireOutside(file: URL(filePath: output), data: job.data)
    }
    try OutputCheck.requireNew(folder: URL(filePath: output))
    if written.findRate { try Self.requireNewPlot(of: output) }
  }

  func loadBase(of job: FineTuningJob, _ shown: TrainingProgress) throws -> Base {
    let download = Counter("download", isActive: shown.style == .bar)
    return try Output.timed("loading the base") {
      try job.loadBase { download.showBytes($0, of: $1) }
    }
  }

  /// Does a rank's part of what rank 0 carries out, and prints nothing.
  private func follow(_ ranks: any Communicator, _ interruption: Interruption) throws {
    guard let job = try ranks.share(FineTuningJob?.none) else { return }
    let pool = machine.pool
    let prepared = try FineTuning(
      job.loadBase(), job.scan(pool: pool), job, pool: pool, on: ranks)
    interruption.beginTraining()
    do {
      guard try prepared.follow(pool: pool, shouldStop: { interruption.isRequested }) else {
        return
      }
    } catch TrainingError.interrupted {}
    throw CommandFailure(.interrupted, "")
  }

  /// What the user gave of the plan.
  var planChoices: PlanChoices {
    var choices = plan.choices
    augmentation.choose(in: &choices.phases)
    return choices
  }

  /// What the user gave of what decides the result.
  var choices: TrainingChoices {
    var choices = TrainingChoices(plan: planChoices)
    choices.job.choose(\.base.name, what.base)
    choices.job.choose(\.data, what.data)
    choices.job.choose(\.validation, what.validation.given)
    choices.job.choose(\.allowsEmptyClasses, what.allowEmptyClasses ? true : nil)
    choices.job.choose(\.isStrict, what.strict ? true : nil)
    choices.job.choose(\.seed, plan.seed.given)
    choices.job.choose(\.budget, plan.budget?.seconds)
    choices.job.choose(\.base.weights, network.source)
    choices.job.choose(
      \.base.allowMissing, network.allowMissing.isEmpty ? nil : network.allowMissing)
    choices.job.choose(\.base.alpha, network.variant.alpha)
    choices.job.choose(\.base.imageSize, network.variant.imageSize)
    choices.job.choose(\.base.channels, network.variant.channels)
    choices.job.choose(\.base.preprocessing, network.variant.preprocessing)
    choices.job.choose(\.resize, photos.resize)
    choices.job.choose(\.maximumPixels, photos.maxPixelsOption.given)
    choices.job.choose(\.backend, machine.backendOption.given)
    choices.job.choose(\.precision, number.precisionOption.given)
    return choices
  }

  func makeJob() throws -> FineTuningJob {
    var job = try choices.makeJob()
    job.base.isOffline = network.offline
    job.checkpointEvery = written.checkpointEvery ?? job.checkpointEvery
    job.histogramEvery = written.histograms ?? job.histogramEvery
    return job
  }

  private func describe(
    _ job: FineTuningJob, _ pool: WorkerPool
  ) throws {
    let (base, missing) = try Base.withoutDownload(job.base, seed: job.seed)
    let prepared = try planChoices.attributing {
      try FineTuning(base, job.scan(pool: pool), job, pool: pool)
    }
    for note in prepared.notes { Output.warn(note) }
    try Output.print("photos read as: \(prepared.photos.reading.printable)")
    let title = TrainingCourse.title(of: base)
    try Output.print(
      missing.map { "\(title); its weights are not here: training would download '\($0)'" }
        ?? TrainingCourse.describe(base))
    let available = AvailableMemory.byteCount
    let plan = try prepared.describe(pool: pool)
    try Output.print((missing == nil ? plan : plan.withoutScales).description)
    try plan.requireMemory(of: available)
  }
}
