import Foundation

/// Paths are bytes to the system. As characters a slash and an accent behind it are one, and neither begins a path nor
/// parts one; and two spellings of a letter are one, of which each may be a file of its own.
extension String {
  /// Whether a path begins at the root, and not in the current folder.
  package var isAbsolutePath: Bool { utf8.first == UInt8(ascii: "/") }

  /// What stands between the slashes, without what is empty.
  package var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
  }

  /// Whether two paths are spelt alike, byte by byte; links are not followed.
  package func isSamePath(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }

  /// What is left of a path behind a folder that it leads into, by its letters: links and ".." are not followed.
  package func path(below folder: String) -> String? {
    let start = (folder == "/" ? folder : folder + "/").utf8
    guard utf8.starts(with: start) else { return nil }
    return String(Substring(utf8.dropFirst(start.count)))
  }

  /// Whether `path(below:)` finds anything: a folder does not lead into itself.
  package func isPath(below folder: String) -> Bool { path(below: folder) != nil }
}

extension URL {
  /// The file of a path that is absolute or begins in this folder.
  package func file(at path: String) -> URL {
    path.isAbsolutePath ? URL(filePath: path) : appending(path: path)
  }
}
