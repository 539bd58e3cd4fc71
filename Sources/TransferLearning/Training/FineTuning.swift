import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

/// The fine-tuning of a base on photos: what the program and a user's Swift both call.
///
/// ```swift
/// let run = try await FineTuning(Base("resnet50"), Photos("photos")).run(in: "runs/x") { print($0) }
/// ```
public struct FineTuning: Sendable {
  /// What is done, as it is recorded in the run.
  public let job: FineTuningJob
  /// What is fine-tuned: a network up to its features, with weights.
  public let base: Base
  /// With a part to validate on.
  public let photos: Photos
  /// What was found among the photos, and what of it is left out.
  package let inspection: DataInspection
  package let tuner: FineTuner
  /// What the time has left out of the plan.
  private let timeNote: Sentence?

  /// - Parameters:
  ///   - base: the network to fine-tune, which gets a head for the photos' classes.
  ///   - photos: where nothing says which to validate on, some of those to train on are taken.
  ///   - plan: the phases of the training: what is trained, for how many epochs, at which rates.
  ///   - seed: another seed gives another division and order.
  ///   - validation: the part of the photos to validate on, `0..<1`, where they have none.
  /// - Throws: `PlanError` when the plan fits neither the base nor the photos.
  public init(
    _ base: Base, _ photos: Photos, plan: FineTuningPlan = .default, seed: UInt64 = 0,
    validation: Double = FineTuningJob.customaryValidation
  ) throws {
    var job = FineTuningJob(
      base: base.source ?? Base.Source(base.name), data: photos.source.relativePath)
    job.comparison = base.comparison
    job.plan = plan
    job.seed = seed
    job.validation = validation
    try self.init(base, photos, job)
  }

  /// - Parameters:
  ///   - base: as the job says.
  ///   - scanned: the photos that the job names.
  ///   - run: one that is resumed has its plan already.
  ///   - start: when the time of a budget began to run.
  ///   - pool: whose workers measure steps where the job has a budget.
  ///   - communicator: the processes that train together.
  /// - Throws: `PlanError`, `RunError`; with a budget as `describe`.
  package init(
    _ base: Base, _ scanned: Photos, _ job: FineTuningJob, resuming run: RunFolder? = nil,
    since start: ContinuousClock.Instant = .now, pool: WorkerPool? = nil,
    on communicator: any Communicator = SingleProcess()
  ) throws {
    self.job = job
    let options = job.trainingOptions(for: base, on: communicator)
    let division = PhotoDivision(scanned, validation: job.validation, seed: job.seed)
    var plan = job.plan(for: division)
    if !job.adaptsBatches {
      try plan.requireBatches(of: division.photos(for: plan).training.count)
    }
    var note: Sentence?
    if job.budget != nil, let saved = try communicator.share(run?.savedPlan) {
      plan = saved
    } else if job.budget != nil || plan.hasFreeLength {
      var fitting: TimePlan?
      if communicator.isFirst {
        fitting = try TimePlan(
          plan, base: base, division: division, options: options,
          seconds: job.budget.map { $0 - start.secondsAgo }, pool: pool ?? WorkerPool()
        ) { job.base.imageSize == nil ? base.resized(to: $0) : nil }
      }
      note = fitting?.note
      plan = try communicator.share(fitting?.plan ?? plan)
    } else {
      plan = plan.suited(to: division)
    }
    // A size that the user gives is not the plan's to change.
    let size = job.base.imageSize == nil ? plan.imageSize : nil
    let sized = size.flatMap { base.resized(to: $0) } ?? base
    self.base = sized
    photos = division.photos(for: plan)
    inspection = DataInspection(scanned, data: job.data)
    timeNote = note
    try plan.validate(for: photos.labelling)
    tuner = try FineTuner(sized, plan: plan, options: options)
    if let run = job.extending { try requirePhotos(of: run) }
  }

  /// What a reader should know before training, one line each.
  public var notes: [Sentence] {
    var notes = base.notes
    if job.resize == nil, let note = base.resizeNote { notes.append(note) }
    notes += photos.notes.map { Sentence($0) }
    if photos.labelling.isMultiLabel {
      notes.append(
        "photos have any number of labels: a photo counts as right if all of them are, and no others; log"
          + " losses are means over the classes")
    }
    if let timeNote { notes.append(timeNote) }
    if !photos.skipped.isEmpty {
      let shown = photos.skipped.prefix(5).map { "'\($0.path)': \($0.reason)" }
      let more = photos.skipped.count > 5 ? " and \(photos.skipped.count - 5) more" : ""
      let number = photos.skipped.count.counted("photo")
      notes.append(
        "\(number) \(photos.skipped.count == 1 ? "is" : "are") left out: \(shown.joined(separator: "; "))\(more)"
      )
    }
    // Photos left out have just been told, and some kinds have notes of their own.
    let told: Set<PhotoProblem.Kind> = [
      .numericNames, .absentClass, .emptyClass, .emptySplit, .leak,
    ]
    let others = inspection.problemsByKind.filter {
      !$0.kind.leavesOut && !told.contains($0.kind)
    }
    if !others.isEmpty {
      let counts = others.map { "\($0.kind.title): \($0.problems.count)" }
      notes.append(
        "the photos have peculiarities (\(counts.joined(separator: ", "))); \(.inspect) tells which"
      )
    }
    return notes
  }
}

extension FineTuning {
  /// Trains into a new folder and measures the result, on a thread of its own.
  ///
  /// Cancelling the task ends the training with the best weights so far; `Run.resume` goes on.
  /// - Parameters:
  ///   - path: must not exist; `nil`: `runs/<base>-<name of the photos>`, with a number behind it
  ///     if that exists.
  ///   - pool: whose workers decode and compute; by default one for each core.
  ///   - onEvent: called on that thread, in order.
  /// - Throws: `RunError`, `PlanError`, `TrainingError`, `WeightFileError`, `EvaluationError`.
  public func run(
    in path: String? = nil, pool: WorkerPool = WorkerPool(),
    onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> Run {
    let folder = try job.createRun(at: path ?? job.defaultOutput, of: base)
    return try await run(into: folder, pool: pool, onEvent: onEvent)
  }

  func run(
    into folder: RunFolder, pool: WorkerPool,
    onEvent: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws -> Run {
    try await onOwnThread { shouldStop in
      do {
        return try train(into: folder, pool: pool, shouldStop: shouldStop, onEvent: onEvent).run
      } catch {
        folder.discardUnlessWorthKeeping()
        throw error
      }
    }
  }
}

extension Run {
  /// Goes on with a training that was ended, to the same bytes as if it had never been.
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - pool: whose workers decode and compute; by default one for each core.
  ///   - onEvent: called in order, on the thread that trains, which is not the caller's.
  /// - Throws: as `FineTuning.run`; `DataError` when the photos have changed since.
  public static func resume(
    _ path: String, pool: WorkerPool = WorkerPool(),
    onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> Run {
    let url = URL(filePath: path)
    let job = FineTuningJob(try JobRecord<FineTuningJob, NoJob>(of: url))
    let folder = try RunFolder(resuming: url)
    return try await job.run(into: folder, pool: pool, onEvent: onEvent)
  }
}

/// A run that has been trained and measured.
package struct FinishedTraining: Sendable {
  package let run: Run
  /// `nil` when there was no photo to measure on, or training was interrupted.
  package let evaluation: RunEvaluation?
}

extension FineTuning {
  /// The plan with its stages, rates and estimated time.
  /// - Throws: `PlanError`, `NetworkError`, `BackendError`.
  public func describe(pool: WorkerPool) throws -> PlanDescription {
    try tuner.describe(photos, pool: pool)
  }

  /// Trains, writing into `run`, or goes on where a run that is resumed was ended; then measures the
  /// result on the test photos, else on those to validate.
  ///
  /// Call it on a thread of its own, never on Swift's cooperative pool.
  /// - Parameters:
  ///   - shouldStop: asked between steps; `true` ends training with the best weights so far.
  ///   - onTrained: called when everything but the report is written.
  ///   - onEvent: called on this thread.
  /// - Throws: as `FineTuner.train`; `DataError` when the photos of a resumed run have changed;
  ///   `EvaluationError`.
  package func train(
    into run: RunFolder, pool: WorkerPool,
    shouldStop: @escaping @Sendable () -> Bool = { false }, onTrained: () -> Void = {},
    onEvent: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws -> FinishedTraining {
    if run.isResumed { try checkPhotos(of: run) }
    if try tuner.options.communicator.share(!run.isFinished) {
      try run.requireInPlace()
      try inspection.write(to: run.file(.inspection))
      _ = try tuner.train(
        on: photos, pool: pool, run: run, onEvent: onEvent,
        shouldStop: shouldStop)
    }
    onTrained()
    // Read back what was written: the figures are those of the files that a user gets.
    let saved = try Run(run.url)
    var evaluation: RunEvaluation?
    if !saved.record.interrupted,
      let (classifier, measured) = try measure(saved, pool: pool)
    {
      let found = study(saved, pool: pool)
      let measurement = try measured.telling(ofOwn: saved).with(found.study, note: found.note)
        .looking(by: classifier, of: saved, pool: pool)
      try run.requireInPlace()
      try measurement.write(into: run.url)
      evaluation = measurement
    }
    return FinishedTraining(run: saved, evaluation: evaluation)
  }

  /// Takes part in a training whose rank 0 has called `train`.
  /// - Returns: whether it was ended before its end.
  /// - Throws: as `FineTuner.train`.
  package func follow(
    pool: WorkerPool, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> Bool {
    guard try tuner.options.communicator.share(false) else { return false }
    return try tuner.train(on: photos, pool: pool, shouldStop: shouldStop)
      .interrupted
  }

  /// What the base's features, which are in the cache already, say of the photos of a finished run's report. Where there
  /// are none, why.
  private func study(_ run: Run, pool: WorkerPool) -> (study: FeatureStudy?, note: String?) {
    do {
      guard let reported = try run.reported else { return (nil, nil) }
      let collection = run.studied(reported, duplicates: photos.duplicates)
      return (try run.study(collection, by: base, job, pool: pool), nil)
    } catch {
      return (nil, FeatureStudy.note(on: error))
    }
  }

  /// The figures of a finished run: of photos that its weights have not seen, or else of what weights
  /// that had not seen them said.
  private func measure(_ run: Run, pool: WorkerPool) throws -> (Classifier, RunEvaluation)? {
    guard let reported = try run.reported else { return nil }
    let classifier = try Classifier(run)
    guard reported.heldOut.isEmpty else {
      var provenance = classifier.provenance
      provenance.data = job.dataTitle
      provenance.afterwards = reported.afterwards
      let evaluation = try RunEvaluation(
        MeasuredRows(reported.heldOut, of: run, reported), provenance, notes: [],
        below: photos.root, side: classifier.shorterSide, maximumPixels: job.maximumPixels,
        pool: pool)
      return (classifier, evaluation)
    }
    let evaluation = try classifier.evaluate(
      reported.photos, below: photos.root, split: reported.split, labelling: photos.labelling,
      choosesThresholds: reported.choosesThresholds, use: reported.use, skipped: reported.skipped,
      data: job.dataTitle, maximumPixels: job.maximumPixels, pool: pool)
    return (classifier, evaluation)
  }
}
