import Foundation
import Synchronization
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

  /// Writes a value as JSON.
  static func print(json value: some Encodable) throws {
    try print(EvaluationReport.encode(value))
  }

  /// Writes a line for people; of several ranks only the first does.
  static func note(_ text: String) {
    if Ranks.rank == 0 { loud(text) }
  }

  /// Writes a line for people on any rank.
  static func loud(_ text: String) {
    _ = write(text.hasSuffix("\n") ? text : text + "\n", to: STDERR_FILENO)
  }

  /// Writes a warning of the program.
  static func warn(_ text: String) { note("note: \(text)") }

  /// Writes without adding anything.
  static func put(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// Whether people are likely to watch standard error.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes all bytes; the reason if it fails. A reader that has gone is no failure.
  private static func write(_ text: String, to descriptor: Int32) -> String? {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR { continue }
        return errno == EPIPE ? nil : String(cString: strerror(errno))
      }
      bytes = bytes.dropFirst(count)
    }
    return nil
  }
}

/// Shows how far something is: on a terminal a line that changes, elsewhere nothing.
///
/// `Sendable`: the time of the last change is behind a lock.
final class Counter: Sendable {
  private let what: String
  private let shown = Mutex(ContinuousClock.now - .seconds(1))
  private let isActive: Bool

  init(_ what: String, isActive: Bool = true) {
    self.what = what
    self.isActive = isActive && Output.isTerminal
  }

  func show(_ done: Int, of total: Int?) {
    guard isActive else { return }
    shown.withLock { last in
      let isOver = done == total
      guard isOver || ContinuousClock.now - last >= .milliseconds(100) else { return }
      last = .now
      Output.put("\r\u{1B}[K\(what) \(done)" + (total.map { " of \($0)" } ?? ""))
      if isOver { Output.put("\r\u{1B}[K") }
    }
  }

  /// For bytes: shown in MiB.
  func showBytes(_ done: Int, of total: Int?) {
    guard isActive else { return }
    shown.withLock { last in
      let isOver = done == total
      guard isOver || ContinuousClock.now - last >= .milliseconds(100) else { return }
      last = .now
      let all = total.map { " of \(Self.mebibytes($0))" } ?? ""
      Output.put("\r\u{1B}[K\(what) \(Self.mebibytes(done))\(all) MiB")
      if isOver { Output.put("\r\u{1B}[K") }
    }
  }

  private static func mebibytes(_ bytes: Int) -> String {
    String(format: "%.1f", Double(bytes) / Double(1 << 20))
  }
}
