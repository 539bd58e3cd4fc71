import Files

/// A `.keras` file: a zip archive of `metadata.json`, `config.json` and `model.weights.h5`.
struct KerasArchive: ~Copyable {
  private let bytes: FileBytes
  /// The HDF5 file inside, in memory.
  let weights: HDF5File
  /// The text of `config.json`.
  private let configuration: String?
  /// The text of `metadata.json`.
  private let metadata: String?

  /// The most that is read where nothing says what network it is: the largest of today, with its optimiser.
  private static let largestWeights = 8 << 30
  /// What groups, names and whatever belongs to no weight may take.
  private static let besidesWeights = 64 << 20
  private static let largestMetadata = 1 << 20

  /// - Parameters:
  ///   - bytes: of the file.
  ///   - archive: the same file as an archive.
  init(_ bytes: consuming FileBytes, _ archive: borrowing ZipArchive) throws(FormatError) {
    guard archive.entry("config.json") != nil else {
      throw FormatError(
        "is a zip archive, but neither a .keras file, as it has no 'config.json', nor one of PyTorch, as it has "
          + "no 'data.pkl'")
    }
    guard let entry = archive.entry("model.weights.h5") else {
      let other = archive.entry("model.weights.npz") == nil ? "" : " but 'model.weights.npz'"
      throw FormatError("has no 'model.weights.h5'\(other); in Keras, save the model again")
    }
    let configuration = try Self.text(
      "config.json", in: archive, atMost: JSONParser.largestByteCount)
    let metadata = try Self.text("metadata.json", in: archive, atMost: Self.largestMetadata)
    let memory = try archive.read(entry, atMost: Self.limit(of: entry, configuration))
    guard HDF5File.hasSignature(FileBytes(memory)) else {
      throw FormatError("holds a 'model.weights.h5' that is not HDF5")
    }
    let inner = try Self.inside { () throws(FormatError) in try HDF5File(memory) }
    self.bytes = bytes
    weights = inner
    self.configuration = configuration
    self.metadata = metadata
  }

  /// The most bytes that the weights of the network in a configuration can take: eight each, and as much
  /// thrice for an optimiser.
  private static func limit(of entry: ZipArchive.Entry, _ configuration: String?)
    throws(FormatError) -> Int
  {
    // A network that cannot be built is told of later, by whoever wants it: its weights may be for another.
    guard entry.byteCount > besidesWeights, let configuration,
      let architecture = try? JSONParser.parse(configuration.utf8),
      let model = try? KerasModel(architecture: architecture, kerasVersion: nil, file: entry.name)
    else { return largestWeights }
    let count = model.network.parameters.reduce(0) { $0 + $1.shape.count }
    let limit = min(largestWeights, besidesWeights + count * 32)
    guard entry.byteCount <= limit else {
      throw FormatError(
        "declares \(entry.byteCount) bytes for '\(entry.name)', but the network in 'config.json' has "
          + "\(count) weights, which is refused")
    }
    return limit
  }

  /// The SHA-256 of all bytes; `nil` where they cannot be read.
  func sha256() -> String? { bytes.sha256() }

  func content() throws(FormatError) -> WeightFileContent {
    var content = WeightFileContent(.keras3Model)
    if let configuration { try content.setConfiguration(configuration, from: "'config.json'") }
    if let metadata {
      do throws(FormatError) {
        let values = try JSONParser.parse(metadata.utf8)
        content.kerasVersion = values["keras_version"]?.string
        content.metadata = ModelMetadata(archived: values)
      } catch {
        throw FormatError("has bad JSON in 'metadata.json': \(error.message)")
      }
    }
    let architecture = content.architecture.map(KerasArchitecture.init)
    content.entries = try Self.inside { () throws(FormatError) in
      try weights.checkLinks()
      guard try weights.isKeras3() else {
        throw FormatError("is an HDF5 file without groups named 'vars'")
      }
      return try weights.keras3Entries(architecture)
    }
    return content
  }

  private static func text(_ name: String, in zip: borrowing ZipArchive, atMost limit: Int)
    throws(FormatError) -> String?
  {
    guard let entry = zip.entry(name) else { return nil }
    let memory = try zip.read(entry, atMost: limit)
    guard let text = String(validating: memory.buffer, as: UTF8.self) else {
      throw FormatError("holds a '\(name)' that is not UTF-8")
    }
    return text
  }

  /// Says that an error is one of the file inside.
  private static func inside<Result: ~Copyable>(_ body: () throws(FormatError) -> Result)
    throws(FormatError) -> Result
  {
    do {
      return try body()
    } catch {
      throw FormatError("holds a 'model.weights.h5' that \(error.message)")
    }
  }
}
