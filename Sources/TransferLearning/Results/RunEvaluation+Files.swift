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
    /// What the base's features say of the photos; only where they were asked.
    case study = "study.json"
  }

  /// Writes the report for people and for programs, and what it is made of: what was predicted for each photo, and what
  /// the base's features say.
  /// - Throws: `FileError` `.cannotCreate` or `.inputOutput`; `EvaluationError`.
  public func write(into folder: URL) throws {
    try rewrite(in: folder)
    try Self.write(
      try PredictionRow.jsonLines(rows), to: folder.appending(path: File.predictions.rawValue))
    let file = folder.appending(path: File.study.rawValue)
    if let study = report.study {
      try Self.write(try EvaluationReport.encode(study), to: file)
    } else {
      // Of a run that was in this folder before.
      try? FileManager.default.removeItem(at: file)
    }
  }

  /// Writes the page for people.
  /// - Throws: as `write(into:)`.
  public func writeHTML(to file: URL) throws { try write(.html, to: file) }

  /// Writes the report in one form.
  /// - Throws: as `write(into:)`.
  public func write(_ form: ReportForm, to file: URL) throws {
    try Self.write(
      try form == .html ? report.html() : report.markdown(), to: file)
  }

  /// Writes the report into its run's folder anew, for people and for programs; what was predicted stays as it is.
  /// - Throws: as `write(into:)`.
  package func rewrite(in folder: URL) throws {
    try Self.write(try report.html(), to: folder.appending(path: File.html.rawValue))
    try Self.write(try report.json(), to: folder.appending(path: File.json.rawValue))
  }

  private static func write(_ text: String, to file: URL) throws {
    try AtomicFile.write(Array(text.utf8), to: file)
  }
}

/// What a report for people is written as.
public enum ReportForm: Hashable, Sendable {
  /// A page with everything.
  case html
  /// A summary of bounded length, as continuous integration shows it.
  case markdown

  /// By the ending of a file's name.
  /// - Throws: `UsageError` for another ending.
  public init(of file: URL) throws(UsageError) {
    switch file.pathExtension.lowercased() {
    case "html", "htm": self = .html
    case "md", "markdown": self = .markdown
    default:
      throw UsageError(
        "'\(file.relativePath)' does not say how to write a report: expected an ending, .html for a page or .md for a"
          + " summary in Markdown")
    }
  }
}
