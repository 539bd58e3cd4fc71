import Files
import TensorKernels

/// A network's configuration, taken out of its file so that the network can be built without it.
public struct SavedArchitecture: Codable, Hashable, Sendable {
  /// The name of the file it was in.
  public let file: String
  /// Of the Keras that wrote the file; it decides how the configuration is spelt. `nil` where the
  /// file does not tell.
  public let kerasVersion: String?
  /// Of the input.
  package(set) public var imageSize: ImageSize
  /// JSON, as the file had it.
  public let configuration: String
}

extension KerasModel {
  /// The configuration that this network was built from.
  /// - Parameter file: the file it was built from.
  public func saved(from file: KerasWeightFile) -> SavedArchitecture? {
    file.modelConfiguration.map {
      SavedArchitecture(
        file: file.name, kerasVersion: file.kerasVersion, imageSize: network.inputShape.imageSize,
        configuration: $0)
    }
  }

  /// Builds the network of a saved configuration.
  /// - Throws: `WeightFileError` (`bad`).
  public init(_ saved: SavedArchitecture) throws(WeightFileError) {
    let architecture: JSONValue
    do {
      architecture = try JSONParser.parse(saved.configuration.utf8)
    } catch {
      throw WeightFileError(.bad, "the configuration of '\(saved.file)' \(error.message)")
    }
    try self.init(
      architecture: architecture, kerasVersion: saved.kerasVersion, imageSize: saved.imageSize,
      file: saved.file)
  }
}
