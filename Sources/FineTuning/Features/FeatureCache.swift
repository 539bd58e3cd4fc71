internal import Crypto
import Foundation
import Glibc
import ImagePipeline
import TensorKernels

/// Pooled features on disk, so that no photo goes through the same frozen base twice.
///
/// One file holds the features of one key: everything that decides what the numbers are, apart from
/// the photo, which is known by the digest of its bytes. A renamed or copied photo is found again, a
/// changed one is not. A file that is damaged, or that is not what its name says, is as good as
/// none.
public struct FeatureCache: Sendable {
  /// Everything but the photo that features depend on.
  public struct Key: Codable, Hashable, Sendable {
    /// The sha256 of the weight file, in hexadecimal digits.
    public var weightsDigest: String
    /// The network, for example `mobilenetv2`, with its width if it has one.
    public var network: String
    /// The name of the node whose output this is.
    public var node: String
    public var dimension: Int
    public var preprocessing: Preprocessing
    public var view: PhotoView
    /// `[height, width]` in pixels.
    public var imageSize: [Int]
    public var backend: String
    public var precision: String
    /// The libraries that decode and compute, with their versions and the instruction set: another
    /// one rounds differently.
    public var library: String

    public init(
      weightsDigest: String, network: String, node: String, dimension: Int,
      preprocessing: Preprocessing, view: PhotoView, imageSize: [Int], backend: String,
      precision: String = Precision.float32.rawValue, library: String
    ) {
      self.weightsDigest = weightsDigest
      self.network = network
      self.node = node
      self.dimension = dimension
      self.preprocessing = preprocessing
      self.view = view
      self.imageSize = imageSize
      self.backend = backend
      self.precision = precision
      self.library = library
    }

    /// The same text for equal keys.
    var canonical: Data {
      get throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
      }
    }
  }

  /// The features of a key: rows by the digest of the photo.
  public struct Rows: Sendable {
    public let dimension: Int
    private var positions: [String: Int] = [:]
    private(set) var digests: [String] = []
    private(set) var values: [Float] = []

    public init(dimension: Int) { self.dimension = dimension }

    public var count: Int { digests.count }

    /// What the rows take on disk, roughly.
    public var byteCount: Int { count * (FeatureCache.digestLength + 4 * dimension) }

    /// The features of a photo, if they are known.
    public subscript(digest: String) -> ArraySlice<Float>? {
      positions[digest].map { values[$0 * dimension..<($0 + 1) * dimension] }
    }

    /// Adds a photo, unless it is known.
    public mutating func add(_ digest: String, _ features: some Sequence<Float>) {
      guard positions[digest] == nil else { return }
      positions[digest] = digests.count
      digests.append(digest)
      values += features
      precondition(values.count == count * dimension, "a row has \(dimension) features")
    }
  }

  /// Where the files are.
  public let folder: URL
  /// The size beyond which a file is not read, and rows of other photos are not kept, in bytes.
  public let limit: Int

  /// - Parameter folder: by default `$FINETUNE_CACHE`, else `~/.cache/finetune`.
  public init(folder: URL? = nil, limit: Int = 2 << 30) {
    self.folder = folder ?? CacheFolder.standard
    self.limit = limit
  }

  /// The file of a key.
  public func file(for key: Key) throws -> URL {
    let name = SHA256.hash(data: try key.canonical).hexadecimal
    return folder.appending(path: "\(name.prefix(40)).features")
  }

  /// What is known under a key: nothing when there is no file, or no sound one.
  public func load(_ key: Key) -> Rows {
    let none = Rows(dimension: key.dimension)
    guard let file = try? file(for: key), let canonical = try? key.canonical,
      let bytes = Self.read(file, limit: limit),
      let rows = Self.decode(bytes, key: canonical, dimension: key.dimension)
    else { return none }
    return rows
  }

  /// Replaces the file of a key.
  /// - Throws: `RunError`. A run can do without its cache: say so and go on.
  public func store(_ rows: Rows, for key: Key) throws(RunError) {
    precondition(rows.dimension == key.dimension, "rows of another dimension")
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw RunError(
        .cannotCreate,
        "the cache '\(folder.path)' cannot be created: \(error.localizedDescription);"
          + " set FINETUNE_CACHE to a folder that can")
    }
    let file: URL
    let canonical: Data
    do {
      file = try self.file(for: key)
      canonical = try key.canonical
    } catch {
      throw RunError(.cannotCreate, "the key of the cache cannot be written: \(error)")
    }
    try Self.encode(rows, key: canonical).writeWhole(to: file)
  }
}

/// The format, little-endian: magic, sha256 of all that follows, length of the key, key, number of
/// rows, their digests as text of 64 characters, their values.
extension FeatureCache {
  private static let magic = Data("finetune features 1\n".utf8)
  fileprivate static let digestLength = 64

  private static func encode(_ rows: Rows, key: Data) -> Data {
    var body = Data()
    body.reserveCapacity(key.count + 16 + rows.count * digestLength + rows.values.count * 4)
    body.append(littleEndian: UInt64(key.count))
    body.append(key)
    body.append(littleEndian: UInt64(rows.count))
    for digest in rows.digests {
      precondition(digest.utf8.count == digestLength, "'\(digest)' is not a sha256")
      body.append(contentsOf: digest.utf8)
    }
    rows.values.withUnsafeBytes { body.append(contentsOf: $0) }
    return magic + Data(SHA256.hash(data: body)) + body
  }

  private static func decode(_ bytes: Data, key: Data, dimension: Int) -> Rows? {
    let start = magic.count + SHA256.byteCount
    guard bytes.count >= start, bytes.prefix(magic.count) == magic else { return nil }
    let body = bytes.dropFirst(start)
    guard Data(SHA256.hash(data: body)) == bytes[magic.count..<start] else { return nil }
    var reader = ByteReader(body)
    guard let keyLength = reader.integer(), let found = reader.take(keyLength), found == key,
      let count = reader.integer(),
      count <= body.count / (digestLength + 4 * dimension),
      let digests = reader.take(count * digestLength),
      let values = reader.take(count * dimension * 4), reader.isAtEnd
    else { return nil }
    var rows = Rows(dimension: dimension)
    values.withUnsafeBytes { values in
      for row in 0..<count {
        let first = digests.startIndex + row * digestLength
        let digest = String(decoding: digests[first..<first + digestLength], as: UTF8.self)
        let features = (0..<dimension).map {
          values.loadUnaligned(fromByteOffset: 4 * (row * dimension + $0), as: Float.self)
        }
        rows.add(digest, features)
      }
    }
    return rows
  }

  /// The bytes of a regular file of at most `limit` bytes.
  private static func read(_ file: URL, limit: Int) -> Data? {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= limit
    else { return nil }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
    return try? handle.read(upToCount: Int(status.st_size))
  }
}

/// Takes pieces off the front of some bytes, never more than there are.
private struct ByteReader {
  private var rest: Data

  init(_ bytes: Data) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ count: Int) -> Data? {
    guard count >= 0, count <= rest.count else { return nil }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  /// A length: a number that fits the bytes that are left.
  mutating func integer() -> Int? {
    guard let bytes = take(8) else { return nil }
    let value = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    return value <= UInt64(Int32.max) ? Int(value) : nil
  }
}

extension Data {
  fileprivate mutating func append(littleEndian value: UInt64) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

extension Digest {
  /// Two digits a byte, lower case.
  var hexadecimal: String {
    map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }
}
