import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A classifier made ready to answer photos as they come, for as long as a program runs: compiled once, and to the same
/// answers, bit for bit, as `Classifier.forEachPrediction` gives for files, whatever photos are answered together.
///
/// Any thread may load photos. `@unchecked Sendable`: only the driver of the pool answers, and it alone touches the
/// executor and the memory of a batch.
package final class AnsweringNetwork: @unchecked Sendable {
  private let classifier: Classifier
  private let input: PhotoInput
  private let executor: any Executor
  private let finite: FiniteOutputs
  private var inputs: [Float] = []
  private var outputs: [Float] = []

  /// - Parameters:
  ///   - maximumPixels: a photo with more pixels is not decoded.
  ///   - pool: whose workers compute.
  /// - Throws: `BackendError`.
  package init(_ classifier: Classifier, maximumPixels: Int, pool: WorkerPool) throws {
    self.classifier = classifier
    let view = PhotoView.testTime(classifier.resize, views: 1)[0]
    input = PhotoInput(
      PhotoRecipe(
        size: classifier.imageSize, view: view, preprocessing: classifier.preprocessing,
        maximumPixels: maximumPixels))
    let weights = try NetworkWeights(classifier.network, classifier.tensors)
    executor = try makeExecutor(
      classifier.network, weights,
      ExecutionOptions(
        batchSize: ExecutionOptions.answering, precision: classifier.precision),
      backend: classifier.backend, pool: pool)
    finite = FiniteOutputs(
      of: classifier.network, weights, backend: classifier.backend,
      precision: classifier.precision, pool: pool)
  }

  /// Decodes a photo and makes it what the network reads; on any thread.
  /// - Parameter bytes: of its whole file.
  /// - Throws: as `decodeImage`.
  package func load(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> [Float] {
    var failure: ImageError?
    let values = [Float](unsafeUninitializedCapacity: executor.inputCount) { values, count in
      guard let target = values.baseAddress else { return }
      do throws(ImageError) {
        try input.write(bytes, to: target)
        count = executor.inputCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// What the classifier says of loaded photos, in their order; called by the driver of the pool.
  /// - Throws: `BackendError`, `OverflowError`.
  package func answer(_ photos: [[Float]]) throws -> [Prediction] {
    let (read, given) = (executor.inputCount, executor.outputCount)
    if inputs.count < photos.count * read {
      inputs = [Float](repeating: 0, count: photos.count * read)
      outputs = [Float](repeating: 0, count: photos.count * given)
    }
    inputs.withUnsafeMutableBufferPointer { inputs in
      for (index, photo) in photos.enumerated() {
        _ = inputs[index * read..<(index + 1) * read].update(fromContentsOf: photo)
      }
    }
    try executor.infer(inputs, count: photos.count, into: &outputs)
    try finite.check(outputs, of: inputs, count: photos.count)
    return outputs.withUnsafeBufferPointer { outputs in
      photos.indices.map { index in
        let values = UnsafeBufferPointer(rebasing: outputs[index * given..<(index + 1) * given])
        return classifier.prediction(classifier.form.probabilities(values))
      }
    }
  }

  /// Makes the weights ready and touches all memory, so that the first photo waits for neither; called by the driver.
  /// - Throws: as `answer`.
  package func warmUp() throws {
    _ = try answer([[Float](repeating: 0, count: executor.inputCount)])
  }
}
