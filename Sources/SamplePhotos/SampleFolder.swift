import Files
import Foundation
import Glibc
import ImagePipeline
import Synchronization
import TensorKernels

/// Writes labelled folders of drawn photos, for machines that have no photos.
public struct SampleFolder {
  /// Draws photos of every class of `set`: as `DIR/<class>/<nnnn>.jpg`, or, where some are to test on, as
  /// `DIR/train/<class>/<nnnn>.jpg` and `DIR/test/<class>/<nnnn>.jpg`.
  ///
  /// Everything is written beside `folder` and moved into place at the end, so that a folder is there
  /// completely or not at all. The bytes depend on seed, size and set alone, not on the workers.
  /// - Parameters:
  ///   - folder: must not exist, or be empty; missing parents are made.
  ///   - photosPerClass: at least 1; the files of a class are numbered from `0000`.
  ///   - testPhotosPerClass: more of each class, by the next seed, to test on; 0: none, and no splits.
  ///   - seed: another seed draws other photos of the same classes.
  ///   - size: side of the photos in pixels, at least 16.
  ///   - set: the classes to draw; each becomes a folder.
  ///   - pool: whose workers draw and write the photos.
  ///   - progress: called after every photo, from one thread at a time, with the photos written so
  ///     far and in all.
  ///   - makeDraft: called with the folder that holds all until they are there, and with what makes it; for who ends the
  ///     process to take it away. It is made once: who has taken it away need not wait for those who write into it.
  /// - Throws: `FileError`.
  public static func write(
    to folder: URL, photosPerClass: Int, testPhotosPerClass: Int = 0, seed: UInt64, size: Int,
    set: SampleSet, pool: WorkerPool,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    makeDraft: (URL, _ make: () throws(FileError) -> Void) throws(FileError) -> Void = {
      (_, make) throws(FileError) in try make()
    }
  ) throws(FileError) {
    precondition(photosPerClass > 0, "a class has at least one photo")
    try checkFree(folder)
    let partial = DraftName.url(beside: folder, ending: "partial")
    var isDone = false
    defer { if !isDone { try? FileManager.default.removeItem(at: partial) } }
    try makeDraft(partial) { () throws(FileError) in
      try makeFolders(partial.path, for: folder)
    }
    var pieces: [Piece] = []
    let isSplit = testPhotosPerClass > 0
    for (part, count, seed) in [
      (isSplit ? "train/" : "", photosPerClass, seed), ("test/", testPhotosPerClass, seed &+ 1),
    ] where count > 0 {
      if isSplit { try makeFolder(partial.appending(path: part).path, for: folder) }
      for (index, name) in set.classes.enumerated() {
        try makeFolder(partial.appending(path: part + name).path, for: folder)
        pieces += (0..<count).map {
          Piece(folder: part + name, classIndex: index, number: $0, seed: seed)
        }
      }
    }
    let total = pieces.count
    let done = Mutex(0)
    _ = try pool.map(total) { [pieces] place throws(FileError) in
      let piece = pieces[place]
      let photo = set.draw(
        class: piece.classIndex, number: piece.number, seed: piece.seed, size: size)
      try writeFile(
        try encode(photo.image, quality: photo.quality),
        to: partial.appending(path: piece.folder).appending(path: piece.fileName).path,
        for: folder)
      done.withLock { done in
        done += 1
        progress(done, total)
      }
    }
    guard rename(partial.path, folder.path) == 0 else {
      let isTaken = errno == ENOTEMPTY || errno == EEXIST
      throw FileError(
        .cannotCreate,
        isTaken
          ? "'\(folder.path)' exists already: another program has just created it; choose another name"
          : "cannot move the finished photos to '\(folder.path)': \(systemMessage())")
    }
    isDone = true
  }

  /// One photo to draw, and where it goes.
  private struct Piece {
    let folder: String
    let classIndex: Int
    let number: Int
    let seed: UInt64

    /// `0007.jpg`.
    var fileName: String {
      String(repeating: "0", count: max(4 - "\(number)".count, 0)) + "\(number).jpg"
    }
  }

  private static func encode(_ image: Image, quality: Int) throws(FileError) -> [UInt8] {
    do { return try JPEG.encode(image, quality: quality) } catch {
      throw FileError(.inputOutput, "cannot encode a photo: \(error)")
    }
  }

  private static func checkFree(_ folder: URL) throws(FileError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
      return
    }
    let content = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    if isFolder.boolValue, content?.isEmpty == true { return }
    throw FileError(
      .cannotCreate,
      isFolder.boolValue
        ? "'\(folder.path)' is not empty; name a folder that does not exist yet"
        : "'\(folder.path)' is a file; name a folder that does not exist yet")
  }

  /// Makes a folder and its missing parents.
  private static func makeFolders(_ path: String, for folder: URL) throws(FileError) {
    let parent = URL(filePath: path).deletingLastPathComponent().path
    if parent.utf8.count < path.utf8.count, FileStatus(parent) == nil {
      try makeFolders(parent, for: folder)
    }
    try makeFolder(path, for: folder)
  }

  /// Makes a folder (`mkdir`).
  private static func makeFolder(_ path: String, for folder: URL) throws(FileError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    throw FileError(
      .cannotCreate,
      "cannot create the folder '\(folder.path)': \(systemMessage())")
  }

  /// Writes a new file (`open`, `write`, `close`).
  private static func writeFile(
    _ bytes: [UInt8], to path: String, for folder: URL
  ) throws(FileError) {
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    var isWritten = file >= 0
    var rest = bytes[...]
    while isWritten, !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else { isWritten = count < 0 && errno == EINTR }
    }
    let message = systemMessage()
    // A full disk may be noticed only on closing.
    if file >= 0, close(file) == 0, isWritten { return }
    throw FileError(
      .inputOutput,
      "cannot write the photos of '\(folder.path)': \(isWritten ? systemMessage() : message)")
  }
}
