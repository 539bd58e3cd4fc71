import Foundation
import TestSupport
import Testing

/// A user of the libraries has no options: what a library says names none, so that errors can be shown by
/// any program. Only `finetune` turns remedies into options and commands.
@Suite("Texts of the libraries")
struct LibraryTextTests {
  private static let sources = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources", directoryHint: .isDirectory)

  private static let areHere = FileManager.default.fileExists(atPath: sources.path)

  /// Custom properties of the style sheets, which are written like options and are none.
  private static let properties = [
    "fill", "ink", "line", "n", "paper", "right", "soft", "v", "warn", "warnwash", "wash",
    "wrong",
  ].flatMap { ["var(--\($0))", "--\($0):"] }

  /// Two dashes before a letter, or the program with a command behind its name. In Swift's own text, outside
  /// comments, neither occurs, so that a line tells without a parser whether a string has it.
  private static func isForbidden(_ line: Substring) -> Bool {
    guard !line.drop(while: \.isWhitespace).hasPrefix("//") else { return false }
    var text = String(line)
    if let comment = text.range(of: "  // ") { text.removeSubrange(comment.lowerBound...) }
    for property in properties { text = text.replacing(property, with: "") }
    return text.contains(/--[A-Za-z]/) || text.contains("'finetune ")
  }

  @Test(
    "name neither options nor commands of the program",
    .tags(.slow), .unlessQuick,
    .enabled(if: areHere, "reads the sources of the libraries, which are not beside this test"))
  func noOptions() throws {
    let files = FileManager.default.enumerator(atPath: Self.sources.path)?
      .compactMap { $0 as? String }.filter {
        $0.hasSuffix(".swift") && !$0.hasPrefix("finetune/")
      }
    let paths = try #require(files)
    #expect(paths.count > 200, "\(Self.sources.path)")
    for path in paths.sorted() {
      let text = try String(contentsOf: Self.sources.appending(path: path), encoding: .utf8)
      for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      where Self.isForbidden(line) {
        Issue.record("\(path):\(index + 1) names an option; make it a Remedy: \(line)")
      }
    }
  }

  @Test(
    "are found to name them in a string of one line or several, and not in a comment or a style sheet",
    arguments: [
      (#"throw Failure("take a lower --learning-rate")"#, true),
      ("    and --strict forbids it", true), (#""'finetune inspect' tells""#, true),
      ("  /// `--resume` goes on.", false), ("  next()  // as --resume does", false),
      ("  color:var(--ink);--line:#eee}", false), ("var(--other)", true),
      (#""a sentence -- with dashes""#, false),
    ])
  func pattern(line: String, isForbidden: Bool) {
    #expect(Self.isForbidden(line[...]) == isForbidden)
  }
}
