internal import CHDF5
internal import CZip
import Files

/// The libraries that read and write weight files.
package enum WeightLibraries {
  /// What they are.
  package static var versions: [LibraryVersion] {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    _ = HDF5Library.query { H5get_libversion(&major, &minor, &release) }
    return [
      LibraryVersion("HDF5", "\(major).\(minor).\(release)"),
      LibraryVersion("libzip", String(cString: zip_libzip_version())),
    ]
  }
}
