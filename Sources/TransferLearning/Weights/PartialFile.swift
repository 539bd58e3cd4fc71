import Files
import Foundation
import Synchronization
import WeightFiles

/// `NAME.part`: what has come of a file so far, locked against a second download of it.
final class PartialFile: Sendable {
  let url: URL
  private let target: URL
  private let descriptor: Int32
  private let count: Atomic<Int>

  /// Opens what an earlier try left behind, or creates it.
  init(_ target: URL) throws(WeightStoreError) {
    self.target = target
    url = target.appendingPathExtension("part")
    descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else {
      throw WeightStoreError(.cannotCreate, "cannot create '\(url.path)': \(systemMessage())")
    }
    count = Atomic(0)
    try lock(LOCK_EX)
    // Whoever had the lock may have finished: then this is the file in its place, not to be written to.
    guard isName(url.path, ofOpen: descriptor) else { throw takenByAnother }
    count.store(max(0, Int(lseek(descriptor, 0, SEEK_END))), ordering: .relaxed)
  }

  deinit { close(descriptor) }

  private func lock(_ kind: Int32) throws(WeightStoreError) {
    if flock(descriptor, kind | LOCK_NB) == 0 { return }
    guard errno != EWOULDBLOCK else { throw takenByAnother }
    throw WeightStoreError(
      .cannotCreate,
      "cannot lock '\(url.path)' against a second download: \(systemMessage()); fetch it to another "
        + "file system and copy it")
  }

  private var takenByAnother: WeightStoreError {
    WeightStoreError(
      .unavailable, "'\(target.lastPathComponent)' is being downloaded by another process")
  }

  /// Lets `body` open the file with libhdf5, which takes a shared lock on what it reads; a second
  /// download stays locked out.
  func whileReadable<Result>(_ body: (URL) -> Result) throws(WeightStoreError) -> Result {
    try lock(LOCK_SH)
    let result = body(url)
    try lock(LOCK_EX)
    return result
  }

  var byteCount: Int { count.load(ordering: .relaxed) }

  /// Which version of the file the bytes are of, in the server's words; kept beside them.
  var entityTag: String? {
    get {
      (try? InputFile.read(tagURL, atMost: 1 << 12)).map { String(decoding: $0, as: UTF8.self) }
    }
    set {
      unlink(tagURL.path)
      if let newValue { try? newValue.write(to: tagURL, atomically: false, encoding: .utf8) }
    }
  }

  private var tagURL: URL { url.appendingPathExtension("etag") }

  /// Appends bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(WeightStoreError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = write(descriptor, rest.baseAddress, rest.count)
      if written < 0 {
        if errno == EINTR { continue }
        throw WeightStoreError(.inputOutput, "cannot write '\(url.path)': \(systemMessage())")
      }
      count.add(written, ordering: .relaxed)
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  /// Throws away what has come so far.
  func restart() throws(WeightStoreError) {
    entityTag = nil
    if byteCount == 0 { return }
    guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else {
      throw WeightStoreError(.inputOutput, "cannot empty '\(url.path)': \(systemMessage())")
    }
    count.store(0, ordering: .relaxed)
  }

  func remove() {
    entityTag = nil
    unlink(url.path)
  }

  /// Flushes the file to the disk and moves it into place.
  func finish() throws(WeightStoreError) {
    guard fsync(descriptor) == 0 else {
      throw WeightStoreError(.inputOutput, "cannot write '\(url.path)': \(systemMessage())")
    }
    try checked { () throws(FileError) in try AtomicFile.move(url.path, to: target.path) }
    entityTag = nil
  }
}
