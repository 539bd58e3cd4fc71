import Foundation
import Testing
import WeightFiles

/// Weight files, outputs and gradients of timm's and torchvision's networks, which `Tools/torch-parity.sh` has
/// written into `$FINETUNE_TORCH_PARITY`; `Tools/torch/make_parity.py` says what is in them.
struct TorchParityManifest: Decodable {
  var models: [ModelCase]

  struct ModelCase: Decodable, Sendable {
    var id: String
    /// As the zoo calls it.
    var name: String
    var imageSize: Int
    /// Of the batch's pictures.
    var labels: [Int]
    var features: Int
    /// PyTorch's count, the statistics of norms included.
    var parameters: Int
    var gradients: [Gradient]
    var files: [File]
  }

  struct Gradient: Decodable, Sendable {
    /// `early`, `middle` or `last`.
    var which: String
    /// The module whose kernel it is of.
    var node: String
    /// How far PyTorch's float32 gradient is from its float64 one.
    var own: Double
  }

  struct File: Decodable, Sendable {
    var format: String
    var file: String
  }

  static let folder = ProcessInfo.processInfo.environment["FINETUNE_TORCH_PARITY"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  static func read() throws -> TorchParityManifest {
    let url = try #require(folder).appending(path: "manifest.json")
    return try JSONDecoder().decode(TorchParityManifest.self, from: Data(contentsOf: url))
  }

  static func file(_ name: String) throws -> KerasWeightFile {
    try KerasWeightFile(try #require(folder).appending(path: name))
  }
}
