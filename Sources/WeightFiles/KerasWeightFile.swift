import Foundation
import NeuralNetworks
import TensorKernels

/// A weight file or whole model that Keras wrote as HDF5, in the layout of Keras 1 and 2 (which
/// Keras 3 writes as `.h5` too).
///
/// Opening it reads names, shapes and types; `load` reads the tensors of a network.
public struct KerasWeightFile: Sendable {
  /// How the tensors are arranged.
  public enum Layout: String, Hashable, Sendable, Codable, CustomStringConvertible {
    /// The attribute `layer_names` and one group for each layer at the root.
    case legacyWeights = "legacy weights"
    /// The same below the group `model_weights`, beside the model's configuration.
    case legacyModel = "legacy whole model"

    public var description: String { rawValue }
  }

  /// One tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// `layer/role`, for example `conv1/kernel`.
    public let name: String
    /// Where it is, for example `/conv1/conv1/kernel:0`.
    public let path: String
    public let shape: Shape
    public let type: ElementType
    let keys: KerasTensorName
  }

  public let url: URL
  public let layout: Layout
  /// In the order of the file.
  public let entries: [Entry]
  /// The `model_config` of a whole model: JSON.
  public let modelConfiguration: String?
  public let kerasVersion: String?

  /// The name in messages: the last component of the path.
  public var name: String { url.lastPathComponent }

  /// Opens a file and lists its tensors.
  /// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is not HDF5, cut short, not
  ///   Keras's, or refers to anything outside itself.
  public init(_ url: URL) throws(WeightFileError) {
    self.url = url
    let content = try Self.reading(url) { file throws(FormatError) in
      try file.checkLinks()
      return try Self.content(of: file)
    }
    (layout, entries) = (content.layout, content.entries)
    (modelConfiguration, kerasVersion) = (content.modelConfiguration, content.kerasVersion)
  }

  /// The SHA-256 of the file's bytes, as hexadecimal digits.
  /// - Throws: `WeightFileError` (`missingFile`, `inputOutput`).
  public func sha256() throws(WeightFileError) -> String { try FileDigest.sha256(of: url) }

  // MARK: Reading the structure

  private struct Content {
    var layout = Layout.legacyWeights
    var entries: [Entry] = []
    var modelConfiguration: String?
    var kerasVersion: String?
  }

  private static func content(of file: borrowing HDF5File) throws(FormatError) -> Content {
    var content = Content()
    var root = "/"
    var layers = try file.chunkedStrings(attribute: "layer_names", of: root)
    if layers == nil, try file.kind(of: "model_weights") == .group {
      root = "/model_weights"
      layers = try file.chunkedStrings(attribute: "layer_names", of: root)
      content.layout = .legacyModel
    }
    guard let layers else {
      for group in ["layers", "_layer_checkpoint_dependencies"]
      where try file.kind(of: group) == .group {
        throw FormatError(
          "is in the layout of Keras 3 (.weights.h5), which is not read yet; in Keras, save the whole "
            + "model as .h5 instead: model.save('model.h5')")
      }
      throw FormatError(
        "is an HDF5 file, but not one of Keras's weight files: it has no attribute 'layer_names'")
    }
    content.modelConfiguration = try file.string(attribute: "model_config", of: "/")
    content.kerasVersion = try file.string(attribute: "keras_version", of: root)
    // Weights that belong to no layer, as Keras 2.6 and later write them, are accounted for too.
    let extra = "top_level_model_weights"
    let hasExtra = try file.kind(of: "\(root)/\(extra)") == .group && !layers.contains(extra)
    for layer in layers + (hasExtra ? [extra] : []) {
      content.entries += try entries(of: layer, below: root, in: file)
    }
    return content
  }

  private static func entries(of layer: String, below root: String, in file: borrowing HDF5File)
    throws(FormatError) -> [Entry]
  {
    let group = (root == "/" ? "" : root) + "/" + layer
    guard try file.kind(of: group) == .group else {
      throw FormatError("lists the layer '\(layer)' but has no group of that name")
    }
    let weights = try file.chunkedStrings(attribute: "weight_names", of: group) ?? []
    var entries: [Entry] = []
    for weight in weights {
      let path = group + "/" + weight
      let info = try file.describe(dataset: path)
      let keys = KerasTensorName(weight: weight, group: layer, siblings: weights)
      entries.append(
        Entry(name: keys.displayName, path: path, shape: info.shape, type: info.type, keys: keys))
    }
    return entries
  }

  /// Opens the HDF5 file at `url`, runs `body` on it and puts the file's name before its errors.
  static func reading<Result>(
    _ url: URL, _ body: (borrowing HDF5File) throws(FormatError) -> Result
  ) throws(WeightFileError) -> Result {
    let path = url.path
    var status = stat()
    guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
      throw WeightFileError(.missingFile, "cannot open '\(path)': \(systemMessage(errno))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw WeightFileError(.missingFile, "'\(path)' is not a file")
    }
    guard HDF5File.hasSignature(path: path) else {
      throw WeightFileError(.bad, "'\(url.lastPathComponent)' is not an HDF5 file\(kindHint(path))")
    }
    do {
      return try body(try HDF5File(path: path, byteCount: Int(status.st_size)))
    } catch {
      if error.message.contains("truncated file") {
        throw WeightFileError(
          .bad,
          "'\(url.lastPathComponent)' is cut short: it ends after \(status.st_size) bytes"
            + "\(declaredSize(error.message)); download or copy it again")
      }
      throw WeightFileError(.bad, "'\(url.lastPathComponent)' \(error.message)")
    }
  }

  /// What a file that is not HDF5 seems to be instead.
  private static func kindHint(_ path: String) -> String {
    guard let file = FileHandle(forReadingAtPath: path) else { return "" }
    guard let start = try? file.read(upToCount: 64), !start.isEmpty else { return ": it is empty" }
    if start.starts(with: Array("PK".utf8)) {
      return " but a zip archive; a .keras file is not read yet: in Keras, save the model as .h5"
    }
    if start.first == UInt8(ascii: "<") { return " but a web page; download it again" }
    return ""
  }

  /// "of 102853048" from the library's "stored_eof = 102853048".
  private static func declaredSize(_ message: String) -> String {
    guard let range = message.range(of: "stored_eof = ") else { return "" }
    let digits = message[range.upperBound...].prefix { $0.isNumber }
    return digits.isEmpty ? "" : " of \(digits)"
  }
}
