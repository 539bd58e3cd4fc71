import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

extension TrainingSession {
  /// What a phase is expected to take.
  private struct Cost {
    var seconds = 0.0
    /// Bytes beside the program itself and the weights that were read.
    var memory = 0
  }

  /// The plan applied to network and photos.
  /// - Parameter measuring: whether with the time and memory that a measured step suggests.
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
    let costs = try alone.measurePhases()
    return try PlanDescription(
      plan, network: network, tensors: tensors, classes: classes,
      seconds: costs.map(\.seconds), memory: costs.map(\.memory))
  }

  private func measurePhases() throws -> [Cost] {
    let known = try featureKey().flatMap { options.cache?.load($0) }
    let absent = photos.all[photos.trainingAndValidation].count { known?[$0.digest] == nil }
    if absent == 0, plan.phases.allSatisfy({ $0.method == .solve && $0.views == 0 }) {
      return plan.phases.map { _ in
        Cost(memory: photos.trainingAndValidation.count * base.dimension * 4)
      }
    }
    let sample = try decodeSample()
    return try plan.phases.map { phase in
      switch phase.method {
      case .solve: return try measureFeatures(phase, sample, photos: absent)
      case .sgd:
        do {
          return try measureSteps(phase, sample)
        } catch is Divergence {
          return Cost()  // training will find it too, and say so
        }
      }
    }
  }

  // MARK: measuring

  /// Some photos of this run, and the time that decoding one takes.
  private struct Sample {
    var pixels: [Float] = []
    var labels: [Int] = []
    var decoding = 0.0
    var count: Int { labels.count }
  }

  /// Enough for the lanes of a few cores to be busy more than once, and few enough not to be waited for.
  private static let sampleCount = 8

  private func decodeSample() throws -> Sample {
    let step = max(1, photos.training.count / Self.sampleCount)
    let order = Array(
      stride(from: 0, to: photos.training.count, by: step).prefix(Self.sampleCount))
    let loader = try BatchLoader(
      order, of: photos.all, below: photos.root,
      PhotoRecipe(
        side: base.imageSize, view: evaluationView, preprocessing: base.preprocessing,
        seed: options.seed, maximumPixels: options.maximumPixels),
      Batching(of: order.count), pool: pool)
    var sample = Sample()
    let start = ContinuousClock.now
    guard let batch = loader.next(), batch.count > 0 else { return sample }
    sample.decoding = start.secondsAgo / Double(batch.count)
    sample.labels = batch.labels
    sample.pixels = Array(
      UnsafeBufferPointer(start: batch.pixels, count: batch.count * base.network.inputShape.count))
    return sample
  }

  /// The pass of all photos through the frozen base.
  private func measureFeatures(_ phase: Phase, _ sample: Sample, photos absent: Int) throws -> Cost
  {
    guard sample.count > 0 else { return Cost() }
    let executor = try makeExecutor(
      base.network, NetworkWeights(base.network, base.tensors),
      ExecutionOptions(batchSize: FeatureExtraction.batchSize, precision: options.precision),
      backend: options.backend, pool: pool)
    let outputs = FloatBuffer(count: sample.count * executor.outputCount)
    // The first run also makes the packed weights.
    try executor.infer(sample.pixels, count: 1, into: outputs.pointer)
    let start = ContinuousClock.now
    try executor.infer(sample.pixels, count: sample.count, into: outputs.pointer)
    let forward = start.secondsAgo / Double(sample.count)
    let runs = absent + phase.views * photos.training.count
    let rows = photos.trainingAndValidation.count + phase.views * photos.training.count
    return Cost(
      seconds: Double(runs) * (sample.decoding + forward),
      memory: executor.memoryByteCount + batches(of: FeatureExtraction.batchSize)
        + rows * base.dimension * 4)
  }

  /// A step of the phase, on weights that are then dropped.
  private func measureSteps(_ phase: Phase, _ sample: Sample) throws -> Cost {
    guard sample.count > 0 else { return Cost() }
    let step = try MeasuredStep(self, phase)
    let split = step.split
    let count = min(sample.count, split.batchSize)
    let labels = Array(sample.labels.prefix(count))
    let outputs = FloatBuffer(count: count * split.executor.outputCount)

    /// Seconds of the frozen part, of the rest of a step, and of validating, for the sample.
    func run(_ pixels: UnsafePointer<Float>) throws -> (
      before: Double, step: Double, forward: Double
    ) {
      let taken = try step.take(pixels, labels: labels, rate: 0)
      let start = ContinuousClock.now
      try split.executor.infer(taken.inputs, count: count, into: outputs.pointer)
      return (taken.frozen, taken.rest, start.secondsAgo)
    }
    let measured = try sample.pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return (before: 0.0, step: 0.0, forward: 0.0) }
      _ = try run(pixels)  // also makes the packed weights
      return try run(pixels)
    }
    let each = 1 / Double(count)
    // With the statistics of the batch a step takes the time of a full one.
    let stepEach = phase.batchNorm == .train ? 1 / Double(split.batchSize) : each
    let kept = TuningPhase.repeating(phase, self, inputCount: split.inputCount)
    let keepsTraining = kept.count > photos.validation.count
    let before = sample.decoding + measured.before * each
    let epochs = Double(phase.epochs)
    let validations = phase.validations
    var cost = Cost()
    cost.seconds =
      Double(material(of: phase).count)
      * (before * (keepsTraining ? 1 : epochs) + measured.step * stepEach * epochs)
      + Double(photos.validation.count)
      * (before * (kept.isEmpty ? validations : 1) + measured.forward * each * validations)
    let learned = split.changingParameters.reduce(0) { $0 + $1.shape.count } * 4
    cost.memory =
      split.memoryByteCount + batches(of: split.batchSize) + kept.count * split.inputCount * 4
      + step.state.tensors.values.reduce(0) { $0 + $1.values.count * 4 }
      // The best candidate, sums of gradients, the running average.
      + learned * (1 + (phase.accumulation > 1 ? 1 : 0) + (phase.ema == nil ? 0 : 1))
    return cost
  }

  /// The bytes of the batches that a loader has at a time: one in use, two ahead.
  private func batches(of size: Int) -> Int {
    3 * min(size, photos.training.count) * base.network.inputShape.count * 4
  }
}

extension Phase {
  /// How often a phase of steps looks at the photos to validate on.
  fileprivate var validations: Double {
    switch (photos, keep) {
    case (.all, _): 1
    case (.training, .end): Double(2 + Evidence.shares.count)
    case (.training, .best): Double(epochs + 1)
    }
  }
}
