import Synchronization
import TensorKernels

/// Which operations' gradients have everything that a batch adds to them.
final class GradientCompletion: Sendable {
  /// Backward steps of one micro-batch that add to an operation's weights.
  private let additions: [Int]
  private let states: [State]

  /// Counters by themselves, so that they can be in an array.
  private final class State: Sendable {
    let missing = Atomic<Int>(0)
    let isComplete = Atomic<Bool>(false)
  }

  init(_ program: Program) {
    var additions = [Int](repeating: 0, count: program.kernelWeights.count)
    for position in program.weightsOfStep.compactMap(\.self) { additions[position] += 1 }
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
  func add(_ position: Int) -> Bool {
    states[position].missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0
  }

  /// The gradient of the masters is finished.
  func setComplete(_ position: Int) {
    states[position].isComplete.store(true, ordering: .releasing)
  }

  func isComplete(_ position: Int) -> Bool {
    states[position].isComplete.load(ordering: .acquiring)
  }
}
