import Files
import Foundation
import Synchronization
import TransferLearning

/// Where text goes: results to standard output, everything else to standard error.
enum Output {
  /// How much is told beside results and errors.
  enum Volume: Comparable, Sendable {
    /// Warnings only.
    case quiet
    case usual
    /// Also what was decided, and how long the steps took.
    case verbose
  }

  private static let chosenVolume = Mutex(Volume.usual)

  /// Set once, before the command runs.
  static var volume: Volume {
    get { chosenVolume.withLock { $0 } }
    set { chosenVolume.withLock { $0 = newValue } }
  }

  /// Writes a result for people and a line's end. What names in it would command to a terminal is written out.
  /// - Throws: `CommandFailure` when it cannot be written, as on a full disk.
  static func print(_ text: String) throws { try printLine(text.printableLines) }

  private static func printLine(_ text: String) throws {
    if let reason = write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) {
      throw CommandFailure(.inputOutput, "cannot write the result to standard output: \(reason)")
    }
  }

  /// Writes a part of a result, to which more is added later.
  /// - Throws: `CommandFailure` as `print`; one without a message, to end with, when nobody reads it any more.
  static func printPart(_ text: String) throws {
    guard !text.isEmpty else { return }
    // For programs, names are as they are.
    let shown = isatty(STDOUT_FILENO) == 1 ? text.printableLines : text
    var isRead = true
    if let reason = write(shown, to: STDOUT_FILENO, isRead: &isRead) {
      throw CommandFailure(.inputOutput, "cannot write the result to standard output: \(reason)")
    }
    if !isRead { throw CommandFailure(.done, "") }
  }

  /// Writes a value as JSON.
  static func print(json value: some Encodable) throws {
    try print(jsonText: EvaluationReport.encode(value))
  }

  /// Writes JSON that is text already.
  static func print(jsonText text: String) throws { try printLine(text.printableJSON) }

  /// Writes a line for people that is no warning, in place of the one that changes.
  static func note(_ text: String) {
    if volume > .quiet { alert(text) }
  }

  /// Writes a line that is only asked for by `--verbose`.
  static func detail(_ text: @autoclosure () -> String) {
    if volume == .verbose { alert(text()) }
  }

  /// Does something, and tells with `--verbose` how long it took.
  static func timed<Result>(_ what: String, _ body: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    let result = try body()
    detail("\(what): \((ContinuousClock.now - start).inSeconds)")
    return result
  }

  /// Writes a line that nothing silences: a warning, an error, or how the program ends. Of several ranks only
  /// the first does.
  static func alert(_ text: String) {
    if Ranks.rank == 0 { loud(text) }
  }

  /// Writes a line for people on any rank. What names in it would command to a terminal is written out.
  static func loud(_ text: String) {
    StatusLine.shared.clear()
    let shown = text.printableLines
    _ = write(shown.hasSuffix("\n") ? shown : shown + "\n", to: STDERR_FILENO)
  }

  /// Writes a warning of the program, in one line.
  static func warn(_ text: String) { alert("note: \(text.bounded().printable)") }

  /// Writes a warning of the libraries, in one line.
  static func warn(_ sentence: Sentence) { warn(sentence.withOptions) }

  /// Writes without adding anything.
  static func put(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Whether people are likely to watch standard error.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes all bytes; the reason if it fails. A reader that has gone is no failure.
  private static func write(_ text: String, to descriptor: Int32) -> String? {
    var isRead = true
    return write(text, to: descriptor, isRead: &isRead)
  }

  private static func write(
    _ text: String, to descriptor: Int32, isRead: inout Bool
  ) -> String? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        isRead = errno != EPIPE
        return isRead ? systemMessage() : nil
      }
      bytes = bytes.dropFirst(count)
    }
    return nil
  }
}

extension Duration {
  /// `0.25 s`, for people.
  fileprivate var inSeconds: String {
    String(format: "%.2f s", self / .seconds(1))
  }
}
