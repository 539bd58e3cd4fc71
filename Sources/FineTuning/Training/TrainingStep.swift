import ImagePipeline
import NeuralNetworks
import TensorKernels

/// One step of a phase: the gradients of one batch or several, and what they change.
final class TrainingStep {
  /// What a step has done.
  struct Outcome {
    var loss: Double
    var hits: Int
    var count: Int
    /// Where they were asked for.
    var gradients: [TrainingEvent.Gradients.Parameter]?
  }

  private let split: SplitExecutor
  private let phase: Phase
  private let classes: Int
  private let likelihood: Likelihood
  /// What the rate of each trained parameter is multiplied by, in the executor's order.
  private let rateFactors: [Double]
  private let gradientScale: GradientScale?
  /// What the loss of each class is multiplied by; empty for 1.
  private let classWeights: [Float]
  private let logits: FloatBuffer
  /// Where several processes train together.
  private let ranks: (session: TrainingSession, reducer: GradientReducer)?
  private var sums = EpochSums()
  /// Photos of the batch whose gradients the executor holds.
  private var last = 0
  /// Gradients of earlier batches of the step, times their photos; only where a step has several.
  private var gradients: [FloatBuffer] = []

  convenience init(_ session: TrainingSession, _ split: SplitExecutor, _ phase: Phase) throws {
    // By the weights that training began with: the phase's own would not be known to one that resumes.
    try self.init(
      split, phase, of: session.network, tensors: session.initialTensors,
      imagesPerClass: session.photos.imagesPerClass(session.material(of: phase)),
      likelihood: session.likelihood, ranks: session)
  }

  /// - Parameters:
  ///   - network: the whole one.
  ///   - tensors: of all of it; of batch norms, those that the scale of gradients follows.
  ///   - imagesPerClass: of the photos to train on.
  ///   - likelihood: what their labels say.
  ///   - session: of several processes that train together.
  init(
    _ split: SplitExecutor, _ phase: Phase, of network: Network, tensors: [String: Tensor],
    imagesPerClass: [Int], likelihood: Likelihood = .exclusive,
    ranks session: TrainingSession? = nil
  ) throws {
    self.split = split
    self.phase = phase
    classes = imagesPerClass.count
    self.likelihood = likelihood
    let factors = try TrainableStages(phase, of: network).rateFactors(in: network)
    rateFactors = split.executor.trainedParameters.map { factors[$0.node] ?? 1 }
    gradientScale =
      phase.batchNorm == .frozen ? GradientScale(network, tensors: tensors) : nil
    classWeights =
      phase.balance == .weights
      ? ClassBalance.weights(imagesPerClass: imagesPerClass).map(Float.init) : []
    logits = FloatBuffer(count: split.batchSize * classes)
    ranks = session.flatMap { session in
      session.ranks.reducer(of: split.executor.trainedParameters).map { (session, $0) }
    }
    if phase.accumulation > 1 {
      gradients = split.executor.trainedParameters.map { FloatBuffer(count: $0.shape.count) }
    }
  }

  /// What the phase's sums over ranks have cost, in a sentence; `nil` for a single process.
  var cost: String? { ranks?.reducer.cost.description }

  /// Forgets the batches that were added.
  func reset() {
    last = 0
    sums = EpochSums()
    for buffer in gradients { buffer.pointer.update(repeating: 0, count: buffer.count) }
  }

  /// Computes the gradients of a batch.
  /// - Parameter number: no two batches of a run share it.
  /// - Throws: `Divergence`.
  func add(_ batch: TrainingBatch, number: Int) throws {
    keepGradients()
    let loss = likelihood.loss(
      of: batch.targets, smoothing: Float(phase.labelSmoothing), classWeights: classWeights)
    if let ranks { return try add(batch, loss, number, ranks.session, ranks.reducer) }
    let count = batch.total
    let mean = try split.executor.computeGradients(
      batch.inputs, count: count, loss: loss, step: number, outputs: logits.pointer)
    try take(mean: mean, hits: hits(batch.targets), count: count)
  }

  /// The same where this rank has a part of the batch.
  private func add(
    _ batch: TrainingBatch, _ loss: some Loss, _ number: Int, _ session: TrainingSession,
    _ reducer: GradientReducer
  ) throws {
    let (mean, told) = try reducer.computeGradients(
      on: split.executor, batch.inputs, count: batch.targets.count, of: batch.total,
      before: batch.before, loss: loss, step: number, outputs: logits.pointer,
      others: {
        [hits(batch.targets), batch.failures.count, session.shouldStop() ? 1 : 0].map(Double.init)
      })
    session.ranks.areStopping = told[2] > 0
    if phase.batchNorm == .train { try split.averageStatistics(session.ranks) }
    let failures = Int(told[1])
    if failures > 0 { try session.leaveOutEverywhere(batch.failures) }
    let count = batch.total - failures
    guard count > 0 else { return }
    let factor = Double(batch.total) / Double(count)
    if failures > 0 {
      // They were divided by the number of photos that the batch should have had.
      split.executor.forEachGradient { _, _, gradient in
        for place in gradient.indices { gradient[place] *= Float(factor) }
      }
    }
    try take(mean: mean * factor, hits: Int(told[0]), count: count)
  }

  private func hits(_ targets: [MixedLabel]) -> Int {
    targets.indices.count { position in
      let row = UnsafeMutableBufferPointer(
        start: logits.pointer + position * classes, count: classes)
      return likelihood.isHit(row, label: targets[position].label)
    }
  }

  private func take(mean: Double, hits: Int, count: Int) throws {
    let mean = mean / Double(likelihood.decisions)
    guard mean < Divergence.limit else { throw Divergence(loss: mean) }
    sums.add(loss: mean, hits: hits, count: count)
    last = count
  }

  /// Puts the executor's gradients aside before those of the next batch replace them.
  private func keepGradients() {
    guard last > 0 else { return }
    let (gradients, count) = (gradients, Float(last))
    split.executor.forEachGradient { index, _, gradient in
      let sum = gradients[index].pointer
      for place in gradient.indices { sum[place] += count * gradient[place] }
    }
  }

  /// The mean over all batches of the step, in the executor's gradients.
  private func averageGradients() {
    guard last < sums.count else { return }
    let (gradients, own, whole) = (gradients, Float(last), 1 / Float(sums.count))
    split.executor.forEachGradient { index, _, gradient in
      let sum = gradients[index].pointer
      for place in gradient.indices {
        gradient[place] = (sum[place] + own * gradient[place]) * whole
      }
    }
  }

  /// Changes the weights by what has been added; `nil` when nothing was.
  /// - Parameter wantsHistograms: whether the gradients are to be described.
  /// - Throws: `Divergence`.
  func finish(
    rate: Double, _ state: OptimizerState?, wantsHistograms: Bool = false
  ) throws -> Outcome? {
    guard sums.count > 0, let state, let loss = sums.meanLoss else { return nil }
    averageGradients()
    let histograms = wantsHistograms ? GradientHistograms.of(split.executor) : nil
    var clipping: Float = 1
    if let clip = phase.clip {
      let norm = split.gradientNorm(scaling: gradientScale)
      guard norm.isFinite else { throw Divergence(loss: norm) }
      clipping = Float(min(1, clip / max(norm, .leastNormalMagnitude)))
    }
    let optimizer = Optimizer(phase)
    let scaling = phase.clip == nil ? gradientScale : nil
    split.executor.update { [clipping, rateFactors] index, parameter, values, gradient in
      scaling?.apply(to: gradient, of: parameter)
      optimizer.step(
        parameter, values: values, gradient: UnsafeBufferPointer(gradient), state: state,
        rate: rate * rateFactors[index], scale: clipping)
    }
    let outcome = Outcome(
      loss: loss, hits: sums.hits, count: sums.count, gradients: histograms)
    reset()
    return outcome
  }
}

/// The loss or its gradient is no number any more, or one that no training recovers from.
struct Divergence: Error {
  /// Activations that clip or rectify can hide an overflow from the loss for a while. A true class
  /// with the probability e⁻¹⁰⁰⁰ means the same.
  static let limit = 1000.0

  let loss: Double
}
