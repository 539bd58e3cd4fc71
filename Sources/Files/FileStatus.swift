import Glibc

/// What the system knows of a file.
package struct FileStatus: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case file
    case folder
    case link
    /// A pipe, socket or device.
    case special
  }

  package let kind: Kind
  package let byteCount: Int
  /// When content, or anything of it, was changed last: in nanoseconds since 1970,
  /// as `timespec.nanoseconds` tells.
  package let modified: Int
  package let changed: Int
  package let device: UInt
  package let inode: UInt

  /// Of what a path leads to (`stat`); `nil` if there is nothing, and `errno` says why.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of what has this name itself, which may be a link (`lstat`); `nil` as above.
  package init?(unfollowed path: String) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  /// Of an open file (`fstat`); `nil` as above.
  package init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .special
      }
    byteCount = Int(status.st_size)
    modified = status.st_mtim.nanoseconds
    changed = status.st_ctim.nanoseconds
    (device, inode) = (UInt(status.st_dev), UInt(status.st_ino))
  }

  /// Whether both are of one file, whatever happened to it between.
  package func isSameFile(as other: FileStatus) -> Bool {
    (device, inode) == (other.device, other.inode)
  }
}

extension timespec {
  /// Since 1970; of a time before 1678 or after 2262, which a file may be given, the least or the most that
  /// can be told.
  package var nanoseconds: Int {
    let (seconds, tooFar) = tv_sec.multipliedReportingOverflow(by: 1_000_000_000)
    let (all, overflow) = seconds.addingReportingOverflow(tv_nsec)
    return tooFar || overflow ? (tv_sec < 0 ? .min : .max) : all
  }
}

/// Whether a name still leads to an open file: nobody has removed it or put another in its place.
package func isName(_ path: String, ofOpen descriptor: Int32) -> Bool {
  guard let named = FileStatus(path), let opened = FileStatus(descriptor: descriptor)
  else { return false }
  return named.isSameFile(as: opened)
}

/// A path without links and dots (`realpath`); `nil` if there is no such thing.
package func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
