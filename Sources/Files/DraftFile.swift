import Foundation

/// A file that is written piece by piece beside its name and moved into place at last: it appears whole or not
/// at all.
///
/// Until it is whole it has no name, where the file system can do that: whatever ends the process ends the draft.
///
/// `@unchecked Sendable`: the descriptor is only used while `lock` is held, so that a signal's thread can discard
/// what another one writes.
package final class DraftFile: @unchecked Sendable {
  private let target: String
  /// What it is called before it is moved, and elsewhere from its beginning.
  private let temporary: String
  private var isNamed: Bool
  private let lock = NSLock()
  /// `nil` once the draft is in place or discarded.
  private var descriptor: Int32?

  /// Creates the draft; a file that has the name stays what it is until `moveIntoPlace`.
  /// - Throws: `FileError` `.cannotCreate`, or `.inputOutput` when the disk is full.
  package init(for url: URL) throws(FileError) {
    target = url.path
    try Self.checkReplaceable(target)
    temporary = DraftName.url(beside: url).path
    if let nameless = Self.openNameless(in: url.deletingLastPathComponent().path) {
      (descriptor, isNamed) = (nameless, false)
      return
    }
    let opened = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard opened >= 0 else { throw FileError(notCreated: "cannot create '\(target)'") }
    (descriptor, isNamed) = (opened, true)
  }

  /// Linux's `O_TMPFILE`; `nil` where the file system has no such files, or the system no way to name one later.
  private static func openNameless(in folder: String) -> Int32? {
    let opened = open(folder, O_WRONLY | O_DIRECTORY | 0o20_000_000 | O_CLOEXEC, 0o666)
    guard opened >= 0 else { return nil }
    if access(link(of: opened), W_OK) == 0 { return opened }
    close(opened)
    return nil
  }

  private static func link(of descriptor: Int32) -> String { "/proc/self/fd/\(descriptor)" }

  deinit { discard() }

  /// Where it can be read as long as it is a draft; `nil` once it is not.
  package var location: URL? {
    lock.withLock {
      descriptor.map { URL(filePath: isNamed ? temporary : Self.link(of: $0)) }
    }
  }

  /// Calls the draft something beside its place, for those who cannot read a file without a name.
  /// - Throws: `FileError` `.cannotCreate`.
  package func giveTemporaryName() throws(FileError) {
    let failure = lock.withLock { () -> Int32? in
      guard let descriptor, !isNamed else { return nil }
      let number = name(descriptor)
      isNamed = number == nil
      return number
    }
    if let failure { throw FileError(failure, notCreated: "cannot create '\(target)'") }
  }

  /// Writes all bytes; into a draft that was discarded, none.
  /// - Throws: `FileError` `.inputOutput`.
  package func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
    if let number = lock.withLock({ put(bytes) }) { throw writingError(number) }
  }

  /// Writes a text as UTF-8.
  /// - Throws: `FileError` `.inputOutput`.
  package func append(_ text: String) throws(FileError) {
    var text = text
    let number = text.withUTF8 { bytes in lock.withLock { put(UnsafeRawBufferPointer(bytes)) } }
    if let number { throw writingError(number) }
  }

  /// Flushes the draft to the disk and gives it its name; one that was discarded stays away.
  /// - Throws: `FileError`; what had the name before is then unchanged, and the draft is gone.
  package func moveIntoPlace() throws(FileError) {
    if let failure = lock.withLock(finish) { throw failure }
  }

  /// Removes the draft, unless it is in place.
  package func discard() {
    lock.withLock {
      guard let descriptor else { return }
      close(descriptor)
      if isNamed { unlink(temporary) }
      self.descriptor = nil
    }
  }

  private func finish() -> FileError? {
    guard let descriptor else { return nil }
    self.descriptor = nil
    let flushed = fsync(descriptor) == 0 ? nil : errno
    let named = flushed == nil && !isNamed ? name(descriptor) : nil
    let closed = close(descriptor) == 0 ? nil : errno
    do throws(FileError) {
      if let number = flushed ?? closed { throw writingError(number) }
      if let number = named { throw FileError(number, notCreated: "cannot create '\(target)'") }
      try AtomicFile.move(temporary, to: target)
      return nil
    } catch {
      unlink(temporary)
      return error
    }
  }

  /// Gives a file without a name its first one; the system's error number if that cannot be.
  private func name(_ descriptor: Int32) -> Int32? {
    let own = Self.link(of: descriptor)
    return linkat(AT_FDCWD, own, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 ? nil : errno
  }

  /// The system's error number if not everything could be written.
  private func put(_ bytes: UnsafeRawBufferPointer) -> Int32? {
    guard let descriptor else { return nil }
    var rest = bytes
    while !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return errno
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }

  private func writingError(_ number: Int32) -> FileError {
    FileError(
      .inputOutput,
      "cannot write '\(target)': \(systemMessage(number)); what was there before is unchanged")
  }

  /// Only regular files are replaced: renaming over a folder fails late, over a device destroys it.
  private static func checkReplaceable(_ target: String) throws(FileError) {
    guard let status = FileStatus(target), status.kind != .file else { return }
    let what = status.kind == .folder ? "a folder" : "a device or pipe"
    throw FileError(.cannotCreate, "cannot create '\(target)': it is \(what)")
  }
}
