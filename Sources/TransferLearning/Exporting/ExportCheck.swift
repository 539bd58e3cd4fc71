import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

extension ExportedClassifier {
  /// Reads a whole Keras model back and compares its answers to made-up pixels with the classifier's own.
  /// - Parameters:
  ///   - draft: where it is now.
  ///   - url: where it will be.
  /// - Throws: `WeightFileError` (`bad`) when logits differ by more than rounding does.
  func requireSame(as draft: URL, for url: URL) throws {
    var source = Base.Source(draft.standardizedFileURL.path)
    source.isOffline = true
    let read = try source.load(.logits)
    guard read.labels == labels else {
      throw WeightFileError(.bad, "'\(url.relativePath)' was written with other labels than it has")
    }
    let pool = WorkerPool()
    let pixels = network.inputShape.noise()
    let expected = try pixels.map { try logits(network, tensors, preprocessing, $0, pool: pool) }
    let found = try pixels.map {
      try logits(read.model.network, read.tensors, read.model.preprocessing, $0, pool: pool)
    }
    let difference = zip(expected.joined(), found.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
    let summands = try largestSum(of: pixels, pool: pool)
    // NaN, too, is no agreement.
    guard difference <= Self.tolerance * max(summands, 1) else {
      throw WeightFileError(
        .bad,
        "'\(url.relativePath)' was written and answers otherwise than the classifier: logits differ by \(difference), "
          + "sums of up to \(summands)")
    }
  }

  /// What folding preprocessing into the network may change of a logit, relative to the sum of what its summands
  /// are without their signs: where these nearly cancel each other, rounding alone is seen in the logit.
  private static let tolerance: Float = 3e-5

  /// The largest sum, over pictures and logits, of the absolute values that a logit is summed up of.
  private func largestSum(of pixels: [Image], pool: WorkerPool) throws -> Float {
    let output = network[network.output]
    guard let kernel = tensors["\(output.name)/kernel"], let bias = tensors["\(output.name)/bias"]
    else { return 1 }
    let before = network.cut(after: output.inputs[0])
    var largest: Float = 0
    for image in pixels {
      let features = try logits(before, tensors, preprocessing, image, pool: pool)
      for unit in bias.values.indices {
        let sum = features.indices.reduce(abs(bias.values[unit])) {
          $0 + abs(features[$1] * kernel.values[$1 * bias.values.count + unit])
        }
        largest = max(largest, sum)
      }
    }
    return largest
  }

  private func logits(
    _ network: Network, _ tensors: [String: Tensor], _ preprocessing: Preprocessing,
    _ image: Image, pool: WorkerPool
  ) throws -> [Float] {
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: 1),
      backend: .oneDNN, pool: pool)
    var input = [Float](repeating: 0, count: network.inputShape.count)
    input.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { preprocessing.write(image, to: base) }
    }
    var outputs = [Float](repeating: 0, count: executor.outputCount)
    try executor.infer(&input, count: 1, into: &outputs)
    return outputs
  }
}

extension Shape {
  /// Pictures of this size whose pixels are random, always the same.
  fileprivate func noise() -> [Image] {
    var state: UInt64 = 1
    return (0..<2).map { _ in
      let pixels = (0..<self[0] * self[1] * 3).map { _ -> UInt8 in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
      }
      return Image(width: self[1], height: self[0], pixels: pixels)
    }
  }
}

/// What rounding a classifier's weights does to its answers on photos.
public struct RoundingEffect: Hashable, Sendable {
  /// The share of right answers before, 0...1.
  public let before: Double
  /// After.
  public let after: Double
  /// The photos that both were measured on.
  public let photos: Int

  /// The largest loss that an export is written with, or one photo where these are fewer than a hundred.
  public static let largestLoss = 0.01

  /// Whether more is lost than that.
  var isTooLarge: Bool {
    ((before - after) * Double(photos)).rounded() > max(Self.largestLoss * Double(photos), 1)
  }
}

extension ExportedClassifier {
  /// Measures what an export that is not Float32 throughout answers on a run's validation photos.
  ///
  /// Those photos may have been trained on, so that the figures are good only beside each other.
  /// - Throws: `DataError`: `.missing` where the photos are not there any more, `.bad` where the share of right
  ///   answers falls by more than `RoundingEffect.largestLoss`, or one photo; `WeightFileError` `.bad` where the
  ///   weights have numbers that cannot be stored so.
  public func effect(
    of storage: ONNXStorage, onPhotosOf run: Run, pool: WorkerPool = WorkerPool()
  ) throws -> RoundingEffect {
    try storage.requireRange(of: tensors)
    let photos = run.photos[.validation]
    let rounded = with(tensors.mapValues { $0.stored(as: storage) })
    let before = try rightAnswers(photos, of: run, pool: pool)
    let after = try rounded.rightAnswers(photos, of: run, pool: pool)
    let measured = before.count { $0 != nil }
    guard measured > 0 else {
      throw DataError(
        .missing,
        "the validation photos of '\(run.url.relativePath)' are not in '\(run.photos.root.relativePath)' any more, so "
          + "nobody can say what \(storage.rawValue) does to its answers; bring them back, or export in float32"
      )
    }
    func share(_ answers: [Bool?]) -> Double {
      Double(answers.count { $0 == true }) / Double(measured)
    }
    let effect = RoundingEffect(before: share(before), after: share(after), photos: measured)
    guard !effect.isTooLarge else {
      throw DataError(
        .bad,
        "\(storage.rawValue) lowers the share of right answers on \(measured) validation photos from "
          + "\(percent(effect.before)) to \(percent(effect.after)), by more than a point and one photo; export in float32"
      )
    }
    return effect
  }

  /// Whether each photo is answered rightly; `nil` for those that cannot be read.
  private func rightAnswers(_ photos: [Photo], of run: Run, pool: WorkerPool) throws -> [Bool?] {
    let runner = PhotoRunner(
      network: whole, tensors: tensors, preprocessing: preprocessing,
      views: [.evaluation(resize)], backend: .oneDNN, precision: .float32, batchSize: 32,
      maximumPixels: 100_000_000)
    var answers = [Bool?](repeating: nil, count: photos.count)
    try runner.run(photos, below: run.photos.root, pool: pool) { index, outcome in
      guard case .success(let probabilities) = outcome else { return }
      let truth = run.photos.labelling.classes(of: photos[index].label)
      answers[index] = said(Array(probabilities)) == truth
    }
    return answers
  }

  /// The classes that probabilities say, ascending.
  private func said(_ probabilities: [Float]) -> [Int] {
    if let thresholds = metadata.thresholds {
      return probabilities.indices.filter { Double(probabilities[$0]) >= thresholds[$0] }
    }
    let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] }
    return [best].compactMap(\.self)
  }
}

extension Tensor {
  /// The numbers that are read back where they are stored so.
  fileprivate func stored(as storage: ONNXStorage) -> Tensor {
    guard storage == .float16, shape.rank > 1 else { return self }
    return Tensor(shape, values.map { Float(Float16($0)) })
  }
}
