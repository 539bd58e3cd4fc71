import Files
import Foundation
import Glibc

/// A file of the feature cache: rows of features under the digests of their photos.
///
/// The format, little-endian: magic; sha256 of all that follows; the number of rows; the length of the key;
/// the key; zeros up to a multiple of 64; the values, row by row; the digests as text of 64 characters.
enum FeatureFile {
  static let digestLength = 64
  private static let magic = Array("finetune features 2\n".utf8)
  private static let hashedFrom = magic.count + ContentDigest.byteCount
  private static let headerLength = hashedFrom + 16

  /// Rows of a file by the digest of the photo.
  struct Contents {
    var matrix: FeatureMatrix
    var digests: [String]
  }

  private static func valuesOffset(key: Data) -> Int { (headerLength + key.count + 63) / 64 * 64 }

  /// What a file of so many rows takes.
  static func byteCount(rows: Int, dimension: Int, key: Data) -> Int {
    valuesOffset(key: key) + rows * (dimension * MemoryLayout<Float>.stride + digestLength)
  }

  /// Maps a file of at most `limit` bytes; `nil` when it is damaged or belongs to another key.
  ///
  /// Nobody writes into a file under its final name, so what has been checked stays as it was.
  static func read(_ file: URL, key: Data, dimension: Int, limit: Int) -> Contents? {
    guard let (descriptor, found) = try? InputFile.opened(file.path) else { return nil }
    defer { close(descriptor) }
    let size = found.byteCount
    guard size <= limit, size >= headerLength + key.count,
      let memory = FeatureMemory(descriptor: descriptor, byteCount: size, isWritable: false)
    else { return nil }
    let bytes = UnsafeRawBufferPointer(memory.bytes)
    guard bytes.prefix(magic.count).elementsEqual(magic),
      bytes[headerLength..<headerLength + key.count].elementsEqual(key)
    else { return nil }
    func integer(at offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    let rowLength = dimension * MemoryLayout<Float>.stride + digestLength
    guard integer(at: hashedFrom + 8) == key.count, integer(at: hashedFrom) <= size / rowLength,
      case let rows = Int(integer(at: hashedFrom)),
      size == byteCount(rows: rows, dimension: dimension, key: key),
      digest(of: bytes).elementsEqual(bytes[magic.count..<hashedFrom])
    else { return nil }
    let values = valuesOffset(key: key)
    let names = size - rows * digestLength
    var matrix = FeatureMatrix(dimension: dimension)
    matrix.add(rows: rows, of: memory, offset: values)
    let digests = (0..<rows).map { row in
      let first = names + row * digestLength
      return String(decoding: bytes[first..<first + digestLength], as: UTF8.self)
    }
    return Contents(matrix: matrix, digests: digests)
  }

  private static func digest(of file: UnsafeRawBufferPointer) -> [UInt8] {
    ContentDigest(UnsafeRawBufferPointer(rebasing: file[hashedFrom...])).bytes
  }
}

extension FeatureFile {
  /// A file in the making: rows are written where they will stay, and have their name at the end.
  ///
  /// Its room is taken from the disk at once, so a full one is found before anything is computed.
  final class Draft {
    let rows: FeatureRows
    private let file: URL
    private let unfinished: URL
    private let descriptor: Int32
    private let memory: FeatureMemory
    private let key: Data
    private var digests: [String] = []

    /// - Throws: `RunError` when there is no room for `capacity` rows, or none may be written.
    init(_ file: URL, key: Data, dimension: Int, capacity: Int) throws(RunError) {
      self.file = file
      self.key = key
      Self.removeForgotten(beside: file)
      (unfinished, descriptor) = try Self.create(beside: file)
      let size = FeatureFile.byteCount(rows: capacity, dimension: dimension, key: key)
      let status = posix_fallocate(descriptor, 0, size)
      guard status == 0,
        let memory = FeatureMemory(descriptor: descriptor, byteCount: size, isWritable: true)
      else {
        let reason = systemMessage(status == 0 ? errno : status)
        close(descriptor)
        unlink(unfinished.path)
        throw RunError(.inputOutput, "\(size) bytes for '\(file.path)' cannot be had: \(reason)")
      }
      self.memory = memory
      rows = FeatureRows(
        memory, offset: FeatureFile.valuesOffset(key: key), dimension: dimension, capacity: capacity
      )
    }

    deinit {
      unlink(unfinished.path)
      close(descriptor)
    }

    /// Adds a row under the digest of its photo.
    func add(_ digest: String, _ values: UnsafePointer<Float>) {
      precondition(digest.utf8.count == FeatureFile.digestLength, "'\(digest)' is not a sha256")
      digests.append(digest)
      rows.append(values)
    }

    /// Gives the file its name. The rows stay where they are.
    /// - Throws: `RunError`.
    func finish() throws(RunError) {
      let size = FeatureFile.byteCount(rows: digests.count, dimension: rows.dimension, key: key)
      let bytes = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<size])
      func write(_ data: some Collection<UInt8>, at offset: Int) {
        UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + data.count]).copyBytes(
          from: data)
      }
      write(magic, at: 0)
      bytes.storeBytes(
        of: UInt64(digests.count).littleEndian, toByteOffset: hashedFrom, as: UInt64.self)
      bytes.storeBytes(
        of: UInt64(key.count).littleEndian, toByteOffset: hashedFrom + 8, as: UInt64.self)
      write(key, at: headerLength)
      for (row, digest) in digests.enumerated() {
        write(Array(digest.utf8), at: size - (digests.count - row) * digestLength)
      }
      write(FeatureFile.digest(of: UnsafeRawBufferPointer(bytes)), at: magic.count)
      guard isName(unfinished.path, ofOpen: descriptor) else {
        throw RunError(
          .inputOutput,
          "'\(file.path)' cannot be written: '\(unfinished.lastPathComponent)' was taken away")
      }
      guard ftruncate(descriptor, off_t(size)) == 0, rename(unfinished.path, file.path) == 0 else {
        throw RunError(
          .inputOutput, "'\(file.path)' cannot be written: \(systemMessage())")
      }
    }

    private static let suffix = "unfinished"

    /// Creates a file that is this draft's alone, and locks it so that nobody takes it for forgotten.
    ///
    /// Between the two, another process may have done so and removed it: then there is a next one. Where
    /// the file system knows no locks, nobody gets one, and so nobody removes anything.
    private static func create(beside file: URL) throws(RunError) -> (URL, Int32) {
      for _ in 0..<100 {
        let unfinished = DraftName.url(beside: file, ending: suffix)
        let descriptor = open(unfinished.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
          if errno == EEXIST { continue }
          throw RunError(FileError(notCreated: "'\(unfinished.path)' cannot be created"))
        }
        let isTaken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
        if !isTaken, isName(unfinished.path, ofOpen: descriptor) { return (unfinished, descriptor) }
        close(descriptor)
      }
      throw RunError(
        .cannotCreate,
        "'\(file.path)' cannot be written: other processes remove whatever is begun beside it")
    }

    /// Removes what killed processes have left: a file that nobody has locked.
    private static func removeForgotten(beside file: URL) {
      let folder = file.deletingLastPathComponent()
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
      for name in names where name.hasSuffix(".\(suffix)") && name.contains(".features.") {
        let path = folder.appending(path: name).path
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { continue }
        // It may have been finished before the lock was had.
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0, isName(path, ofOpen: descriptor) {
          unlink(path)
        }
        close(descriptor)
      }
    }
  }
}

/// Room for rows of features that are added one by one; the driver alone uses it.
final class FeatureRows {
  let dimension: Int
  let capacity: Int
  private(set) var count = 0
  private let memory: FeatureMemory
  private let offset: Int

  init(_ memory: FeatureMemory, offset: Int, dimension: Int, capacity: Int) {
    self.memory = memory
    self.offset = offset
    self.dimension = dimension
    self.capacity = capacity
  }

  /// In memory.
  convenience init(dimension: Int, capacity: Int) {
    self.init(
      FeatureMemory(byteCount: capacity * dimension * MemoryLayout<Float>.stride), offset: 0,
      dimension: dimension, capacity: capacity)
  }

  func append(_ values: UnsafePointer<Float>) {
    precondition(count < capacity, "there is room for \(capacity) rows")
    memory.row(count, dimension: dimension, offset: offset).update(from: values, count: dimension)
    count += 1
  }

  /// The rows that have been added.
  var matrix: FeatureMatrix {
    var matrix = FeatureMatrix(dimension: dimension)
    matrix.add(rows: count, of: memory, offset: offset)
    return matrix
  }
}
