import Files
import Foundation
import TransferLearning

/// A training as the program carries it out: told of while it runs, interrupted by signals, reported at its
/// end.
struct TrainingCourse {
  let job: FineTuningJob
  let base: Base
  let run: RunFolder
  /// The run's folder as the user knows it.
  let output: String
  /// What a fault of the plan is blamed on.
  var choices = PlanChoices()
  let ranks: any Communicator
  let pool: WorkerPool
  let shown: TrainingProgress
  let interruption: Interruption
  var start = ContinuousClock.now

  /// Reads the photos, trains, and prints what came of it.
  func carryOut() throws {
    do {
      _ = try ranks.share(Optional(job))
      let scan = Counter("photo", isActive: shown.style == .bar)
      tell()
      let prepared = try choices.attributing {
        let photos = try Output.timed("reading the photos") {
          try job.scan(pool: pool) { scan.show($0, of: $1) }
        }
        return try Output.timed("making the plan fit them") {
          try FineTuning(
            base, photos, job, resuming: run, since: start, pool: pool, on: ranks)
        }
      }
      if run.isResumed { try prepared.checkPhotos(of: run) }
      shown.say("photos read as: \(prepared.photos.reading.printable)")
      shown.say(Self.describe(base))
      for note in prepared.notes { shown.warn(note.withOptions) }
      interruption.beginTraining()
      let finished = try Output.timed("training with its report") { try train(prepared) }
      shown.clearBar()
      try report(finished)
    } catch {
      shown.clearBar()
      run.discardUnlessWorthKeeping()
      guard let error = error as? TrainingError, error == .interrupted else { throw error }
      throw CommandFailure(
        .interrupted, "interrupted; '\(output)' holds a checkpoint: \(Self.howToContinue(output))")
    }
  }

  /// With `--verbose`: what computes, and where base and features come from.
  private func tell() {
    Output.tell(job.backend, on: pool)
    Output.detail("weights: \(base.file?.path ?? "random")")
    Output.detail("cache of features: \(CacheFolder.standard.path)")
  }

  private func train(_ prepared: FineTuning) throws -> FinishedTraining {
    let interruption = interruption
    let finished = try prepared.train(
      into: run, pool: pool,
      shouldStop: { interruption.isRequested },
      onTrained: { interruption.endTraining() },
      onEvent: shown.receive)
    // Standard output that is full must not cost the run, but it is an error.
    try shown.check()
    return finished
  }

  private func report(_ finished: FinishedTraining) throws {
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
    for note in evaluation.notes { shown.warn("\(note)") }
    if let caution = evaluation.report.copiesSentence { shown.warn("\(caution)") }
    let page = "\(output)/\(RunEvaluation.File.html.rawValue)"
    if shown.style == .json {
      let metrics = evaluation.metrics
      return try Output.print(
        jsonText: ReportLine(
          accuracy: metrics.accuracy,
          meanAveragePrecision: metrics.multiLabel?.meanAveragePrecision, split: metrics.split,
          usedForSelection: metrics.usedForSelection, trainedOn: metrics.trainedOn, path: page
        ).jsonLine)
    }
    try Output.print(evaluation.metrics.summary)
    if let afterwards = evaluation.report.provenance.afterwards {
      try Output.print("afterwards \(afterwards)")
    }
    try Output.print("report: \(page)")
  }

  static func howToContinue(_ output: String) -> String {
    "continue with 'finetune --output \(output) --resume'"
  }

  /// What was loaded.
  static func describe(_ base: Base) -> String {
    let title = title(of: base)
    guard let report = base.report else {
      return base.weights == .random ? "\(title), random weights" : "\(title), as the run has it"
    }
    return "\(title)\n\(report)"
  }

  /// What it is, and what it reads.
  static func title(of base: Base) -> String {
    "\(base.title) for \(base.imageSize.title) pixels"
  }
}

/// The last line of `--progress json`.
private struct ReportLine: Encodable {
  let event = "report"
  let accuracy: Double
  /// Where classes do not exclude one another.
  let meanAveragePrecision: Double?
  let split: String
  let usedForSelection: Bool
  let trainedOn: Int
  let path: String

  private enum CodingKeys: CodingKey {
    case event, accuracy, meanAveragePrecision, split, usedForSelection, trainedOn, path
  }

  var jsonLine: String {
    get throws { String(decoding: try CanonicalJSON.line(self), as: UTF8.self) }
  }
}
