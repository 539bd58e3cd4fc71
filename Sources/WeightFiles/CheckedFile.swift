import Files
import Foundation

/// Looks at a file that was written before it gets its name; what it throws leaves what had the name before.
public typealias WrittenFileCheck = (_ draft: URL) throws -> Void

extension AtomicFile {
  /// Writes bytes, and looks at the file before it gets its name.
  /// - Parameter needsName: libhdf5 opens no file that has no name at all.
  /// - Throws: `WeightFileError`: what `check` throws as one, `cannotCreate`, `inputOutput`.
  static func write(
    _ bytes: UnsafeRawBufferPointer, to url: URL, needsName: Bool = false,
    checking check: WrittenFileCheck?
  ) throws(WeightFileError) {
    do {
      guard let check else { return try write(bytes, to: url) }
      try write(to: url, needsName: needsName, checking: check) { put throws(FileError) in
        try put(bytes)
      }
    } catch {
      throw WeightFileError(writing: error)
    }
  }
}
