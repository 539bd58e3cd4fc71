import Foundation

/// Finds out before the work is done whether its output can be written at all.
package enum OutputCheck {
  /// - Throws: `FileError` `.cannotCreate` when the file is a folder, or its folder does not
  ///   exist or cannot be written to.
  package static func requireCreatable(file: URL) throws(FileError) {
    let path = file.path
    if let status = FileStatus(path), status.kind != .file {
      throw FileError(.cannotCreate, "cannot create '\(path)': something else has this name")
    }
    let folder = file.standardizedFileURL.deletingLastPathComponent().path
    guard let status = FileStatus(folder) else {
      throw FileError(
        .cannotCreate,
        "cannot create '\(path)': there is no folder '\(folder)'; create it first")
    }
    guard status.kind == .folder, access(folder, W_OK | X_OK) == 0 else {
      throw FileError(
        .cannotCreate, "cannot create '\(path)': '\(folder)' cannot be written to")
    }
  }

  /// - Throws: `FileError` `.cannotCreate` when something of this name exists, or the nearest
  ///   folder above it that exists cannot be written to; `.inputOutput` when the disk is full.
  package static func requireNew(folder: URL) throws(FileError) {
    let path = folder.path
    guard FileStatus(unfollowed: path) == nil else {
      throw FileError(
        .cannotCreate,
        sentence: "'\(path)' exists already; choose \(.otherOutput) or remove it")
    }
    var first = folder.standardizedFileURL
    while first.path != "/", FileStatus(unfollowed: first.deletingLastPathComponent().path) == nil {
      first.deleteLastPathComponent()
    }
    // Permissions do not tell everything; only trying does.
    guard mkdir(first.path, 0o777) == 0 else {
      throw FileError(notCreated: "cannot create '\(path)'")
    }
    rmdir(first.path)
  }
}
