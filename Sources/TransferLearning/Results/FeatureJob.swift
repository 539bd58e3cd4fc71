import Files
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// Turns a folder of photos into features of a pretrained network, written as HDF5.
package struct FeatureJob: Codable, Hashable, Sendable {
  package var base: Base.Source
  /// A folder of class folders, with or without splits, or a flat one; or a list of photos, a `.csv` or
  /// `.tsv` file.
  package var data: String
  /// The node whose output is taken; `nil`: the pooled features that a new classifier would read.
  package var node: String?
  /// How a photo becomes a square; `nil`: as the base has it or its file says.
  package var resize: ResizePolicy?
  package var backend = BackendChoice.oneDNN
  /// What values between layers are stored in; the features are Float32 whatever it is.
  package var precision = Precision.float32
  package var batchSize = 32
  package var maximumPixels = 100_000_000

  package init(base: Base.Source, data: String) {
    self.base = base
    self.data = data
  }
}

/// What a `FeatureJob` has written.
package struct FeatureSummary: Sendable {
  package let images: Int
  /// Of one image's features.
  package let shape: Shape
  package let skipped: [SkippedPhoto]
  /// What a user should know, one line each.
  package let notes: [Sentence]
}

extension FeatureJob {
  /// The model whose node is to be taken: up to the pooled features if it is there, else with Keras's
  /// classifier, whose hidden layers can be taken too.
  /// - Throws: `ModelError`, `UsageError` when no such node exists.
  package func model() throws -> Model {
    let features = try base.model(.features)
    try features.requirePhotos()
    guard let node, features.network.node(named: node) == nil else { return features }
    let whole = try base.model(.imageNet)
    guard whole.network.node(named: node) != nil else {
      let last = features.network.nodes.suffix(4).map { "'\($0.name)'" }.joined(separator: ", ")
      throw UsageError(
        sentence: "\(features.title) has no node '\(node)'; its last ones are \(last), and "
          + "\(.listNodes(model: features.name)) lists all")
    }
    return whole
  }

  /// Computes the features of all readable photos and writes them.
  /// - Throws: `DataError`, `UsageError`, `ModelError`, `WeightStoreError`, `WeightFileError`,
  ///   `BackendError`.
  package func run(
    to output: URL, pool: WorkerPool, onDownload: @escaping DownloadProgress = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> FeatureSummary {
    let root = URL(filePath: data)
    let isFlat = try Photos.isFlat(root)
    let model = try model()
    try OutputCheck.requireCreatable(file: output)
    let pretrained = try base.load(model.top, progress: onDownload)
    let notes =
      pretrained.notes + (resize == nil ? [pretrained.resizeNote].compactMap(\.self) : [])
    let resize = resize ?? pretrained.resize
    let photos =
      isFlat
      ? try Photos.scanFlat(
        root, maximumPixels: maximumPixels, cache: .standard, pool: pool)
      : try Photos.scan(
        root, allowEmptyClasses: true, maximumPixels: maximumPixels, cache: .standard, pool: pool)
    let all = photos.all.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    var network = model.network
    if let id = node.flatMap({ network.node(named: $0) }) { network = network.cut(after: id) }
    let runner = PhotoRunner(
      network: network, tensors: pretrained.tensors, preprocessing: model.preprocessing,
      views: [.evaluation(resize)], backend: backend, precision: precision, batchSize: batchSize,
      maximumPixels: maximumPixels)
    var kept: [Photo] = []
    var values: [Float] = []
    values.reserveCapacity(all.count * network.outputShape.count)
    var skipped = photos.skipped
    var done = 0
    try runner.run(all.map(\.path), below: photos.root, pool: pool) { index, outcome in
      switch outcome {
      case .success(let features):
        kept.append(all[index])
        values += features
      case .failure(let error):
        skipped.append(SkippedPhoto(path: all[index].path, reason: error.message))
      }
      done += 1
      progress(done, all.count)
    }
    let shape = network.outputShape
    try writeFeatures(
      paths: kept.map(\.path), labels: kept.map(\.label), features: values, shape: shape,
      notes: [
        "base": model.title, "node": network[network.output].name,
        "weights_sha256": pretrained.digest ?? "random", "resize": resize.rawValue,
        "image_size": "\(model.imageSize)", "classes": photos.classes.joined(separator: "\n"),
      ], to: output)
    return FeatureSummary(images: kept.count, shape: shape, skipped: skipped, notes: notes)
  }
}
