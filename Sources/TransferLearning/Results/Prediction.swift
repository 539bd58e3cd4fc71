import Evaluation
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// What a classifier says about a photo.
public struct Prediction: Hashable, Sendable {
  /// One of the classifier's labels.
  public struct Answer: Hashable, Sendable {
    /// The class's name.
    public let label: String
    /// Its place among the classifier's labels.
    public let index: Int
    /// `0...1`.
    public let probability: Float
  }

  /// In the order of the probabilities.
  public let labels: [String]
  /// One for each label, `0...1`.
  public let probabilities: [Float]
  /// From which probability on a label is there; `nil` where labels exclude one another.
  public let thresholds: ClassThresholds?

  package init(
    labels: [String], probabilities: [Float], thresholds: ClassThresholds? = nil
  ) {
    self.labels = labels
    self.probabilities = probabilities
    self.thresholds = thresholds
  }

  /// The most probable label.
  public var best: Answer { answer(order[0]) }

  /// The `count` most probable labels, the most probable first; equal ones keep the labels' order.
  public func top(_ count: Int) -> [Answer] { order.prefix(count).map(answer) }

  /// The labels that are there, by their thresholds, the most probable first; `nil` where labels exclude one another.
  public var named: [Answer]? {
    thresholds.map { thresholds in
      let indices = Set(thresholds.named(probabilities))
      return order.filter(indices.contains).map(answer)
    }
  }

  /// Whether the most probable label is less probable than a limit, from which on a classifier answers.
  package func isLessSure(than limit: Double) -> Bool { Double(best.probability) < limit }

  private var order: [Int] {
    probabilities.indices.sorted {
      probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
    }
  }

  /// What is said about the label at a place.
  func answer(_ index: Int) -> Answer {
    Answer(label: labels[index], index: index, probability: probabilities[index])
  }
}

extension Classifier {
  /// Classifies a photo file.
  /// - Throws: `ImageError` when it cannot be read; `BackendError`, `NetworkError`.
  public func callAsFunction(_ path: String) throws -> Prediction {
    try self(decodeImage(contentsOf: URL(filePath: path)))
  }

  /// Classifies a photo by the bytes of its file, of any format that is read.
  /// - Throws: `ImageError` when they are no photo; `BackendError`, `NetworkError`.
  public func callAsFunction(_ bytes: [UInt8]) throws -> Prediction {
    try self(decodeImage(bytes))
  }

  /// Classifies a decoded photo.
  /// - Throws: `BackendError`, `NetworkError`, `OverflowError`.
  public func callAsFunction(_ image: Image) throws -> Prediction {
    let pixels = UnsafeMutablePointer<Float>.allocate(capacity: network.inputShape.count)
    defer { pixels.deallocate() }
    preprocessing.write(image, resize, size: imageSize, to: pixels)
    let outputs = try single.run(pixels, of: self)
    return prediction(outputs.withUnsafeBufferPointer { form.probabilities($0) })
  }

  func prediction(_ probabilities: [Float]) -> Prediction {
    Prediction(labels: labels, probabilities: probabilities, thresholds: thresholds)
  }

  /// Classifies photo files, in the order given; a file that cannot be read gets its reason.
  /// - Parameters:
  ///   - paths: of photo files, absolute or relative to `root`.
  ///   - root: what relative paths are relative to.
  ///   - views: of each photo, one of `PhotoView.testTimeCounts`; probabilities are the means over
  ///     them.
  ///   - batchSize: how many photos are loaded and computed at once, at least 1; more take more
  ///     memory.
  ///   - maximumPixels: a photo with more pixels (width × height) is not decoded and gets that as
  ///     its reason.
  ///   - pool: whose workers decode and compute.
  ///   - progress: called after each photo with the number of photos done, in each view anew.
  /// - Throws: `BackendError`, `NetworkError`, `OverflowError`.
  public func predict(
    _ paths: [String], below root: URL = URL(filePath: "."), views: Int = 1, batchSize: Int = 32,
    maximumPixels: Int = 100_000_000, pool: WorkerPool, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> [Result<Prediction, ImageError>] {
    try predict(
      paths.map { Photo(path: $0) }, below: root, views: views, batchSize: batchSize,
      maximumPixels: maximumPixels, pool: pool, progress: progress)
  }

  /// The same of photos that may have been scanned, and then have to be the same files still.
  func predict(
    _ photos: [Photo], below root: URL, views: Int, batchSize: Int, maximumPixels: Int,
    pool: WorkerPool, progress: (_ done: Int) -> Void
  ) throws -> [Result<Prediction, ImageError>] {
    let runner = runner(views: views, batchSize: batchSize, maximumPixels: maximumPixels)
    var sums = [Result<[Double], ImageError>?](repeating: nil, count: photos.count)
    try runner.run(photos, below: root, pool: pool) { index, outcome in
      switch (sums[index], outcome) {
      case (nil, .success(let outputs)):
        sums[index] = .success(form.probabilities(outputs).map(Double.init))
      case (.success(let sum), .success(let outputs)):
        sums[index] = .success(zip(sum, form.probabilities(outputs)).map { $0 + Double($1) })
      case (.failure, _): break
      // What could be read in one view and cannot be in another has no mean.
      case (_, .failure(let error)): sums[index] = .failure(error)
      }
      progress(index + 1)
    }
    return sums.map { sum in
      (sum ?? .failure(ImageError(.unreadable, "it was not read"))).map {
        prediction($0.map { Float($0 / Double(views)) })
      }
    }
  }

  /// Classifies any number of photo files in the memory of a few, and hands over each answer when it is there.
  /// - Parameters:
  ///   - paths: of photo files, absolute or relative to `root`.
  ///   - root: what relative paths are relative to.
  ///   - views: of each photo, as in `predict`; with several of them some thousand photos are in memory.
  ///   - batchSize: how many photos are loaded and computed at once, at least 1.
  ///   - maximumPixels: a photo with more pixels is not decoded and gets that as its reason.
  ///   - pool: whose workers decode and compute.
  ///   - body: receives a photo's index in `paths`, ascending, and what it shows or why it cannot be read.
  /// - Throws: as `predict`; what `body` throws, which ends it.
  public func forEachPrediction(
    _ paths: [String], below root: URL = URL(filePath: "."), views: Int = 1, batchSize: Int = 32,
    maximumPixels: Int = 100_000_000, pool: WorkerPool,
    _ body: (_ index: Int, Result<Prediction, ImageError>) throws -> Void
  ) throws {
    guard views > 1 else {
      let runner = runner(views: 1, batchSize: batchSize, maximumPixels: maximumPixels)
      return try runner.run(paths.map { Photo(path: $0) }, below: root, pool: pool) {
        index, outcome in
        try body(
          index,
          outcome.map { prediction(form.probabilities($0)) })
      }
    }
    // The views of a photo are added up, so that many of them are in memory.
    for first in stride(from: 0, to: paths.count, by: Self.photosOfSeveralViews) {
      let some = paths[first..<min(first + Self.photosOfSeveralViews, paths.count)]
      let answers = try predict(
        Array(some), below: root, views: views, batchSize: batchSize,
        maximumPixels: maximumPixels, pool: pool)
      for (index, answer) in zip(some.indices, answers) { try body(index, answer) }
    }
  }

  /// Values of what the last layer reads.
  var featureCount: Int { network[features].shape.count }

  /// What the last layer reads.
  private var features: Network.NodeID { network[network.output].inputs[0] }

  /// Gives what the last layer reads, for each photo.
  func featureRunner(maximumPixels: Int) -> PhotoRunner {
    PhotoRunner(
      network: network.cut(after: features), tensors: tensors, preprocessing: preprocessing,
      views: [.evaluation(resize)], backend: backend, precision: precision, batchSize: 32,
      maximumPixels: maximumPixels)
  }

  /// The same in one view, each answer with how far the photo is from those that a run knows.
  /// - Parameters:
  ///   - known: of the run that this is of.
  ///   - body: receives a photo's index in `paths`, ascending, and what it shows with its distance, or why it cannot be
  ///     read.
  /// - Throws: as `predict`; what `body` throws, which ends it.
  package func forEachPrediction(
    _ paths: [String], beside known: KnownPhotos, batchSize: Int, maximumPixels: Int,
    pool: WorkerPool,
    _ body: (_ index: Int, Result<(Prediction, distance: Float), ImageError>) throws -> Void
  ) throws {
    var runner = runner(views: 1, batchSize: batchSize, maximumPixels: maximumPixels)
    runner.also = features
    let (outputs, multiplier) = (network.outputShape.count, backend.multiplier)
    try runner.run(paths.map { Photo(path: $0) }, below: URL(filePath: "."), pool: pool) {
      index, outcome in
      try body(
        index,
        outcome.map { values -> (Prediction, distance: Float) in
          // One by one: products of several rows may round otherwise.
          let row = FeatureMatrix(
            rows: 1, dimension: known.dimension, values: Array(values[outputs...]))
          return (
            prediction(form.probabilities(UnsafeBufferPointer(rebasing: values[..<outputs]))),
            known.distances(of: row, multiplier: multiplier)[0]
          )
        })
    }
  }

  private func runner(views: Int, batchSize: Int, maximumPixels: Int) -> PhotoRunner {
    PhotoRunner(
      network: network, tensors: tensors, preprocessing: preprocessing,
      views: PhotoView.testTime(resize, views: views), backend: backend, precision: precision,
      batchSize: batchSize, maximumPixels: maximumPixels)
  }

  private static var photosOfSeveralViews: Int { 2048 }

  /// exp(x) / Σ exp(x), with the largest value subtracted first.
  static func softmax(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
