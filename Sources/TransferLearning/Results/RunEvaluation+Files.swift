import Evaluation
import Files
import Foundation

extension RunEvaluation {
  /// The names of the files that `write` makes.
  public enum File: String, CaseIterable, Sendable {
    /// The report for programs.
    case json = "report.json"
    /// The report for people, one page without anything beside it.
    case html = "report.html"
    /// What was predicted, a photo a line.
    case predictions = "predictions.jsonl"
  }

  /// Writes the report for people and for programs, and what was predicted for each photo.
  /// - Throws: `FileError` `.cannotCreate` or `.inputOutput`; `EvaluationError`.
  public func write(into folder: URL) throws {
    try Self.write(try report.html(), to: folder.appending(path: File.html.rawValue))
    try Self.write(try report.json(), to: folder.appending(path: File.json.rawValue))
    try Self.write(
      try PredictionRow.jsonLines(rows), to: folder.appending(path: File.predictions.rawValue))
  }

  /// Writes the page for people.
  /// - Throws: as `write(into:)`.
  public func writeHTML(to file: URL) throws { try Self.write(try report.html(), to: file) }

  private static func write(_ text: String, to file: URL) throws {
    try AtomicFile.write(Array(text.utf8), to: file)
  }
}
