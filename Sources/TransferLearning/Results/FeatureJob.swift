import Files
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// Turns photos into features of a network: of a pretrained one, or of the one that a run has tuned.
package struct FeatureJob: Hashable, Sendable {
  /// Where the network and its weights come from.
  package enum Source: Hashable, Sendable {
    /// A base, and how photos become squares for it; `nil`: as it has it or its file says.
    case base(Base.Source, ResizePolicy?)
    /// The folder of a run, which knows its own view and preprocessing.
    case run(String)
  }

  package var source: Source
  /// A folder of class folders, with or without splits, or a flat one; or a list of photos, a `.csv` or
  /// `.tsv` file.
  package var data: String
  /// The node whose output is taken; `nil`: the pooled features that a new classifier would read.
  package var node: String?
  package var backend = BackendChoice.oneDNN
  /// What values between layers are stored in; the features are Float32 whatever it is.
  package var precision = Precision.float32
  package var batchSize = 32
  package var maximumPixels = 100_000_000

  package init(_ source: Source, data: String) {
    self.source = source
    self.data = data
  }

  /// Computes the features of all readable photos.
  /// - Throws: `DataError`, `UsageError`, `ModelError`, `RunError`, `WeightStoreError`,
  ///   `WeightFileError`, `BackendError`.
  package func run(
    pool: WorkerPool, onDownload: @escaping DownloadProgress = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> PhotoFeatures {
    let root = URL(filePath: data)
    // Nothing is downloaded for photos that are not there.
    _ = try Photos.isFlat(root)
    let network = try network(onDownload)
    let photos = try Photos.scanAll(
      root, maximumPixels: maximumPixels, cache: .standard, pool: pool)
    let all = photos.all.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    let runner = PhotoRunner(
      network: network.network, tensors: network.tensors, preprocessing: network.preprocessing,
      views: [.evaluation(network.resize)], backend: backend, precision: precision,
      batchSize: batchSize, maximumPixels: maximumPixels)
    var features = PhotoFeatures(
      shape: network.network.outputShape, classes: photos.classes, labelling: photos.labelling,
      skipped: photos.skipped, advice: network.advice, notes: network.notes)
    features.reserve(all.count)
    var done = 0
    try runner.run(all.map(\.path), below: photos.root, pool: pool) { index, outcome in
      switch outcome {
      case .success(let values): features.add(all[index], values)
      case .failure(let error):
        features.skipped.append(SkippedPhoto(path: all[index].path, reason: error.message))
      }
      done += 1
      progress(done, all.count)
    }
    return features
  }

  private func network(_ onDownload: @escaping DownloadProgress) throws -> FeatureNetwork {
    switch source {
    case .base(let base, let resize): try FeatureNetwork(base, node: node, resize, onDownload)
    case .run(let path): try FeatureNetwork(Run(URL(filePath: path)), node: node)
    }
  }
}

/// A network that ends in features, with all that they depend on.
private struct FeatureNetwork {
  let network: Network
  let tensors: [String: Tensor]
  let preprocessing: Preprocessing
  let resize: ResizePolicy
  let title: String
  let digest: String?
  /// What a user should know, one line each.
  var advice: [Sentence] = []

  /// A pretrained one.
  init(
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
  init(_ run: Run, node: String?) throws {
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
