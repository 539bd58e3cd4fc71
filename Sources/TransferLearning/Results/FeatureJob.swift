import Files
import Foundation
import ImagePipeline
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
    let network = try FeatureNetwork(source, node: node, onDownload)
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
    try runner.run(all, below: photos.root, pool: pool) { index, outcome in
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
}
