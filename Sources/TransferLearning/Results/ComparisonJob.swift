import Evaluation
import Files
import FineTuning
import Foundation
import TensorKernels

/// Puts runs beside one another.
package struct ComparisonJob: Sendable {
  /// Their folders, at least two.
  package var runs: [String]
  /// Photos to measure all of them on now, as for an `EvaluationJob`; `nil`: each run's saved predictions count.
  package var data: String?

  package init(_ runs: [String], data: String? = nil) {
    self.runs = runs
    self.data = data
  }

  /// Reads what was predicted, or predicts, and compares.
  /// - Parameters:
  ///   - onScan: photos read so far and in all; called on workers, one call at a time.
  ///   - progress: the run, photos classified so far and in all.
  /// - Throws: `UsageError` for a run that is named twice; `RunError`, `DataError`, `EvaluationError`; with `data` as
  ///   `EvaluationJob`.
  package func compare(
    pool: WorkerPool, onScan: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    progress: (_ run: String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }
  ) throws -> RunComparison {
    try requireDifferent()
    let runs = try runs.map { try Run(URL(filePath: $0)) }
    for run in runs.dropFirst() { try run.requireSameClasses(as: runs[0]) }
    guard let data else { return try RunComparison(try runs.map(ComparableRun.init(saved:))) }
    var notes: [String] = []
    let measured = try runs.map { run in
      let path = run.url.relativePath
      let evaluation = try EvaluationJob(.run(path), data: data)
        .evaluate(try Classifier(run), of: run, pool: pool, onScan: onScan) {
          progress(path, $0, $1)
        }
      for note in evaluation.notes where !notes.contains(note) { notes.append(note) }
      return try ComparableRun(run, evaluation)
    }
    return try RunComparison(measured, notes: notes)
  }

  private func requireDifferent() throws(UsageError) {
    var known: Set<String> = []
    for run in runs where !known.insert(realPath(run) ?? run).inserted {
      throw UsageError("'\(run)' is named twice; name runs that differ")
    }
  }
}

extension Run {
  /// - Throws: `DataError` `.bad` naming classes that only one of the runs has.
  fileprivate func requireSameClasses(as first: Run) throws(DataError) {
    let (name, firstName) = ("'\(url.relativePath)'", "'\(first.url.relativePath)'")
    let (own, others) = (Set(labels), Set(first.labels))
    guard own == others else {
      let parts = [(firstName, others.subtracting(own)), (name, own.subtracting(others))]
        .filter { !$0.1.isEmpty }.map { "only \($0) knows \(Self.list($1.sorted()))" }
      throw DataError(
        .bad,
        "\(firstName) and \(name) tell different classes apart and cannot be compared: \(parts.joined(separator: ", "))"
      )
    }
    guard isMultiLabel == first.isMultiLabel else {
      let (one, any) = isMultiLabel ? (firstName, name) : (name, firstName)
      throw DataError(
        .bad,
        "\(firstName) and \(name) cannot be compared: photos of \(one) have one class each, those of \(any) any number"
      )
    }
  }

  /// Names, some of them if there are many.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
    return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
  }
}
