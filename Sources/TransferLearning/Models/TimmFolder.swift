import Files
import FineTuning
import Foundation
import ModelZoo
import TensorKernels
import WeightFiles

/// A base that is a folder with weights of timm's and their `config.json`, as the hub has them and as timm saves them.
struct TimmFolder {
  private let configuration: TimmConfiguration
  private let weights: URL

  private static let configurationName = "config.json"
  /// The first that is there is taken.
  private static let weightNames = ["model.safetensors", "pytorch_model.bin"]

  /// Whether a path is that of such a folder.
  static func isOne(_ path: String) -> Bool {
    configuration(beside: URL(filePath: path).appending(path: weightNames[0])) != nil
      && weights(in: path) != nil
  }

  private static func weights(in path: String) -> URL? {
    weightNames.lazy.map { URL(filePath: path).appending(path: $0) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }

  /// The configuration in the folder of a weight file; `nil` when there is none.
  static func configuration(beside weights: URL) -> URL? {
    let url = weights.deletingLastPathComponent().appending(path: configurationName)
    return FileManager.default.fileExists(atPath: url.path) ? url : nil
  }

  /// Reads a configuration.
  /// - Throws: `WeightFileError` that names the file.
  static func read(_ url: URL) throws(WeightFileError) -> TimmConfiguration {
    do throws(FormatError) {
      return try TimmConfiguration(contentsOf: url)
    } catch {
      throw WeightFileError(.bad, "'\(url.relativePath)' \(error.message)")
    }
  }

  /// - Throws: `WeightFileError`: `missingFile`, `bad`.
  init(_ path: String) throws(WeightFileError) {
    let folder = URL(filePath: path)
    guard let weights = Self.weights(in: path) else {
      throw WeightFileError(
        .missingFile, "'\(path)' has none of \(Self.weightNames.joined(separator: ", "))")
    }
    self.weights = weights
    configuration = try Self.read(folder.appending(path: Self.configurationName))
  }

  /// The network, without weights.
  /// - Throws: `ModelError`.
  func model(_ top: Model.Top, imageSize: ImageSize?, channels: Int?) throws -> Model {
    try Model.named(
      "timm/\(configuration.architecture)", imageSize: imageSize ?? configuration.imageSize,
      channels: channels, top: top
    ).configured(by: configuration)
  }

  /// The file that the base starts from unless the user names another.
  var source: Base.Source.Weights { .file(weights.path) }
}

extension Base.Source {
  /// Whether the base is a folder of timm's; a model of the zoo or a run goes before a folder of its name.
  var isTimmFolder: Bool { !Model.isKnown(name) && !isRun && TimmFolder.isOne(name) }
}
