/// Events come from files, too, which anybody may have changed.
extension TrainingEvent {
  /// Numbers of an event that others are computed from, by how large they can be.
  private struct Numbers {
    /// Places among the phases of a plan, and how many there are.
    var phases: [Int] = []
    /// Epochs, and what lists hold.
    var lengths: [Int] = []
    /// Steps, photos, weights, KiB.
    var counts: [Int] = []
    /// Times.
    var seconds: [Double] = []
  }

  /// What no training can have said, as a clause; `nil` for nothing.
  ///
  /// With what passes, neither products of epochs and steps nor sums over lists overflow, and no list that is as long as
  /// the number of a phase is too long for memory.
  var fault: String? {
    let found = numbers
    for (values, most) in [
      (found.phases, 10_000), (found.lengths, 1 << 20), (found.counts, 1 << 40),
    ] {
      if let value = values.first(where: { !(0...most).contains($0) }) {
        return "\(value) is expected to be 0 to \(most)"
      }
    }
    if let value = found.seconds.first(where: { !(0...1e10).contains($0) }) {
      return "\(value) is no number of seconds that a training takes"
    }
    return nil
  }

  private var numbers: Numbers {
    switch self {
    case .plan(let plan):
      Numbers(
        phases: [plan.parts.count],
        lengths: plan.parts.flatMap { [$0.epochs, $0.stages.count] } + [plan.classes.count],
        counts: plan.counts, seconds: plan.parts.compactMap(\.seconds))
    case .phase(let start):
      Numbers(
        phases: [start.phase, start.phases], lengths: [start.epochs],
        counts: [start.stepsPerEpoch, start.parameters])
    case .features(let features):
      Numbers(
        counts: [features.images, features.total, features.cached], seconds: [features.seconds])
    case .head(let head):
      Numbers(counts: [head.folds, head.iterations], seconds: [head.seconds])
    case .step(let step):
      Numbers(
        phases: [step.phase], lengths: [step.epoch], counts: [step.step, step.steps],
        seconds: [step.seconds])
    case .epoch(let epoch):
      Numbers(
        phases: [epoch.phase], lengths: [epoch.epoch, epoch.epochs], seconds: [epoch.seconds])
    case .gradients(let gradients):
      Numbers(
        phases: [gradients.phase],
        lengths: [gradients.epoch] + gradients.parameters.map(\.histogram.counts.count),
        counts: [gradients.step] + gradients.parameters.flatMap(\.histogram.counts))
    case .views(let views):
      Numbers(phases: [views.phase], counts: [views.width, views.height])
    case .checkpoint(let checkpoint):
      Numbers(phases: [checkpoint.phase], lengths: [checkpoint.epoch])
    case .note: Numbers()
    case .done(let done):
      Numbers(phases: [done.phase], lengths: [done.epoch], seconds: [done.seconds])
    }
  }
}

extension PlanDescription {
  /// Steps, photos, weights, and KiB of memory.
  fileprivate var counts: [Int] {
    var counts = [parameters, headLayers?.hidden ?? 0]
    for part in parts {
      counts += [part.batchSize, part.accumulation, part.steps, part.views]
      counts.append((part.memory ?? 0) >> 10)
      counts += part.stages.map(\.parameters)
    }
    for label in classes { counts += [label.training, label.validation] }
    if let photos { counts += [photos.training, photos.validation] }
    return counts
  }
}
