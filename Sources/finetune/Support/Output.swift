import Files
import Foundation
import TransferLearning

/// Where text goes: results to standard output, everything else to standard error.
enum Output {
  /// Writes a result and a line's end.
  /// - Throws: `CommandFailure` when it cannot be written, as on a full disk.
  static func print(_ text: String) throws {
    if let reason = write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO) {
      throw CommandFailure(.inputOutput, "cannot write the result to standard output: \(reason)")
    }
  }

  /// Writes a part of a result, to which more is added later.
  /// - Throws: `CommandFailure` as `print`; one without a message, to end with, when nobody reads it any more.
  static func printPart(_ text: String) throws {
    guard !text.isEmpty else { return }
    var isRead = true
    if let reason = write(text, to: STDOUT_FILENO, isRead: &isRead) {
      throw CommandFailure(.inputOutput, "cannot write the result to standard output: \(reason)")
    }
    if !isRead { throw CommandFailure(.done, "") }
  }

  /// Writes a value as JSON.
  static func print(json value: some Encodable) throws {
    try print(EvaluationReport.encode(value))
  }

  /// Writes a line for people, in place of the one that changes; of several ranks only the first
  /// does.
  static func note(_ text: String) {
    if Ranks.rank == 0 { loud(text) }
  }

  /// Writes a line for people on any rank.
  static func loud(_ text: String) {
    StatusLine.shared.clear()
    _ = write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO)
  }

  /// Writes a warning of the program, in one line.
  static func warn(_ text: String) { note("note: \(text.printable)") }

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
