import Files
import Foundation

/// The content of a weight file, recognised by its first bytes, whatever its name.
enum WeightContainer: ~Copyable {
  case hdf5(HDF5File)
  case archive(KerasArchive)
  case safetensors(SafetensorsFile)
  case torch(TorchCheckpoint)

  /// What is in it.
  func content() throws(FormatError) -> WeightFileContent {
    switch self {
    case .hdf5(let file):
      try file.checkLinks()
      return try file.kerasContent()
    case .archive(let archive): return try archive.content()
    case .safetensors(let file): return try file.content()
    case .torch(let file): return file.content()
    }
  }

  /// The values of a tensor.
  func floats(of entry: KerasWeightFile.Entry) throws(FormatError) -> [Float] {
    switch self {
    case .hdf5(let file): try file.floats(dataset: entry.path, type: entry.type)
    case .archive(let archive): try archive.weights.floats(dataset: entry.path, type: entry.type)
    case .safetensors(let file): try file.floats(of: entry.path)
    case .torch(let file): try file.floats(of: entry.path)
    }
  }

  /// The SHA-256 of the file's bytes; `nil` where they cannot be read.
  func sha256() -> String? {
    switch self {
    case .hdf5(let file): file.sha256()
    case .archive(let archive): archive.sha256()
    case .safetensors(let file): file.sha256()
    case .torch(let file): file.sha256()
    }
  }

  /// Opens a regular file.
  /// - Parameter bytes: of the file at the path.
  static func open(
    _ path: String, _ bytes: consuming FileBytes
  ) throws(FormatError) -> WeightContainer {
    guard bytes.byteCount > 0 else { throw FormatError("is empty") }
    let start = bytes.bytes(at: 0, min(64, bytes.byteCount)) ?? []
    // Before all others: the length that these files begin with may look like the beginning of anything.
    if isSafetensors(start) { return .safetensors(try SafetensorsFile(bytes)) }
    if HDF5File.hasSignature(bytes) { return .hdf5(try HDF5File(path: path, bytes)) }
    if start.starts(with: Array("PK".utf8)) {
      let archive = try ZipArchive(path: bytes.ownPath(path), byteCount: bytes.byteCount)
      guard let pickle = TorchCheckpoint.pickle(of: archive) else {
        return .archive(try KerasArchive(bytes, archive))
      }
      return .torch(try TorchCheckpoint(bytes, archive, pickle: pickle))
    }
    guard !GitLFSPointer.isStart(of: start) else {
      throw FormatError("is \(GitLFSPointer.explanation)")
    }
    if start.first == UInt8(ascii: "<") {
      throw FormatError("is no weight file but a web page; download it again")
    }
    if start.count > 8, start[8] == UInt8(ascii: "{") {
      return .safetensors(try SafetensorsFile(bytes))
    }
    if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
      return .torch(try TorchCheckpoint(legacy: bytes))
    }
    if start.starts(with: Array("GGUF".utf8)) {
      throw FormatError("is a file of another framework, which neither Keras nor PyTorch writes")
    }
    throw FormatError(
      "is neither HDF5 (.h5), nor a .keras archive, nor safetensors, nor a file of PyTorch (.pth)")
  }

  /// Whether eight bytes are the length of a header that is read, and the header begins: no text and no archive
  /// has four zeros there.
  private static func isSafetensors(_ start: [UInt8]) -> Bool {
    start.count > 8 && start[8] == UInt8(ascii: "{") && start[4..<8].allSatisfy { $0 == 0 }
  }
}

/// What opening a file finds out.
struct WeightFileContent {
  var layout: KerasWeightFile.Layout
  var entries: [KerasWeightFile.Entry] = []
  var configuration: String?
  var architecture: JSONValue?
  var kerasVersion: String?
  /// What this program has written beside a whole model.
  var metadata: ModelMetadata?

  init(_ layout: KerasWeightFile.Layout) { self.layout = layout }

  /// Takes the text of a model's configuration and reads it.
  mutating func setConfiguration(_ text: String, from place: String) throws(FormatError) {
    configuration = text
    do throws(FormatError) {
      let model = try JSONParser.parse(text.utf8)
      guard model.object != nil else { throw FormatError("that is no object") }
      architecture = model
    } catch {
      throw FormatError("has bad JSON in \(place): \(error.message)")
    }
  }
}
