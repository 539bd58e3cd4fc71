import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Runs photos through a network, for results that are taken one photo at a time.
struct PhotoRunner {
  let network: Network
  let tensors: [String: Tensor]
  let preprocessing: Preprocessing
  /// All photos are run in the first view, then in the next.
  let views: [PhotoView]
  let backend: BackendChoice
  let precision: Precision
  let batchSize: Int
  let maximumPixels: Int
  /// A node whose values come behind the network's output; `nil` for none.
  var also: Network.NodeID?

  /// Hands over the network's output for each photo, or why it could not be read.
  /// - Parameters:
  ///   - photos: those that were scanned have to be the same files still; of one that has no digest any is taken.
  ///   - root: what relative paths are relative to.
  ///   - body: receives, in each view, the photo's index in `photos`, ascending, and values that are valid
  ///     during the call.
  /// - Throws: `BackendError`, `NetworkError`, `OverflowError`; what `body` throws.
  func run(
    _ photos: [Photo], below root: URL, pool: WorkerPool,
    _ body: (_ index: Int, Result<UnsafeBufferPointer<Float>, ImageError>) throws -> Void
  ) throws {
    guard !photos.isEmpty else { return }
    let size = min(batchSize, photos.count)
    let weights = try NetworkWeights(network, tensors)
    let executor = try makeExecutor(
      network, weights,
      ExecutionOptions(
        batchSize: ExecutionOptions.answering, outputs: also.map { [network.output, $0] },
        precision: precision),
      backend: backend, pool: pool)
    let finite = FiniteOutputs(
      of: network, weights, backend: backend, precision: precision, pool: pool)
    let memory = BatchMemory()
    for view in views {
      try run(
        photos, below: root, view: view, batchSize: size, memory, executor, finite, pool: pool,
        body)
    }
  }

  private func run(
    _ photos: [Photo], below root: URL, view: PhotoView, batchSize: Int, _ memory: BatchMemory,
    _ executor: any Executor, _ finite: FiniteOutputs, pool: WorkerPool,
    _ body: (_ index: Int, Result<UnsafeBufferPointer<Float>, ImageError>) throws -> Void
  ) throws {
    let loader = try BatchLoader(
      Array(photos.indices), of: photos, below: root,
      PhotoRecipe(
        size: network.inputShape.imageSize, view: view, preprocessing: preprocessing,
        maximumPixels: maximumPixels),
      Batching(of: batchSize, memory: memory), pool: pool)
    let width = executor.outputCount
    let outputs = UnsafeMutablePointer<Float>.allocate(capacity: batchSize * width)
    defer { outputs.deallocate() }
    var first = 0
    while let batch = loader.next() {
      let asked = first..<min(first + batchSize, photos.count)
      first = asked.upperBound
      if batch.count > 0 {
        try executor.infer(batch.pixels, count: batch.count, into: outputs)
        for position in 0..<batch.count {
          try finite.check(
            outputs + position * width,
            of: batch.pixels + position * network.inputShape.count, count: 1)
        }
      }
      // Both the readable photos and the failures come in the order asked for.
      var (position, failure) = (0, 0)
      for index in asked {
        if position < batch.indices.count, batch.indices[position] == index {
          let values = UnsafeBufferPointer(start: outputs + position * width, count: width)
          try body(index, .success(values))
          position += 1
        } else if failure < batch.failures.count {
          try body(index, .failure(ImageError(.unreadable, batch.failures[failure].reason)))
          failure += 1
        }
      }
    }
  }
}
