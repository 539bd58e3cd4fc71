/// Where events lie on one axis of steps through all phases, so that curves go on where they ended.
///
/// A step's place follows from its phase, epoch and number alone, so a run that is resumed, or a phase
/// that starts again after it diverged, comes by the same places. A phase that ends early leaves a gap.
struct GlobalSteps {
  /// Steps before each phase.
  private var offsets: [Int] = []
  /// Steps of an epoch, by phase.
  private var epochSteps: [Int: Int] = [:]
  /// Further than any training goes; what an event without fault adds to it does not overflow.
  private static let limit = 1 << 60
  /// The furthest place so far, up to `limit`.
  private(set) var furthest = 0

  /// - Parameter plan: as events have it that are without fault.
  mutating func plan(_ plan: PlanDescription) {
    offsets = []
    var sum = 0
    for (phase, part) in plan.parts.enumerated() {
      offsets.append(sum)
      sum += part.steps
      epochSteps[phase] = part.steps / max(1, part.epochs)
    }
  }

  mutating func begin(_ start: TrainingEvent.PhaseStart) {
    epochSteps[start.phase] = start.stepsPerEpoch
    // Only a stream without a plan has phases that are not known.
    while offsets.count <= start.phase { offsets.append(furthest) }
  }

  /// Where a phase begins.
  mutating func start(of phase: Int) -> Int {
    reach(offsets.indices.contains(phase) ? offsets[phase] : furthest)
  }

  /// - Parameters:
  ///   - epoch: from 1.
  ///   - step: from 1, within the epoch.
  mutating func step(_ step: Int, epoch: Int, phase: Int) -> Int {
    reach(start(of: phase) + (epoch - 1) * (epochSteps[phase] ?? 0) + step)
  }

  /// Where an epoch ends; epoch 0 is where its phase begins.
  mutating func end(ofEpoch epoch: Int, phase: Int) -> Int {
    reach(start(of: phase) + epoch * (epochSteps[phase] ?? 0))
  }

  private mutating func reach(_ place: Int) -> Int {
    furthest = max(furthest, min(place, Self.limit))
    return place
  }
}
