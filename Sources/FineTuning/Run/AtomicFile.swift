import Foundation
import Glibc

/// Writes whole files: beside their name first, then moved into place, so that a reader sees the old
/// file, the new one or none, whenever the machine stops.
enum AtomicFile {
  /// - Throws: `RunError` `.cannotCreate` when no file can be made there, `.inputOutput` when writing
  ///   it failed; nothing is left behind then.
  static func write(_ bytes: some ContiguousBytes, to file: URL) throws(RunError) {
    let temporary = file.deletingLastPathComponent()
      .appending(path: ".\(file.lastPathComponent).\(getpid()).part")
    let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw RunError(.cannotCreate, "'\(file.relativePath)' cannot be created: \(lastError)")
    }
    var failure = bytes.withUnsafeBytes { put($0, descriptor) }
    if failure == nil, fsync(descriptor) != 0 { failure = lastError }
    if close(descriptor) != 0, failure == nil { failure = lastError }
    if failure == nil, rename(temporary.path, file.path) != 0 { failure = lastError }
    if let failure {
      unlink(temporary.path)
      throw RunError(
        .inputOutput,
        "writing '\(file.relativePath)' failed: \(failure); free some space or choose another folder"
      )
    }
  }

  /// Writes all bytes; returns what went wrong.
  static func put(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) -> String? {
    var rest = bytes
    while rest.count > 0 {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return lastError
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }

  /// What the system says about the call that just failed.
  static var lastError: String { String(cString: strerror(errno)) }
}
