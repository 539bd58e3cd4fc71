import Foundation
import NeuralNetworks
import TensorKernels

/// A classifier's network made ready for one photo at a time, when the first comes, and kept.
///
/// `@unchecked Sendable`: `ready` is touched only while the lock is held. Whoever classifies waits for
/// whoever does already, since one photo takes all cores.
final class SinglePhotoRunner: @unchecked Sendable {
  private struct Ready {
    let pool: WorkerPool
    let executor: any Executor
    let finite: FiniteOutputs
    let precision: Precision
  }

  private let lock = NSLock()
  private var ready: Ready?

  /// The network's output for a photo.
  /// - Parameter pixels: preprocessed, `[side, side, channels]`.
  func run(_ pixels: UnsafePointer<Float>, of classifier: Classifier) throws -> [Float] {
    try lock.withLock {
      let now: Ready
      if let kept = ready, kept.precision == classifier.precision {
        now = kept
      } else {
        now = try Self.prepare(classifier)
        ready = now
      }
      return try [Float](unsafeUninitializedCapacity: now.executor.outputCount) { values, count in
        guard let target = values.baseAddress else { return }
        try now.executor.infer(pixels, count: 1, into: target)
        try now.finite.check(target, of: pixels, count: 1)
        count = now.executor.outputCount
      }
    }
  }

  private static func prepare(_ classifier: Classifier) throws -> Ready {
    let pool = WorkerPool()
    let weights = try NetworkWeights(classifier.network, classifier.tensors)
    let executor = try makeExecutor(
      classifier.network, weights,
      ExecutionOptions(batchSize: 1, precision: classifier.precision),
      backend: classifier.backend, pool: pool)
    let finite = FiniteOutputs(
      of: classifier.network, weights, backend: classifier.backend,
      precision: classifier.precision, pool: pool)
    return Ready(pool: pool, executor: executor, finite: finite, precision: classifier.precision)
  }
}
