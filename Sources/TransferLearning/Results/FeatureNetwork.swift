import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// A network that ends in features, with all that they depend on.
package struct FeatureNetwork {
  package let network: Network
  /// By parameter name.
  package let tensors: [String: Tensor]
  package let preprocessing: Preprocessing
  package let resize: ResizePolicy
  let title: String
  let digest: String?
  /// What a user should know, one line each.
  package private(set) var advice: [Sentence] = []

  /// - Parameters:
  ///   - source: where network and weights come from.
  ///   - node: the name of the node to end in; `nil`: the pooled features that a new classifier would read.
  ///   - onDownload: of a model's weights; called on another thread.
  /// - Throws: as `FeatureJob.run`.
  package init(
    _ source: FeatureJob.Source, node: String?,
    _ onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws {
    switch source {
    case .base(let base, let resize): try self.init(base, node: node, resize, onDownload)
    case .run(let path): try self.init(Run(URL(filePath: path)), node: node)
    }
  }

  /// A pretrained one.
  private init(
    _ base: Base.Source, node: String?, _ resize: ResizePolicy?,
    _ onDownload: @escaping DownloadProgress
  ) throws {
    let model = try Self.model(base, node: node)
    let loaded = try base.load(model.top, progress: onDownload)
    network = try model.network.ending(in: node, of: model)
    tensors = loaded.tensors
    preprocessing = model.preprocessing
    self.resize = loaded.view(resize)
    advice = loaded.notes + (resize == nil ? [loaded.resizeNote].compactMap(\.self) : [])
    title = model.title
    digest = loaded.digest
  }

  /// The one that a run has tuned, with its head as far as `node` is of it.
  private init(_ run: Run, node: String?) throws {
    let model = try run.base()
    let whole = try run.network(base: model.network)
    network = node == nil ? model.network : try whole.ending(in: node, of: model)
    tensors = try run.tensors(for: whole)
    preprocessing = run.record.preprocessing
    resize = run.record.resize
    title = model.title
    digest = run.record.weightsDigest
  }

  /// The model whose node is to be taken: up to the pooled features if it is there, else with Keras's
  /// classifier, whose hidden layers can be taken too.
  private static func model(_ base: Base.Source, node: String?) throws -> Model {
    let features = try base.model(.features)
    try features.requirePhotos()
    guard let node, features.network.node(named: node) == nil else { return features }
    let whole = try base.model(.imageNet)
    // The shorter network is named where neither has the node.
    return whole.network.node(named: node) == nil ? features : whole
  }

  /// What a file of the features says of them.
  var notes: [String: String] {
    [
      "base": title, "node": network[network.output].name, "weights_sha256": digest ?? "random",
      "resize": resize.rawValue, "image_size": "\(network.inputShape.imageSize)",
    ]
  }
}

extension Network {
  /// The network up to a node; `nil` for all of it.
  /// - Throws: `UsageError` when no such node exists.
  fileprivate func ending(in name: String?, of model: Model) throws(UsageError) -> Network {
    guard let name else { return self }
    guard let node = node(named: name) else {
      let last = nodes.suffix(4).map { "'\($0.name)'" }.joined(separator: ", ")
      throw UsageError(
        sentence: "\(model.title) has no node '\(name)'; its last ones are \(last), and "
          + "\(.listNodes(model: model.name)) lists all")
    }
    return cut(after: node)
  }
}
