import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Steps that are taken for their time only: a plan's estimate and `benchmark` run what training runs.
package final class MeasuredStep {
  /// A step that has been taken.
  package struct Taken {
    /// The seconds of the pass through the frozen part.
    package let frozen: Double
    /// Those of gradients, update and packed weights of the rest.
    package let rest: Double
    /// What the rest has read; valid until the next step.
    let inputs: UnsafePointer<Float>
  }

  let split: SplitExecutor
  let state: OptimizerState
  private let step: TrainingStep

  /// Of a session's phase, on weights that are then dropped.
  init(_ session: TrainingSession, _ phase: Phase) throws {
    split = try SplitExecutor(session, phase: phase)
    step = try TrainingStep(session, split, phase)
    state = OptimizerState(split.executor.trainedParameters, rule: phase.optimizer)
  }

  /// Of a phase by itself, with batches of its full size.
  /// - Parameters:
  ///   - network: ends in a head for so many classes, its last stage.
  ///   - tensors: by parameter name; they are copied.
  /// - Throws: `PlanError`, `NetworkError`, `BackendError`.
  package init(
    _ network: Network, tensors: [String: Tensor], classes: Int, phase: Phase,
    options: TrainingOptions, pool: WorkerPool
  ) throws {
    split = try SplitExecutor(
      network, tensors: tensors, phase: phase, photos: phase.batchSize, options: options,
      pool: pool)
    step = try TrainingStep(
      split, phase, of: network, tensors: tensors,
      imagesPerClass: [Int](repeating: 1, count: classes))
    state = OptimizerState(split.executor.trainedParameters, rule: phase.optimizer)
  }

  /// Takes a step as an epoch does.
  /// - Parameters:
  ///   - pixels: preprocessed photos, as many as there are labels and at most a batch.
  ///   - rate: of the head; with 0 the weights stay what they are and all is computed.
  /// - Throws: `Divergence`, `BackendError`.
  package func take(
    _ pixels: UnsafePointer<Float>, labels: [Int], rate: Double
  ) throws -> Taken {
    let start = ContinuousClock.now
    let inputs = try split.inputs(of: pixels, count: labels.count)
    let frozen = start.secondsAgo
    try step.add(
      TrainingBatch(
        number: 0, endsStep: true, inputs: inputs, targets: labels.map(MixedLabel.init(pure:)),
        total: labels.count, before: 0),
      number: 0)
    _ = try step.finish(rate: rate, state)
    return Taken(
      frozen: frozen, rest: start.secondsAgo - frozen, inputs: inputs)
  }

  /// What both parts have allocated, in bytes, with the masters of what learns.
  package var memoryByteCount: Int { split.memoryByteCount }

  /// What each kernel has cost; empty unless the options asked for it.
  package var profile: [KernelProfile] { split.profile }

  package func resetProfile() { split.resetProfile() }
}
