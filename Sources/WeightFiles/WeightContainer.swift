import Files
import Foundation

/// An open weight file, recognised by its first bytes, whatever its name.
enum WeightContainer: ~Copyable {
  case hdf5(HDF5File)
  case archive(KerasArchive)
  case safetensors(SafetensorsFile)

  /// What is in it.
  func content() throws(FormatError) -> WeightFileContent {
    switch self {
    case .hdf5(let file):
      try file.checkLinks()
      return try file.kerasContent()
    case .archive(let archive): return try archive.content()
    case .safetensors(let file): return try file.content()
    }
  }

  /// The values of a tensor.
  func floats(of entry: KerasWeightFile.Entry) throws(FormatError) -> [Float] {
    switch self {
    case .hdf5(let file): try file.floats(dataset: entry.path, type: entry.type)
    case .archive(let archive): try archive.weights.floats(dataset: entry.path, type: entry.type)
    case .safetensors(let file): try file.floats(of: entry.path)
    }
  }

  /// Opens the file at `url`, runs `body` on it and puts the file's name before its errors.
  static func reading<Result>(
    _ url: URL, _ body: (borrowing WeightContainer) throws(FormatError) -> Result
  ) throws(WeightFileError) -> Result {
    let path = url.path
    guard let status = FileStatus(path), access(path, R_OK) == 0 else {
      throw WeightFileError(.missingFile, "cannot open '\(path)': \(systemMessage())")
    }
    guard status.kind == .file else {
      throw WeightFileError(.missingFile, "'\(path)' is not a file")
    }
    do {
      return try body(try open(path))
    } catch {
      if error.message.hasPrefix("cannot be opened: truncated file") {
        throw WeightFileError(
          .bad,
          "'\(url.lastPathComponent)' is cut short: it ends after \(status.byteCount) bytes"
            + "\(declaredSize(error.message)); download or copy it again")
      }
      throw WeightFileError(.bad, "'\(url.lastPathComponent)' \(error.message)")
    }
  }

  private static func open(_ path: String) throws(FormatError) -> WeightContainer {
    let bytes = try FileBytes(path: path)
    if HDF5File.hasSignature(bytes) { return .hdf5(try HDF5File(path: path)) }
    guard bytes.byteCount > 0 else { throw FormatError("is empty") }
    let start = bytes.bytes(at: 0, min(64, bytes.byteCount)) ?? []
    if start.starts(with: Array("PK".utf8)) {
      return .archive(try KerasArchive(path: path, byteCount: bytes.byteCount))
    }
    if start.first == UInt8(ascii: "<") {
      throw FormatError("is no weight file but a web page; download it again")
    }
    if start.count > 8, start[8] == UInt8(ascii: "{") {
      return .safetensors(try SafetensorsFile(bytes))
    }
    if start.starts(with: Array("GGUF".utf8)) || start.starts(with: [0x80, 2]) {
      throw FormatError("is a file of another framework, which Keras does not write")
    }
    throw FormatError("is neither HDF5 (.h5), nor a .keras archive, nor safetensors")
  }

  /// "of 102853048" from the library's "stored_eof = 102853048".
  private static func declaredSize(_ message: String) -> String {
    guard let range = message.range(of: "stored_eof = ") else { return "" }
    let digits = message[range.upperBound...].prefix { $0.isNumber }
    return digits.isEmpty ? "" : " of \(digits)"
  }
}
