import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A network of the zoo with weights.
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

  /// The SHA-256 of the weight file; `nil` for random weights.
  public var digest: String? { report?.sha256 }

  /// The network as something to fine-tune.
  /// - Precondition: its top is `.features`.
  public var backbone: Backbone {
    Backbone(
      name: model.name, alpha: model.alpha, network: model.network, tensors: tensors,
      weightsDigest: digest, preprocessing: model.preprocessing)
  }
}

/// Bytes so far and, when known, in all; called on another thread.
public typealias DownloadProgress = @Sendable (_ received: Int, _ total: Int?) -> Void

extension BaseSelection {
  /// Finds the weights, downloading them if need be, and reads them.
  ///
  /// - Parameters:
  ///   - seed: for random weights.
  ///   - environment: as of the process, for the folders in which weights are looked for.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`.
  public func load(
    _ top: Model.Top, seed: UInt64 = 0,
    environment: [String: String] = ProcessInfo.processInfo.environment,
    progress: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    try model(top).withWeights(
      weights, allowMissing: allowMissing, seed: seed,
      store: WeightStore(isOffline: isOffline, environment: environment), progress: progress)
  }
}

extension Model {
  /// The model with its published weights, downloaded unless they are there.
  /// - Throws: `WeightStoreError`, `WeightFileError`.
  public func withPretrainedWeights() throws -> PretrainedModel {
    try withWeights(.published, store: WeightStore(isOffline: false))
  }

  /// The model with weights.
  /// - Parameters:
  ///   - allowMissing: shell patterns of parameter names that the file may lack.
  ///   - seed: for random weights.
  /// - Throws: `WeightStoreError`, `WeightFileError`.
  public func withWeights(
    _ source: WeightSource, allowMissing: [String] = [], seed: UInt64 = 0, store: WeightStore,
    progress: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    guard let located = try locateWeights(source, store: store, progress: progress) else {
      return PretrainedModel(
        model: self, tensors: network.initialTensors(seed: seed), file: nil, report: nil,
        downloadedSHA256: nil)
    }
    let (found, report) = try KerasWeightFile(located.url).load(
      network.parameters, for: title, allowMissing: allowMissing,
      mayBeUnused: top == .features ? classifierLayers : [])
    var tensors = found
    for parameter in network.parameters where tensors[parameter.name] == nil {
      tensors[parameter.name] = parameter.initialTensor(seed: seed)
    }
    return PretrainedModel(
      model: self, tensors: tensors, file: located.url, report: report,
      downloadedSHA256: located.downloadedSHA256)
  }

  /// Where the weights are; `nil` for random ones.
  /// - Throws: `WeightStoreError`.
  public func locateWeights(
    _ source: WeightSource, store: WeightStore, progress: @escaping DownloadProgress = { _, _ in }
  ) throws(WeightStoreError) -> WeightStore.Located? {
    switch source {
    case .none: return nil
    case .file(let path):
      guard FileManager.default.fileExists(atPath: path) else {
        throw WeightStoreError(.missing, "there is no weight file '\(path)'")
      }
      return WeightStore.Located(url: URL(filePath: path), downloadedSHA256: nil)
    case .published:
      guard let weightFile else {
        throw WeightStoreError(
          .missing,
          "no weights are published for \(title) at this image size; name a file with --weights FILE, or "
            + "take random values with --weights none")
      }
      return try store.fetch(WeightStore.Item(weightFile), progress: progress)
    }
  }

  /// The name for messages: `mobilenet 0.25`, or `resnet50`.
  public var title: String { alpha.map { "\(name) \($0)" } ?? name }
}
