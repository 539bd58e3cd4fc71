import Evaluation
import Files
import FineTuning
import Foundation

/// For each photo the classes that it may be of, so that sets hold the right one as often as somebody wants.
package struct AnswerSets: Sendable {
  /// Which classes are in a set.
  package let sets: ConformalSets
  /// What sets did on photos that their limit does not come from: each fifth has a limit of the others.
  let measured: ConformalSets.Measurement

  /// Sets by photos that the run's weights have not learnt from.
  /// - Parameter promised: how often a set is to hold the right class, `0..<1`.
  /// - Throws: `UsageError` for a run whose classes do not exclude one another, `DataError` `.bad` where there are too
  ///   few photos to promise so much, or they were trained on; `RunError` as `Run.predictions`.
  package init(of run: Run, promised: Double) throws {
    let name = "'\(run.url.relativePath)'"
    let rows = try run.unseenPredictions(
      whereSets: "an answer names all that are there already; sets of classes are given where")
    guard let measured = ConformalSets.Measurement(promised: promised, crossFittedBy: rows) else {
      // Four fifths of the photos choose a limit.
      let needed = Int((1.25 * promised / (1 - promised)).rounded(.up))
      throw DataError(
        .bad,
        "\(name) cannot promise that \(percent(promised)) of its sets hold the right class: it has predictions of"
          + " \(rows.count.counted("photo")) that it did not learn from, expected about \(needed) or more; ask for less, or"
          + " train it with more photos to validate on")
    }
    sets = ConformalSets(promised: promised, calibratedBy: rows)
    self.measured = measured
  }
}

extension AnswerSets: CustomStringConvertible {
  /// What the sets promise and did, in a sentence.
  package var description: String {
    "a set of classes holds the right one for \(percent(sets.promised)) of photos like those of the run; of"
      + " \(sets.photos.counted("photo")) that it did not learn from, sets by limits of others held it for"
      + " \(percent(measured.coverage)), and had \(String(format: "%.2f", measured.meanSize)) classes on average"
  }
}
