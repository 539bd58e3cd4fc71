import Foundation
import ImagePipeline
import TensorKernels

extension FineTuner {
  /// Takes the steps of a learning-rate range test: those that the plan's first phase of steps would
  /// take, at rates that grow.
  ///
  /// They begin with a head at zero, also where the plan solves one first: behind a solved head the loss
  /// cannot fall, so the test would tell where it rises, which is far below the rate that is best. All of it
  /// happens in a copy in memory that is then dropped: neither this tuner nor a run nor the random
  /// numbers of a training change.
  /// - Parameters:
  ///   - root: what the photos' paths are relative to.
  ///   - finder: what to test; `nil` for the usual rates of the phase's optimiser.
  ///   - onStep: called on this thread after each step with the test so far.
  ///   - shouldStop: asked between steps; `true` ends the test with what there is.
  /// - Throws: `TrainingError` when the plan takes no steps; else as `train`.
  package func findRate(
    on photos: Photos, pool: WorkerPool, finder: RateFinder? = nil,
    onStep: (RateFinder) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> RateFinder {
    guard let index = self.plan.phases.firstIndex(where: { $0.method == .sgd }) else {
      throw TrainingError.noRate(plan: self.plan.name)
    }
    guard !photos.training.isEmpty else {
      throw TrainingError.noPhotos("there are no photos to train on in '\(photos.root.path)'")
    }
    let plan = try self.plan.withColours(
      of: photos, pool: pool, maximumPixels: options.maximumPixels)
    let session = try TrainingSession(
      base: base, plan: plan, options: options.fittingMachine(), photos: photos,
      pool: pool, network: network(classes: photos.classes.count), shouldStop: shouldStop)
    while session.state.phase < index {
      if plan.phases[session.state.phase].method == .solve {
        session.state.phase += 1
      } else {
        try session.runPhase()
      }
    }
    var finder = finder ?? RateFinder(for: plan.phases[index].optimizer)
    do {
      try TuningPhase(session, index: index).test(&finder, onStep)
    } catch is Interruption {
      guard finder.suggestion != nil else { throw TrainingError.interrupted }
    }
    return finder
  }
}

extension TuningPhase {
  /// Ends an epoch of the test in its midst.
  private struct Over: Error {}

  /// Feeds the test with the losses of steps from the phase's beginning.
  fileprivate func test(_ finder: inout RateFinder, _ onStep: (RateFinder) -> Void) throws {
    try keepMaps()
    let state = OptimizerState(split.executor.trainedParameters, rule: phase.optimizer)
    // Orders and views that the epochs of the first four phases do not have. A later phase may: the test
    // keeps nothing of what it trains.
    var epoch = 900_000
    while finder.nextRate != nil {
      epoch += 1
      let order = EpochOrder(
        training, labels: session.photos.all.map(\.label), balance: phase.balance,
        seed: session.options.seed, counter: epoch
      ).indices
      guard !order.isEmpty else {
        throw TrainingError.noPhotos("no training photo can be read any more; were they moved?")
      }
      step.reset()
      do {
        try forEachBatch(of: order, from: 0, counter: epoch) { batch in
          guard let rate = finder.nextRate else { throw Over() }
          if batch.targets.count > 0 { try step.add(batch, number: epoch << 20 + batch.number) }
          guard batch.endsStep, let taken = try step.finish(rate: rate, state) else { return }
          finder.add(loss: taken.loss)
          onStep(finder)
        }
      } catch is Over {
        return
      } catch is Divergence {
        return finder.add(loss: .infinity)
      }
    }
  }
}
