import ImagePipeline
import NeuralNetworks
import TensorKernels

extension TrainingSession {
  /// The plan applied to network and photos.
  /// - Parameter measuring: whether with the time that a measured step suggests.
  func describePlan(measuring: Bool) throws -> PlanDescription {
    let training = photos.imagesPerClass(photos.training)
    let validation = photos.imagesPerClass(photos.validation)
    let classes = photos.classes.indices.map {
      PlanDescription.Class(
        name: photos.classes[$0], training: training[$0], validation: validation[$0])
    }
    // Find what does not fit before anything is measured.
    let plain = try PlanDescription(plan, network: network, tensors: tensors, classes: classes)
    guard measuring else { return plain }
    return try PlanDescription(
      plan, network: network, tensors: tensors, classes: classes,
      seconds: try estimateSeconds().map { $0 })
  }

  /// The seconds of each phase: photos to decode, multiply-adds to run forward, and twice as many
  /// more to run backward.
  private func estimateSeconds() throws -> [Double] {
    let known = try featureKey().flatMap { options.cache?.load($0) }
    let absent = Double(photos.photos.count { known?[$0.digest] == nil })
    if absent == 0, plan.phases.allSatisfy({ $0.method == .solve }) {
      return plan.phases.map { _ in 0 }
    }
    let (decoding, forward) = try measure()
    let perMultiplyAdd = forward / Double(max(1, network.multiplyAdds))
    let trainingCount = Double(photos.training.count)
    let validationCount = Double(photos.validation.count)
    return try plan.phases.map { phase in
      guard phase.method == .sgd else { return absent * (decoding + forward) }
      let stages = try TrainableStages(phase, of: network)
      let boundary = SplitExecutor.boundary(of: stages, in: network)
      let frozen = network.nodes[...boundary.index].reduce(0) { $0 + $1.multiplyAdds }
      let before = decoding + Double(frozen) * perMultiplyAdd
      let behind = Double(network.multiplyAdds - frozen) * perMultiplyAdd
      let kept = TuningPhase.repeating(
        phase, self, inputCount: network[boundary].shape.count)
      let keepsTraining = kept.count > photos.validation.count
      let keepsValidation = !kept.isEmpty
      let epochs = Double(phase.epochs)
      let trainingTime =
        trainingCount * (before * (keepsTraining ? 1 : epochs) + 3 * behind * epochs)
      let validationTime =
        validationCount * (before * (keepsValidation ? 1 : epochs) + behind * (epochs + 1))
      return trainingTime + validationTime
    }
  }

  /// The wall time of decoding a photo and of running it forward, over a few photos of this run.
  private func measure() throws -> (decoding: Double, forward: Double) {
    let step = max(1, photos.training.count / 16)
    let sample = Array(stride(from: 0, to: photos.training.count, by: step).prefix(16))
    let executor = try makeExecutor(
      base.network, NetworkWeights(base.network, base.tensors),
      ExecutionOptions(batchSize: sample.count), backend: options.backend, pool: pool)
    let outputs = FloatBuffer(count: sample.count * executor.outputCount)
    let start = ContinuousClock.now
    var decoding = 0.0
    var forward = 0.0
    var count = 0
    let loader = BatchLoader(
      root: photos.root, photos: photos.photos, order: sample, side: base.imageSize,
      view: evaluationView, preprocessing: base.preprocessing, batchSize: sample.count,
      seed: options.seed, epoch: 0, pool: pool, maximumPixels: options.maximumPixels)
    while let batch = loader.next(), batch.count > 0 {
      count = batch.count
      decoding = Self.seconds(since: start)
      // The first run also makes the packed weights.
      try executor.infer(batch.pixels, count: 1, into: outputs.pointer)
      let again = ContinuousClock.now
      try executor.infer(batch.pixels, count: count, into: outputs.pointer)
      forward = Self.seconds(since: again)
    }
    return (decoding / Double(max(1, count)), forward / Double(max(1, count)))
  }
}
