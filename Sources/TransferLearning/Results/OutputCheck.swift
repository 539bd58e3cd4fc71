import Foundation
import ImagePipeline
import WeightFiles

/// Something that was asked for and makes no sense: wrong usage of the command line.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Finds out before the work is done whether its output can be written at all.
public enum OutputCheck {
  /// - Throws: `WeightFileError` `.cannotCreate` when the file is a folder, or its folder does not
  ///   exist or cannot be written to.
  public static func requireCreatable(file: URL) throws(WeightFileError) {
    var status = stat()
    let path = file.path
    if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      throw WeightFileError(.cannotCreate, "cannot create '\(path)': something else has this name")
    }
    let folder = file.standardizedFileURL.deletingLastPathComponent().path
    guard stat(folder, &status) == 0 else {
      throw WeightFileError(
        .cannotCreate,
        "cannot create '\(path)': there is no folder '\(folder)'; create it first")
    }
    guard status.st_mode & S_IFMT == S_IFDIR, access(folder, W_OK | X_OK) == 0 else {
      throw WeightFileError(
        .cannotCreate, "cannot create '\(path)': '\(folder)' cannot be written to")
    }
  }

  /// - Throws: `WeightFileError` `.cannotCreate` when something of this name exists, or the nearest
  ///   folder above it that exists cannot be written to; `.inputOutput` when the disk is full.
  public static func requireNew(folder: URL) throws(WeightFileError) {
    var status = stat()
    let path = folder.path
    guard lstat(path, &status) != 0 else {
      throw WeightFileError(
        .cannotCreate, "'\(path)' exists already; choose another --output or remove it")
    }
    var first = folder.standardizedFileURL
    while first.path != "/", lstat(first.deletingLastPathComponent().path, &status) != 0 {
      first.deleteLastPathComponent()
    }
    // Permissions do not tell everything; only trying does.
    guard mkdir(first.path, 0o777) == 0 else {
      let isFull = errno == ENOSPC || errno == EDQUOT
      throw WeightFileError(
        isFull ? .inputOutput : .cannotCreate,
        "cannot create '\(path)': \(String(cString: strerror(errno)))")
    }
    rmdir(first.path)
  }

  /// A folder of photos stays as its owner left it.
  /// - Throws: `UsageError` when the file would be inside the folder `data`, or replace the list `data`.
  public static func requireOutside(file: URL, data: String) throws(UsageError) {
    guard let own = realPath(file.standardizedFileURL.deletingLastPathComponent().path),
      let root = realPath(data)
    else { return }  // What does not exist is found out by others.
    let path = "\(own == "/" ? "" : own)/\(file.lastPathComponent)"
    guard path == root || path.hasPrefix(root == "/" ? "/" : root + "/") else { return }
    throw UsageError(
      "'\(file.relativePath)' would be inside the data '\(data)', which is never written to; choose "
        + "another place")
  }

  /// The same for photos that a list names, wherever they are.
  /// - Throws: `UsageError` when the file would be beside one of the photos.
  public static func requireOutside(file: URL, photos: Photos) throws(UsageError) {
    guard let own = realPath(file.standardizedFileURL.deletingLastPathComponent().path) else {
      return
    }
    let folders = Set(
      photos.all.map { photos.file(of: $0).deletingLastPathComponent().path })
    guard let folder = folders.sorted().first(where: { realPath($0) == own }) else { return }
    throw UsageError(
      "'\(file.relativePath)' would be among the photos in '\(folder)', where nothing is written; "
        + "choose another place")
  }

  /// Without links and dots (`realpath`); `nil` if there is no such thing.
  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
