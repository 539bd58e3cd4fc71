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
    let draft = try DraftFile(for: url)
    defer { draft.discard() }
    try body { bytes throws(FileError) in try draft.append(bytes) }
    try draft.moveIntoPlace()
  }

  /// The same for a file that is looked at before it gets its name: where `check` throws, what had the name before is
  /// unchanged.
  /// - Parameters:
  ///   - needsName: whether `check` cannot read a file that has no name; then one that is killed leaves it behind.
  ///   - check: is given where the file can be read until then.
  /// - Throws: what `check` throws; `FileError` as above.
  package static func write(
    to url: URL, needsName: Bool = false, checking check: (URL) throws -> Void,
    _ body: (Put) throws(FileError) -> Void
  ) throws {
    let draft = try DraftFile(for: url)
    defer { draft.discard() }
    try body { bytes throws(FileError) in try draft.append(bytes) }
    if needsName { try draft.giveTemporaryName() }
    if let location = draft.location { try check(location) }
    try draft.moveIntoPlace()
  }

  /// Moves a complete file into place, and makes the move itself last.
  package static func move(_ source: String, to target: String) throws(FileError) {
    guard rename(source, target) == 0 else {
      throw FileError(notCreated: "cannot create '\(target)'")
    }
    let folder = open(
      URL(filePath: target).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder >= 0 {
      fsync(folder)  // Some file systems cannot; the file itself is already on the disk.
      close(folder)
    }
  }
}
