import Synchronization
import TensorKernels

/// Which units' gradients have everything that a batch adds to them.
final class GradientCompletion: Sendable {
  /// Backward steps of one micro-batch that add to a unit.
  private let additions: [Int]
  private let states: [State]

  /// Counters by themselves, so that they can be in an array.
  private final class State: Sendable {
    let missing = Atomic<Int>(0)
    let isComplete = Atomic<Bool>(false)
  }

  init(_ program: Program) {
    var additions = [Int](repeating: 0, count: program.units.count)
    for unit in program.unitOfStep.compactMap(\.self) { additions[unit] += 1 }
    self.additions = additions
    states = additions.map { _ in State() }
  }

  /// Nothing has been added yet; nobody may be adding.
  func reset(microBatches: Int) {
    for (state, count) in zip(states, additions) {
      state.missing.store(count * microBatches, ordering: .relaxed)
      state.isComplete.store(false, ordering: .releasing)
    }
  }

  /// Counts an addition; `true` if it was the last, and the adder sees all others.
  func add(_ unit: Int) -> Bool {
    states[unit].missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  /// The gradient of the masters is finished.
  func setComplete(_ unit: Int) { states[unit].isComplete.store(true, ordering: .releasing) }

  func isComplete(_ unit: Int) -> Bool { states[unit].isComplete.load(ordering: .acquiring) }
}
