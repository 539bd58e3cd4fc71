import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

extension Run {
  /// The file with what the photos look like that the run knows; made when somebody asks for the first time.
  package static let knownPhotosFile = "known-photos.safetensors"

  /// What the photos look like that the weights have learnt from: from the run's folder, or else of the photos
  /// themselves, once.
  /// - Parameters:
  ///   - classifier: of this run.
  ///   - progress: photos read so far, and in all.
  /// - Returns: that, and a note where it could not be kept.
  /// - Throws: `UsageError` where photos have any number of classes; `RunError` `.bad` where the file is damaged;
  ///   `DataError` `.missing` where none of the photos is there, `.bad` where they are too few or all alike; `BackendError`,
  ///   `NetworkError`.
  package func knownPhotos(
    _ classifier: Classifier, pool: WorkerPool,
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> (known: KnownPhotos, note: String?) {
    guard !isMultiLabel else {
      throw UsageError(
        "photos of '\(url.relativePath)' have any number of labels; what is unknown is told where every photo has one"
          + " class")
    }
    let file = url.appending(path: Self.knownPhotosFile)
    if FileManager.default.fileExists(atPath: file.path) {
      return (try KnownPhotos(file, of: self, dimension: classifier.featureCount), nil)
    }
    let known = try knownPhotos(classifier, of: features(classifier, pool: pool, progress), pool)
    do {
      try known.safetensors(weights: record.weightsDigest).write(to: file)
      return (known, nil)
    } catch {
      return (known, "what the run knows is not kept for another time: \(error.message)")
    }
  }

  private func knownPhotos(
    _ classifier: Classifier, of features: LabelledFeatures, _ pool: WorkerPool
  ) throws(DataError) -> KnownPhotos {
    let known = KnownPhotos(
      features, classes: labels.count, seed: record.seed,
      multiplier: classifier.backend.multiplier, pool: pool)
    guard let known else {
      throw DataError(
        .bad,
        "'\(url.relativePath)' has learnt from \(features.count.counted("photo")) that can be read, too few or too much"
          + " alike to say which photos are of another kind")
    }
    return known
  }

  /// Features of the photos that were trained on.
  private func features(
    _ classifier: Classifier, pool: WorkerPool, _ progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> LabelledFeatures {
    let record = try JobRecord<FineTuningJob, NoJob>(of: url)
    let photos = learnt
    let bundles = photos.reduce(into: [String: Int]()) { $0[$1.digest] = $0[$1.digest] ?? $0.count }
    var (values, labels, groups): ([Float], [Int], [Int]) = ([], [], [])
    var failure: String?
    let runner = classifier.featureRunner(maximumPixels: record.job.maximumPixels)
    try runner.run(photos, below: photoFolder(as: record), pool: pool) { index, outcome in
      switch outcome {
      case .success(let row):
        values += row
        labels.append(photos[index].label)
        groups.append(bundles[photos[index].digest] ?? index)
      case .failure(let error): failure = failure ?? "'\(photos[index].path)': \(error.message)"
      }
      progress(index + 1, photos.count)
    }
    guard !labels.isEmpty else {
      throw DataError(
        .missing,
        "which photos are of another kind is told by those that '\(url.relativePath)' was trained on, once; none of these"
          + " can be read, for example \(failure ?? "there is none"); bring them back")
    }
    return LabelledFeatures(
      features: FeatureMatrix(
        rows: labels.count, dimension: classifier.featureCount, values: values),
      labels: labels, groups: groups)
  }
}

extension KnownPhotos {
  private static let (rootName, meansName, usualName) = ("root", "means", "usual")
  private static let (weightsName, digestName) = ("weights_sha256", "sha256")

  /// As a file holds it.
  /// - Parameter weights: the digest of the weights whose features these are.
  fileprivate func safetensors(weights: String) -> Safetensors {
    Safetensors(
      [
        Self.rootName: root, Self.meansName: means,
        Self.usualName: Tensor([usual.count], usual),
      ], metadata: [Self.weightsName: weights, Self.digestName: digest])
  }

  /// - Throws: `RunError` `.bad` where the file is damaged, or of other weights.
  fileprivate init(_ file: URL, of run: Run, dimension: Int) throws(RunError) {
    let stored: Safetensors
    do {
      stored = try Safetensors(contentsOf: file)
    } catch {
      throw RunError(.bad, sentence: error.sentence)
    }
    let damage = RunError(
      .bad,
      "'\(file.relativePath)' is not of this run or damaged; remove it, and it is made again of the photos that the run"
        + " was trained on")
    guard stored.metadata[Self.weightsName] == run.record.weightsDigest,
      let root = stored.tensors[Self.rootName], let means = stored.tensors[Self.meansName],
      let usual = stored.tensors[Self.usualName], root.shape == [dimension, dimension],
      means.shape.rank == 2, means.shape[1] == dimension, means.shape[0] > 0,
      usual.shape.rank == 1
    else { throw damage }
    self.init(root: root, means: means, usual: usual.values)
    guard isSound, stored.metadata[Self.digestName] == digest else { throw damage }
  }
}
