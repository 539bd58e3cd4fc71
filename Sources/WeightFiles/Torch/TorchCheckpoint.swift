import Files
import Synchronization
import TensorKernels

/// What `torch.save` writes, open for reading, its content not trusted: a pickle that says which tensors there are,
/// and storages of plain numbers; in a zip archive, or, up to PyTorch 1.5, one behind the other.
struct TorchCheckpoint: ~Copyable {
  /// Where the storages' numbers are.
  private enum Place: Sendable {
    /// In files of the archive, below this folder.
    case archive(SharedArchive, folder: String)
    /// In the file itself, by their keys.
    case positions([String: Int])
  }

  private let bytes: FileBytes
  private let place: Place
  /// In the order of the pickle.
  private let tensors: [(name: String, tensor: TorchTensor)]
  private let positions: [String: Int]

  /// - Parameters:
  ///   - bytes: of the whole file.
  ///   - archive: the same file as an archive, in which `pickle` is.
  init(
    _ bytes: consuming FileBytes, _ archive: consuming sending ZipArchive, pickle: ZipArchive.Entry
  )
    throws(FormatError)
  {
    let folder = String(pickle.name.dropLast(Self.pickleName.count))
    if archive.entries.contains(where: { $0.name.hasPrefix(folder + "code/") }) {
      throw FormatError(
        "is a program of TorchScript; in PyTorch, save model.state_dict() with torch.save")
    }
    if let order = archive.entry(folder + "byteorder") {
      let text = try archive.read(order, atMost: 64)
      guard Array(text.buffer).starts(with: Array("little".utf8)) else {
        throw FormatError("has its numbers in big-endian order, which is not read")
      }
    }
    let memory = try archive.read(pickle, atMost: PickleReader.largestByteCount)
    var reader = PickleReader(Array(memory.buffer))
    let root = try reader.read()
    for (key, storage) in reader.storages {
      let found = archive.entry("\(folder)data/\(key)")?.byteCount
      guard found == storage.byteCount else {
        throw FormatError(
          "has \(found.map { "\($0)" } ?? "no") bytes for the storage '\(key.prefix(40))', expected "
            + "\(storage.byteCount) for \(storage.count) numbers of \(storage.type)")
      }
    }
    tensors = try TorchState.tensors(in: root, of: reader)
    positions = Self.positions(of: tensors)
    place = .archive(SharedArchive(archive), folder: folder)
    self.bytes = bytes
  }

  /// - Parameter bytes: of the whole file.
  init(legacy bytes: consuming FileBytes) throws(FormatError) {
    let count = min(bytes.byteCount, PickleReader.largestByteCount)
    guard let head = bytes.bytes(at: 0, count) else { throw FormatError("cannot be read") }
    var reader = PickleReader(head)
    guard let magic = try? reader.read().string, magic == Self.magic else {
      throw FormatError(
        "is a pickle of Python, but not of PyTorch; in PyTorch, save model.state_dict() with "
          + "torch.save")
    }
    guard try reader.read().int == 1001 else {
      throw FormatError("has a protocol of PyTorch that is not known")
    }
    guard case .dictionary(let system) = try reader.read() else { throw PickleReader.malformed }
    let isLittle = reader.items(ofDictionary: system).first { $0.key == "little_endian" }?.value
    if case .bool(false) = isLittle {
      throw FormatError("has its numbers in big-endian order, which is not read")
    }
    let root = try reader.read()
    guard let keys = reader.elements(of: try reader.read())?.map(\.string), !keys.contains(nil)
    else { throw PickleReader.malformed }
    let tensors = try TorchState.tensors(in: root, of: reader)
    let places = try Self.places(
      of: keys.compactMap(\.self), reader.storages, from: reader.position, in: bytes)
    place = .positions(places)
    positions = Self.positions(of: tensors)
    self.tensors = tensors
    self.bytes = bytes
  }

  /// The archive's file that says what it is.
  private static let pickleName = "data.pkl"
  private static let magic = "1950a86a20f9469cfc6c"

  /// The pickle of an archive of PyTorch; `nil` for another archive.
  static func pickle(of archive: borrowing ZipArchive) -> ZipArchive.Entry? {
    archive.entries.first {
      $0.name == pickleName
        || $0.name.hasSuffix("/\(pickleName)") && $0.name.count(where: { $0 == "/" }) == 1
    }
  }

  private static func positions(of tensors: [(name: String, tensor: TorchTensor)]) -> [String: Int]
  {
    Dictionary(
      tensors.indices.map { (tensors[$0].name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Where the storages lie that follow the pickles: each a count, then its numbers, in the order of the keys, up to
  /// the end of the file.
  private static func places(
    of keys: [String], _ storages: [String: TorchStorage], from start: Int,
    in bytes: borrowing FileBytes
  ) throws(FormatError) -> [String: Int] {
    var places: [String: Int] = [:]
    var position = start
    for key in keys {
      guard let storage = storages[key], places[key] == nil else { throw PickleReader.malformed }
      guard let head = bytes.bytes(at: position, 8) else {
        throw FormatError(
          "is cut short: it ends after \(bytes.byteCount) bytes, before the storage "
            + "'\(key.prefix(40))'; download or copy it again")
      }
      let count = head.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard count == storage.count else {
        throw FormatError(
          "has \(count) numbers in the storage '\(key.prefix(40))', expected \(storage.count)")
      }
      places[key] = position + 8
      guard storage.byteCount <= bytes.byteCount - position - 8 else {
        throw FormatError(
          "is cut short: it ends after \(bytes.byteCount) bytes, within the storage "
            + "'\(key.prefix(40))'; download or copy it again")
      }
      position += 8 + storage.byteCount
    }
    guard places.count == storages.count else { throw PickleReader.malformed }
    guard position == bytes.byteCount else {
      throw FormatError("has \(bytes.byteCount - position) bytes behind its last storage")
    }
    return places
  }

  /// The tensors under Keras's names.
  func content() -> WeightFileContent {
    var content = WeightFileContent(isLegacy ? .torchLegacyCheckpoint : .torchCheckpoint)
    content.entries = TorchNames.entries(
      of: tensors.map {
        .init(name: $0.name, shape: Shape($0.tensor.extents), type: $0.tensor.storage.type)
      })
    return content
  }

  private var isLegacy: Bool { if case .positions = place { true } else { false } }

  /// The SHA-256 of all bytes; `nil` where they cannot be read.
  func sha256() -> String? { bytes.sha256() }

  /// The values of the tensor of this name as Float32.
  func floats(of name: String) throws(FormatError) -> [Float] {
    guard let position = positions[name] else { throw FormatError("has no '\(name)'") }
    let tensor = tensors[position].tensor
    guard tensor.count > 0 else { return [] }
    let range = tensor.range
    let storage = tensor.storage
    let values: [Float]
    switch place {
    case .archive(let archive, let folder):
      let memory = try archive.read("\(folder)data/\(storage.key)", atMost: storage.byteCount)
      values = try FileBytes(memory).floats(
        at: range.lowerBound * storage.type.byteCount, range.count, storage.type, name)
    case .positions(let places):
      guard let start = places[storage.key] else { throw PickleReader.malformed }
      values = try bytes.floats(
        at: start + range.lowerBound * storage.type.byteCount, range.count, storage.type, name)
    }
    return tensor.isContiguous ? values : tensor.gathered(from: values)
  }
}

/// An archive that several readers may ask.
private final class SharedArchive: Sendable {
  private let archive: Mutex<ZipArchive>

  init(_ archive: consuming sending ZipArchive) { self.archive = Mutex(archive) }

  /// All bytes of a file, whose checksum is right.
  func read(_ name: String, atMost limit: Int) throws(FormatError) -> MemoryBytes {
    try archive.withLock { archive throws(FormatError) in
      guard let entry = archive.entry(name) else { throw FormatError("has no '\(name)'") }
      return try archive.read(entry, atMost: limit)
    }
  }
}

extension TorchTensor {
  /// The tensor's numbers row by row.
  /// - Parameter values: of the storage, from the tensor's first number to its last.
  fileprivate func gathered(from values: [Float]) -> [Float] {
    var places = [0]
    places.reserveCapacity(count)
    for (extent, stride) in zip(extents, strides) {
      places = places.flatMap { place in (0..<extent).map { place + $0 * stride } }
    }
    return places.map { values[$0] }
  }
}
