import Foundation
import Glibc

/// What room a file system has.
package enum DiskSpace {
  /// Bytes that this user may still write in a folder or the nearest one above it that exists; `nil` where the
  /// system does not tell.
  package static func free(near folder: URL) -> Int? {
    var place = folder.standardizedFileURL
    while place.path != "/", FileStatus(place.path) == nil { place.deleteLastPathComponent() }
    var status = statvfs()
    guard statvfs(place.path, &status) == 0 else { return nil }
    let (bytes, isTooLarge) = Int(clamping: status.f_bavail)
      .multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
    return isTooLarge ? .max : bytes
  }
}
