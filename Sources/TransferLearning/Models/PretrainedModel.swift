import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A network with weights.
public struct PretrainedModel: Sendable {
  public let model: Model
  /// By parameter name.
  public let tensors: [String: Tensor]
  /// The file that the weights are from; `nil` for random ones.
  public let file: URL?
  /// How file and network correspond; `nil` for random weights.
  public let report: LoadReport?
  /// The SHA-256 of what was downloaded to get the file; `nil` if it was there.
  public let downloadedSHA256: String?
  /// The configuration that the network was built from; `nil` for the zoo's.
  public var architecture: SavedArchitecture?
  /// What makes probabilities of the model's logits: the softmax, or the sigmoid of each by itself.
  public var outputActivation = Activation.softmax
  /// What a user should know, one line each.
  public var notes: [String] = []

  /// The SHA-256 of the weight file; `nil` for random weights.
  public var digest: String? { report?.sha256 }

  /// The network as something to fine-tune.
  /// - Precondition: its top is `.features`.
  public var backbone: Backbone {
    Backbone(
      name: model.name, alpha: model.alpha, network: model.network, tensors: tensors,
      weightsDigest: digest, preprocessing: model.preprocessing, architecture: architecture)
  }
}

/// Bytes so far and, when known, in all; called on another thread.
public typealias DownloadProgress = @Sendable (_ received: Int, _ total: Int?) -> Void

extension BaseSelection {
  /// Finds the weights, downloading them if need be, and reads them.
  ///
  /// - Parameter seed: for random weights.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`, `UsageError`.
  public func load(
    _ top: Model.Top, seed: UInt64 = 0, progress: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    if isFile {
      return try fileBase().load(top, weights, allowMissing: allowMissing, seed: seed)
    }
    return try model(top).withWeights(
      weights, allowMissing: allowMissing, seed: seed, store: WeightStore(isOffline: isOffline),
      progress: progress)
  }
}

extension Model {
  /// The model with its published weights, downloaded unless they are there.
  /// - Throws: `WeightStoreError`, `WeightFileError`.
  public func withPretrainedWeights() throws -> PretrainedModel {
    try withWeights(.published, store: WeightStore(isOffline: false))
  }

  /// The model with weights; those that the file may lack, and does, are random.
  /// - Parameters:
  ///   - allowMissing: shell patterns of parameter names that the file may lack.
  ///   - seed: for random weights.
  /// - Throws: `WeightStoreError`, `WeightFileError`.
  public func withWeights(
    _ source: WeightSource, allowMissing: [String] = [], seed: UInt64 = 0, store: WeightStore,
    progress: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    let loaded = try store.load(
      self, source.choice, allowMissing: allowMissing, progress: progress)
    return PretrainedModel(
      model: self, tensors: network.completed(loaded?.tensors ?? [:], seed: seed),
      file: loaded?.location.url, report: loaded?.report,
      downloadedSHA256: loaded?.location.downloadedSHA256)
  }

  /// - Throws: `UsageError` for a network that reads something else than photos.
  func requirePhotos() throws(UsageError) {
    guard readsPhotos else {
      throw UsageError(
        "\(title) reads \(network.inputShape), not photos; from Swift it can be built and trained on its "
          + "own kind of data")
    }
  }

  /// The name for messages: `mobilenet 0.25`, or `resnet50`.
  public var title: String { alpha.map { "\(name) \($0)" } ?? name }
}

extension WeightSource {
  /// What to ask a store of weights for.
  var choice: WeightStore.Choice {
    switch self {
    case .published: .published
    case .file(let path): .file(URL(filePath: path))
    case .none: .none
    }
  }
}
