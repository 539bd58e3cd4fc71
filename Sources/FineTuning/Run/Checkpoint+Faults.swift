import ImagePipeline
import TensorKernels

extension Checkpoint {
  /// What no training by a plan can have written, as a clause; `nil` for nothing.
  ///
  /// The digest tells damage and not who wrote it: whatever numbers are looked up by, or values are copied to, is
  /// held against the training that is to go on.
  /// - Parameter initial: the weights that the training began with, by name.
  func fault(
    in plan: FineTuningPlan, _ photos: Photos, _ initial: [String: Tensor]
  ) -> String? {
    let phases = plan.phases.indices
    guard state.phase <= phases.upperBound, state.best.map({ phases.contains($0.phase) }) ?? true
    else { return "it is of more phases than the \(phases.count) of the plan" }
    let all = photos.all.indices
    guard (state.failed + state.judged).allSatisfy(all.contains) else {
      return "it speaks of more photos than the \(all.count) of the run"
    }
    if let tuning = state.tuning {
      guard phases.contains(state.phase), plan.phases[state.phase].method == .sgd,
        (1...max(1, all.count)).contains(tuning.stepsPerEpoch), tuning.step <= tuning.stepsPerEpoch
      else { return "phase \(state.phase + 1) has no such step" }
    }
    if let trial = tensors.trial, !isPossible(trial, classes: photos.classes.count) {
      return "what was said of \(state.judged.count) photos is \(trial.shape)"
    }
    for part in [tensors.best, tensors.beginning ?? [:], tensors.now ?? [:]] {
      let strange = part.filter { name, tensor in initial[name]?.shape != tensor.shape }.keys.min()
      if let strange { return "the network has no such '\(strange)'" }
    }
    return nil
  }

  /// Whether these can be probabilities, of the photos that were judged by each point of a path.
  private func isPossible(_ trial: Tensor, classes: Int) -> Bool {
    let lengths = trial.shape.dimensions
    return lengths.count == 3 && lengths[0] == state.judged.count
      && (1...Evidence.shares.count + 1).contains(lengths[1]) && lengths[2] == classes
      && trial.values.allSatisfy { (0...1).contains($0) }
  }
}
