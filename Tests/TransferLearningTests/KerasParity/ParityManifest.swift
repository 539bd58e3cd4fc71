import Foundation
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

/// Weight files, outputs and gradients of real Keras, which `Tools/keras-parity.sh` has written into
/// `$FINETUNE_PARITY`; `Tools/keras/make_parity.py` says what is in them.
struct ParityManifest: Decodable {
  var models: [ModelCase]
  var blocks: [BlockCase]
  /// Steps in which norms use the batch's statistics.
  var training: [TrainingCase]

  /// A model of the zoo.
  struct ModelCase: Decodable, Sendable {
    var id: String
    var name: String
    var alpha: Double?
    var imageSize: Int
    var count: Int
    var classes: Int
    var labels: [Int]
    var features: Int
    /// Keras's count.
    var parameters: Int
    var gradients: [Gradient]
    var files: [File]

    struct File: Decodable, Sendable {
      var format: String
      var file: String
      /// Of the names of the outputs that belong to it.
      var prefix: String
      /// Whether the headless model is a layer of another, which ends in ten classes.
      var nested: Bool
      var parameters: Int
    }
  }

  /// A block of a family with smooth activations and average pooling.
  struct BlockCase: Decodable, Sendable {
    var id: String
    var name: String
    var of: String
    var file: String
    var inputShape: [Int]
    var count: Int
    var classes: Int
    var labels: [Int]
    var parameters: Int
    var gradients: [Gradient]
  }

  struct TrainingCase: Decodable, Sendable {
    var id: String
    var name: String
    var alpha: Double?
    var imageSize: Int
    var count: Int
    var classes: Int
    var norm: BatchNormMode
    var parameters: Int
  }

  struct Gradient: Decodable, Sendable {
    /// `early`, `middle`, `last`, or `all`.
    var which: String
    /// Its name in the references.
    var tensor: String
    /// For example `conv1/kernel`.
    var parameter: String
    var shape: [Int]
    /// How far Keras's own float32 gradient is from its float64 one.
    var kerasError: Double
  }

  static let folder = ProcessInfo.processInfo.environment["FINETUNE_PARITY"].map {
    URL(filePath: $0, directoryHint: .isDirectory)
  }

  static func read() throws -> ParityManifest {
    let folder = try #require(folder)
    return try JSONDecoder().decode(
      ParityManifest.self, from: Data(contentsOf: folder.appending(path: "manifest.json")))
  }

  static func file(_ name: String) throws -> KerasWeightFile {
    try KerasWeightFile(try #require(folder).appending(path: name))
  }

  static let pool = WorkerPool(count: 2)
}

/// The reference tensors of one model. They are stored like weights, one "kernel" each.
struct ParityReferences {
  private let id: String
  private let file: KerasWeightFile

  init(_ id: String) throws {
    try self.init(id, ParityManifest.file("\(id)-reference.h5"))
  }

  init(_ id: String, _ file: KerasWeightFile) {
    self.id = id
    self.file = file
  }

  func tensor(_ name: String, _ shape: Shape) throws -> [Float] {
    let others = Set(file.entries.map(\.layer)).subtracting([name])
    let wanted = Parameter(node: name, role: .kernel, shape: shape)
    let found = try file.load([wanted], for: id, mayBeUnused: others).tensors
    return try #require(found[wanted.name]).values
  }
}
