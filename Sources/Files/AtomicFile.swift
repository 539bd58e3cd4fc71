import Foundation

/// Files that appear whole or not at all.
package enum AtomicFile {
  /// Writes bytes beside `url`, flushes them to the disk and moves them into place; an existing file
  /// is replaced only by a complete one.
  /// - Throws: `FileError`: `cannotCreate`, or `inputOutput` when writing fails half-way.
  package static func write(_ bytes: some ContiguousBytes, to url: URL) throws(FileError) {
    let result = bytes.withUnsafeBytes { bytes in
      Result { () throws(FileError) in
        try write(to: url) { put throws(FileError) in try put(bytes) }
      }
    }
    try result.get()
  }

  /// Takes the next bytes of a file.
  package typealias Put = (UnsafeRawBufferPointer) throws(FileError) -> Void

  /// The same for bytes that `body` hands over piece by piece.
  /// - Throws: what `body` throws; `FileError` as above.
  package static func write(to url: URL, _ body: (Put) throws(FileError) -> Void)
    throws(FileError)
  {
    let target = url.path
    try checkReplaceable(target)
    let temporary = url.deletingLastPathComponent().appending(
      path: ".\(url.lastPathComponent.prefix(60)).\(getpid()).\(UInt32.random(in: 0...(.max))).tmp"
    ).path
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw creationError(target, errno) }
    do throws(FileError) {
      do throws(FileError) {
        try body { bytes throws(FileError) in try writeAll(bytes, descriptor, target) }
        guard fsync(descriptor) == 0 else { throw writingError(target, errno) }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw writingError(target, errno) }
      try move(temporary, to: target)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// Moves a complete file into place, and makes the move itself last.
  package static func move(_ source: String, to target: String) throws(FileError) {
    guard rename(source, target) == 0 else { throw creationError(target, errno) }
    let folder = open(
      URL(filePath: target).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)  // Some file systems cannot; the file itself is already on the disk.
      close(folder)
    }
  }

  /// Only regular files are replaced: renaming over a folder fails late, over a device destroys it.
  private static func checkReplaceable(_ target: String) throws(FileError) {
    guard let status = FileStatus(target), status.kind != .file else { return }
    let what = status.kind == .folder ? "a folder" : "a device or pipe"
    throw FileError(.cannotCreate, "cannot create '\(target)': it is \(what)")
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, _ descriptor: Int32, _ target: String
  ) throws(FileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw writingError(target, errno)
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private static func creationError(_ target: String, _ number: Int32) -> FileError {
    FileError(number, notCreated: "cannot create '\(target)'")
  }

  private static func writingError(_ target: String, _ number: Int32) -> FileError {
    FileError(
      .inputOutput,
      "cannot write '\(target)': \(systemMessage(number)); what was there before is unchanged")
  }
}
