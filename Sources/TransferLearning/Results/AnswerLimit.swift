import Evaluation
import Files
import FineTuning

/// How sure a run's classifier has to be so that as many of its answers are right as somebody wants.
package struct AnswerLimit: Sendable {
  /// Answers of a lower probability are left out.
  package let threshold: Double
  /// What the threshold gives on photos that did not choose it: each fifth is measured with one that the others choose.
  package let measured: AnsweredShare
  /// How many photos chose.
  package let photos: Int

  /// Fewer answers show no share.
  private static let fewestAnswers = 10

  /// The lowest limit that gives so many right answers on photos that the run's weights have not learnt from.
  /// - Parameter wantedPrecision: the share of the answers that should be right, more than 0 and at most 1.
  /// - Throws: `UsageError` for a run whose classes do not exclude one another, `DataError` `.bad` where no limit
  ///   leaves enough answers that are right so often, or the photos were trained on; `RunError` as `Run.predictions`.
  package init(of run: Run, wantedPrecision: Double) throws {
    let name = "'\(run.url.relativePath)'"
    let rows = try run.unseenPredictions(
      whereSets: "each has a threshold of its own already; answers are left out where")
    let chosen = AnsweredShare(wantedPrecision: wantedPrecision, choosingBy: rows)
    let answered = chosen.threshold.map { limit in rows.count { Double($0.confidence) >= limit } }
    guard let threshold = chosen.threshold, let answered, answered >= Self.fewestAnswers else {
      throw DataError(.bad, Self.refusal(name, wantedPrecision, rows, answered: answered ?? 0))
    }
    self.threshold = threshold
    measured = AnsweredShare(wantedPrecision: wantedPrecision, crossFittedBy: rows)
    photos = rows.count
  }

  private static func refusal(
    _ name: String, _ wanted: Double, _ rows: [PredictionRow], answered: Int
  ) -> String {
    let found =
      answered == 0
      ? "not even the surest answers are right so often"
      : "the surest answers are right so often for \(answered) only, expected \(fewestAnswers) or more"
    return
      "\(name) cannot promise that \(percent(wanted)) of its answers are right: of \(rows.count.counted("photo")) that"
      + " it did not learn from, \(found), and \(percent(ClassificationMetrics.accuracy(rows))) of all; ask for less, or"
      + " train it on more photos"
  }
}

extension Run {
  /// What was predicted of photos that the weights have not learnt from.
  /// - Parameter explanation: what answers are where photos have any number of labels, and what is done "where" every
  ///   photo has one class.
  /// - Throws: `UsageError` for a run whose classes do not exclude one another, `DataError` `.bad` where all photos were
  ///   trained on; `RunError` as `predictions`.
  func unseenPredictions(whereSets explanation: String) throws -> [PredictionRow] {
    let name = "'\(url.relativePath)'"
    guard !isMultiLabel else {
      throw UsageError(
        "photos of \(name) have any number of labels, of which \(explanation) every photo has one class"
      )
    }
    let kept = try heldOut
    guard kept.isEmpty else { return kept }
    let rows = try predictions
    if let use = try reported?.use, use.trainedOn > 0 {
      throw DataError(
        .bad,
        "\(name) has predictions of photos that it was trained on only, which say nothing of how sure it is of others"
      )
    }
    return rows
  }
}

extension AnswerLimit: CustomStringConvertible {
  /// What the limit is and does, in a sentence.
  package var description: String {
    let right = measured.precision.map { ", \(percent($0)) of them rightly" } ?? ""
    return
      "answers that are less than \(percent(threshold)) sure are left out; of \(photos.counted("photo")) that the run"
      + " did not learn from, \(percent(measured.coverage)) are answered\(right), measured with limits that others of"
      + " them chose"
  }
}
