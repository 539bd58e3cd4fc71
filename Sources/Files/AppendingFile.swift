import Foundation
import Glibc

/// A file that grows at its end. What has been appended is with the system at once: a program that is
/// killed loses nothing of it.
///
/// `@unchecked Sendable`: the descriptor is only used while `lock` is held.
package final class AppendingFile: @unchecked Sendable {
  private let file: URL
  private let descriptor: Int32
  private let lock = NSLock()
  private var failure: FileError?

  /// Opens a file, creating it if need be. A link in its place is refused: it would lead out of its folder.
  /// - Throws: `FileError` `.cannotCreate`; `.inputOutput` when the disk is full.
  package init(_ file: URL) throws(FileError) {
    guard let opened = try Self.open(file, O_CREAT) else {
      preconditionFailure("a file that may exist was refused because it does")
    }
    self.file = file
    descriptor = opened
  }

  /// Creates a file; `nil` if there is one.
  /// - Throws: `FileError` `.cannotCreate`; `.inputOutput` when the disk is full.
  package init?(new file: URL) throws(FileError) {
    guard let opened = try Self.open(file, O_CREAT | O_EXCL) else { return nil }
    self.file = file
    descriptor = opened
  }

  deinit { close(descriptor) }

  private static func open(_ file: URL, _ flags: Int32) throws(FileError) -> Int32? {
    // A pipe that nobody reads is not waited for.
    let descriptor = Glibc.open(
      file.path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | flags, 0o644)
    if descriptor >= 0 { return descriptor }
    if errno == EEXIST, flags & O_EXCL != 0 { return nil }
    throw FileError(notCreated: "'\(file.relativePath)' cannot be created")
  }

  /// Writes all bytes. The first failure is kept for `check`; nothing is written after it.
  package func append(_ bytes: Data) {
    lock.withLock {
      guard failure == nil, let reason = bytes.withUnsafeBytes(put) else { return }
      failure = FileError(.inputOutput, "writing '\(file.relativePath)' failed: \(reason)")
    }
  }

  /// Takes away what is behind so many bytes.
  /// - Throws: `FileError` `.inputOutput`.
  package func cut(to byteCount: Int) throws(FileError) {
    let reason = lock.withLock {
      ftruncate(descriptor, off_t(byteCount)) == 0 ? nil : systemMessage()
    }
    if let reason {
      throw FileError(.inputOutput, "'\(file.relativePath)' cannot be cut back: \(reason)")
    }
  }

  /// - Throws: the first failure of `append`.
  package func check() throws(FileError) {
    if let failure = lock.withLock({ failure }) { throw failure }
  }

  /// Writes all bytes; returns what went wrong.
  private func put(_ bytes: UnsafeRawBufferPointer) -> String? {
    var rest = bytes
    while rest.count > 0 {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return systemMessage()
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }
}
