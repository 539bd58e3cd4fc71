import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// The photos that a run's weights have learnt from, by what the last layer reads of each.
struct LearntPhotos {
  /// Those that are at hand and that are sought among.
  let photos: [Photo]
  /// How many the weights have learnt from.
  let learnt: Int
  /// How many of these are not where they were, or have changed.
  let gone: Int
  /// Where they are.
  let root: URL
  private let labelling: Labelling
  private let classes: [String]
  private let search: NearestPhotos

  /// Reads what is known already, and runs others through the network.
  ///
  /// - Parameters:
  ///   - run: of the classifier.
  ///   - network: the classifier's, up to what its last layer reads.
  ///   - limit: of photos that run through the network; of more an even choice of each class does.
  ///   - maximumPixels: photos with more are as good as gone.
  /// - Throws: `BackendError`, `NetworkError`, `OverflowError`.
  init(
    _ run: Run, _ classifier: Classifier, _ network: Network, limit: Int, maximumPixels: Int,
    pool: WorkerPool
  ) throws {
    let root = run.photoFolder
    let learnt = run.learnt
    let there = learnt.filter { FileStatus(root.file(at: $0.path).path)?.kind == .file }
    let known = run.knownFeatures(classifier, network)
    var photos: [Photo] = []
    var vectors: [Float] = []
    for photo in there {
      guard let row = known?[photo.digest] else { continue }
      photos.append(photo)
      vectors += row
    }
    let others = there.filter { known?[$0.digest] == nil }.evenly(limit)
    let runner = PhotoRunner(
      network: network, tensors: classifier.tensors,
      preprocessing: classifier.preprocessing, views: [.evaluation(classifier.resize)],
      backend: classifier.backend, precision: .float32, batchSize: 32,
      maximumPixels: maximumPixels)
    var changed = 0
    try runner.run(others, below: root, pool: pool) { index, outcome in
      switch outcome {
      case .success(let values):
        photos.append(others[index])
        vectors += values
      case .failure: changed += 1
      }
    }
    labelling = run.photos.labelling
    classes = run.labels
    self.root = root
    self.photos = photos
    self.learnt = learnt.count
    gone = learnt.count - there.count + changed
    search = NearestPhotos(dimension: network.outputShape.count, vectors: vectors)
  }

  /// The nearest ones.
  /// - Parameters:
  ///   - digest: of the photo that is asked about, which is none of them; `nil` where it is not known.
  ///   - label: of those that are sought; `nil`: any.
  func nearest(
    to vector: [Float], _ limit: Int, besides digest: String?, of label: Int? = nil
  ) -> [NearestPhotos.Neighbour] {
    search.nearest(to: vector, limit: limit) { index in
      photos[index].digest == digest || label.map { photos[index].label != $0 } ?? false
    }
  }

  /// The name of a photo's class, or of its classes.
  func name(of photo: Photo) -> String {
    labelling.text(of: photo.label, classes)
  }

  /// A small JPEG of a photo; `nil` where it cannot be read, or is another one than it was.
  func thumbnail(of photo: Photo, side: Int, maximumPixels: Int) -> [UInt8]? {
    let file = root.file(at: photo.path)
    guard (try? FileDigest.sha256(of: file)) == photo.digest,
      let image = try? Image(thumbnailOf: file, maxSide: side, maximumPixels: maximumPixels)
    else { return nil }
    return image.smallJPEG(side)
  }
}

/// A classifier's network up to what its last layer reads.
///
/// Not `Sendable`: one thread at a time.
final class LastFeatures {
  let network: Network
  private let executor: any Executor
  private let finite: FiniteOutputs

  /// - Throws: `NetworkError`, `BackendError`.
  init(_ classifier: Classifier, pool: WorkerPool) throws {
    let whole = classifier.network
    let read = whole[whole.output].inputs.first ?? whole.input
    network = whole.cut(after: read)
    let weights = try NetworkWeights(network, classifier.tensors)
    executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: ExecutionOptions.answering),
      backend: classifier.backend, pool: pool)
    finite = FiniteOutputs(
      of: network, weights, backend: classifier.backend, precision: .float32, pool: pool)
  }

  /// - Throws: `BackendError`, `OverflowError`.
  func callAsFunction(_ photo: SeenPhoto) throws -> [Float] {
    var values = [Float](repeating: 0, count: executor.outputCount)
    try executor.infer(photo.values, count: 1, into: &values)
    try finite.check(values, of: photo.values, count: 1)
    return values
  }
}

extension Run {
  /// Where the photos are, as seen from here.
  fileprivate var photoFolder: URL {
    guard let record = try? JobRecord<FineTuningJob, NoJob>(of: url) else { return photos.root }
    return photoFolder(as: record)
  }

  /// What the cache has of the last features of photos: those of a base that training has left as it was; else `nil`.
  /// - Parameter network: ends in them.
  fileprivate func knownFeatures(_ classifier: Classifier, _ network: Network)
    -> FeatureCache.Rows?
  {
    guard let digest = record.baseDigest, classifier.backend.rawValue == record.backend,
      record.precision == Precision.float32.rawValue,
      let base = try? base(),
      base.network[base.network.output].name == network[network.output].name,
      (try? readHead())?.metadata.baseDigest == digest
    else { return nil }
    let size = record.imageSize
    return FeatureCache().load(
      FeatureCache.Key(
        weightsDigest: digest, network: record.base + (record.alpha.map { "-\($0)" } ?? ""),
        node: network[network.output].name, dimension: network.outputShape.count,
        preprocessing: record.preprocessing, view: .evaluation(record.resize),
        imageSize: [size.height, size.width], backend: record.backend, precision: record.precision,
        library: "\(classifier.backend.backend.version) \(Machine.name)"))
  }
}

extension [Photo] {
  /// All, or so many that lie evenly among them when they are sorted by class and path.
  fileprivate func evenly(_ limit: Int) -> [Photo] {
    guard count > limit else { return self }
    let sorted = sorted { ($0.label, $0.path) < ($1.label, $1.path) }
    return (0..<limit).map { sorted[$0 * count / limit] }
  }
}
