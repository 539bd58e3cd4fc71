import Evaluation
import Files
import FineTuning
import Foundation

/// A run in a line: what it is of, how good, when and how large.
package struct RunSummary: Encodable, Hashable, Sendable {
  /// Of its folder, as it was found.
  package var path: String
  package var base: String
  /// The factor on the base's widths, for families that have one.
  package var alpha: Double?
  package var plan: String
  /// When it began, in ISO 8601.
  package var date: String
  /// Whether the training was ended before its plan did.
  package var interrupted: Bool
  /// Of its report, else of its best weights on the photos to validate on; `nil` where nothing was measured.
  package var accuracy: Double?
  /// What the accuracy is of: `test`, `validation` or `folds`.
  package var split: String?
  /// Of the training, in seconds; `nil` where nothing says so.
  package var trainingSeconds: Double?
  /// Of all of its files.
  package var bytes: Int

  /// - Throws: `RunError` for a folder that is no complete run.
  package init(_ url: URL) throws(RunError) {
    let record: RunRecord = try RunFolder.read(.run, of: url)
    path = url.relativePath
    base = record.base
    alpha = record.alpha
    plan = record.plan
    date = record.date
    interrupted = record.interrupted
    let figures = Figures(of: url)
    accuracy = figures?.accuracy ?? record.best?.validation?.accuracy
    split = figures?.split ?? (accuracy == nil ? nil : Split.validation.rawValue)
    if case .done(let done) = EventLog.lastEvent(
      in: url.appending(path: RunFolder.File.events.rawValue))
    {
      trainingSeconds = done.seconds
    }
    bytes = Self.bytes(of: url)
  }

  /// The base with its factor, as in lists of models.
  package var title: String { base + (alpha.map { " \($0)" } ?? "") }

  /// What is read of `report.json`.
  private struct Figures: Decodable {
    let accuracy: Double
    let split: String

    init?(of run: URL) {
      let file = run.appending(path: RunEvaluation.File.json.rawValue)
      guard let data = try? InputFile.read(file),
        let figures = try? JSONDecoder().decode(Figures.self, from: data)
      else { return nil }
      self = figures
    }
  }

  private static func bytes(of folder: URL) -> Int {
    let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
    return (files ?? []).reduce(0) { sum, name in
      let status = FileStatus(unfollowed: folder.appending(path: name).path)
      return sum + (status?.kind == .file ? status?.byteCount ?? 0 : 0)
    }
  }
}

/// The runs below a folder.
package struct RunList: Encodable, Hashable, Sendable {
  /// The newest first, equally old ones by their paths.
  package private(set) var runs: [RunSummary] = []
  /// Folders that a training began, and that are no complete run, by their paths.
  package private(set) var incomplete: [Incomplete] = []
  /// Folders directly below that hold no run, by their paths.
  package private(set) var others: [String] = []

  /// A folder that cannot be used as a run.
  package struct Incomplete: Encodable, Hashable, Sendable {
    package let path: String
    /// What it lacks and what helps.
    package let sentence: Sentence

    private enum CodingKeys: CodingKey { case path, reason }

    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(path, forKey: .path)
      try container.encode(sentence.description, forKey: .reason)
    }
  }

  /// Levels of folders that are looked through.
  package static let depth = 3

  /// None.
  package init() {}

  /// Looks for runs in a folder and up to `depth` levels below; hidden folders and links are left out.
  /// - Throws: `RunError` `.missing` where there is no such folder.
  package init(below folder: URL) throws(RunError) {
    guard FileStatus(folder.path)?.kind == .folder else {
      throw RunError(.missing, "there is no folder '\(folder.relativePath)' to look for runs in")
    }
    _ = take(folder, levels: Self.depth)
    runs.sort { $0.date != $1.date ? $0.date > $1.date : $0.path < $1.path }
    incomplete.sort { $0.path < $1.path }
    others.sort()
  }

  /// - Returns: whether the folder is or holds something that a training made.
  private mutating func take(_ folder: URL, levels: Int) -> Bool {
    if Self.isOfTraining(folder) {
      do throws(RunError) {
        runs.append(try RunSummary(folder))
      } catch {
        incomplete.append(Incomplete(path: folder.relativePath, sentence: error.sentence))
      }
      return true
    }
    guard levels > 0 else { return false }
    var found = false
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names.sorted() where !name.hasPrefix(".") {
      let inner = folder.appending(path: name)
      guard FileStatus(unfollowed: inner.path)?.kind == .folder else { continue }
      let holds = take(inner, levels: levels - 1)
      if !holds, levels == Self.depth { others.append(inner.relativePath) }
      found = found || holds
    }
    return found
  }

  private static func isOfTraining(_ folder: URL) -> Bool {
    [RunFolder.File.run, .job].contains {
      FileManager.default.fileExists(atPath: folder.appending(path: $0.rawValue).path)
    }
  }
}
