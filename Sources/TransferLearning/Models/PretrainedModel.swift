import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A network with weights as they were read, with its classifier or without: what a `Base` and a
/// `Classifier` are made of.
package struct PretrainedModel: Sendable {
  package let model: Model
  /// By parameter name.
  package let tensors: [String: Tensor]
  /// The file that the weights are from; `nil` for random ones.
  package let file: URL?
  /// How file and network correspond; `nil` for random weights.
  package let report: LoadReport?
  /// The configuration that the network was built from; `nil` for the zoo's.
  package var architecture: SavedArchitecture?
  /// What makes probabilities of the model's logits: the softmax, or the sigmoid of each by itself.
  package var outputActivation = Activation.softmax
  /// The names of its outputs, where they are known.
  package var labels: [String]?
  /// From which probability on each of them is there, where they do not exclude one another and that is known.
  package var thresholds: [Double]?
  /// How a photo becomes a square of the network's size, unless the user says.
  package var resize = ResizePolicy.crop
  /// What cropping is for it.
  package var cropping = ResizePolicy.crop
  /// Why `resize` is so, where the user might have reason to think otherwise.
  package var resizeNote: Sentence?
  /// The weights' licence, where it forbids commercial use.
  package var restriction: String?
  /// The weights' licence, where it is known.
  package var licence: String?
  /// What a user should know, one line each.
  package var notes: [Sentence] = []

  /// How photos are brought to its size by a user's choice; `nil`: without one.
  func view(_ chosen: ResizePolicy?) -> ResizePolicy {
    ResizePolicy(chosen, usual: resize, cropping: cropping)
  }

  /// The SHA-256 of the weight file; `nil` for random weights.
  package var digest: String? { report?.sha256 }
}

extension PretrainedModel {
  /// A model of the zoo with weights; those that the file may lack, and does, are random.
  /// - Parameters:
  ///   - allowMissing: shell patterns of parameter names that the file may lack.
  ///   - seed: for random weights.
  /// - Throws: `WeightStoreError`, `WeightFileError`; `BackendError` where there is no memory for them.
  package init(
    _ model: Model, _ weights: Base.Source.Weights, allowMissing: [String] = [], seed: UInt64 = 0,
    store: WeightStore, progress: @escaping DownloadProgress = { _, _ in }
  ) throws {
    try model.network.requireMemory(for: model.title)
    let loaded = try store.load(model, weights, allowMissing: allowMissing, progress: progress)
    let model = try loaded?.model(configuring: model) ?? model
    self.init(
      model: model, tensors: model.network.completed(loaded?.tensors ?? [:], seed: seed),
      file: loaded?.location.url, report: loaded?.report, resize: model.resize,
      cropping: model.resize)
    licence = model.provenance?.licence
    restrict(model.provenance.flatMap { $0.forbidsCommercialUse ? $0.licence : nil })
  }
}

extension Network {
  /// Asks for the memory that all weights take, before they are read or made.
  /// - Parameter title: the network's, in messages.
  /// - Throws: `BackendError`.
  func requireMemory(for title: String) throws(BackendError) {
    let wanted = parameters.reduce(0) { $0 + $1.shape.count } * MemoryLayout<Float>.stride
    guard wanted >= AvailableMemory.worthAsking,
      let lack = AvailableMemory.lack(
        of: wanted, for: "reading the weights of \(title)", use: "another base")
    else { return }
    throw BackendError(sentence: lack)
  }
}

extension PretrainedModel {
  /// Notes the licence of weights that forbids commercial use; `nil` for another one.
  mutating func restrict(_ licence: String?) {
    guard let licence else { return }
    restriction = licence
    notes.append(
      "the weights of \(model.title) are under \(licence), which forbids commercial use")
  }
}

extension LoadedWeights {
  /// The model as a configuration of timm's says that lies beside its weights.
  /// - Throws: `WeightFileError` (`bad`).
  fileprivate func model(configuring model: Model) throws(WeightFileError) -> Model? {
    guard model.name.hasPrefix("timm/"),
      let url = TimmFolder.configuration(beside: location.url)
    else { return nil }
    let configuration = try TimmFolder.read(url)
    let architecture = model.name.dropFirst("timm/".count).prefix { $0 != "." }
    guard architecture == configuration.architecture else {
      throw WeightFileError(
        .bad,
        "'\(url.relativePath)' is of \(configuration.architecture), not \(architecture); are these the files of "
          + "another model?")
    }
    return model.configured(by: configuration)
  }
}

extension Model {
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
