import Foundation
import Glibc

/// Appends events to a file as they happen, one JSON object a line.
///
/// `@unchecked Sendable`: the descriptor is only used while `lock` is held.
public final class EventLog: @unchecked Sendable {
  private let file: URL
  private let descriptor: Int32
  private let lock = NSLock()
  private var failure: RunError?

  /// Creates the file; one that exists goes on at its end.
  public init(_ file: URL) throws(RunError) {
    self.file = file
    descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RunError(
        .cannotCreate, "'\(file.relativePath)' cannot be created: \(RunError.systemMessage)")
    }
  }

  deinit { close(descriptor) }

  /// Writes a line at once. The first failure is kept for `check`; nothing is written after it.
  public func append(_ event: TrainingEvent) {
    lock.withLock {
      guard failure == nil else { return }
      let line = Data((event.jsonLine + "\n").utf8)
      if let reason = line.withUnsafeBytes({ put($0) }) {
        failure = RunError(.inputOutput, "writing '\(file.relativePath)' failed: \(reason)")
      }
    }
  }

  /// - Throws: the first failure of `append`.
  public func check() throws(RunError) {
    if let failure = lock.withLock({ failure }) { throw failure }
  }

  /// Writes all bytes; returns what went wrong.
  private func put(_ bytes: UnsafeRawBufferPointer) -> String? {
    var rest = bytes
    while rest.count > 0 {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return RunError.systemMessage
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }
}
