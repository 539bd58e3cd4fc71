import Glibc
import Synchronization
import TensorKernels

/// Who may add to which shared gradient: micro-batch after micro-batch, so that the sum is the same
/// for any number of lanes.
///
/// A lane takes its micro-batches in ascending order and passes every turn of one before it takes the
/// next, so the lane it waits for is always running.
final class Turns: Sendable {
  private let next: [Cell]
  private let aborted = Atomic<Bool>(false)

  /// A counter by itself, so that it can be in an array.
  private final class Cell: Sendable {
    let value = Atomic<Int>(0)
  }

  /// Looks that a waiting lane takes before it lets other threads run.
  private static let spins = 2000

  init(count: Int) { next = (0..<count).map { _ in Cell() } }

  /// Makes all turns the first micro-batch's again; nobody may be waiting.
  func reset() {
    for cell in next { cell.value.store(0, ordering: .relaxed) }
    aborted.store(false, ordering: .releasing)
  }

  /// Waits until it is `microBatch`'s turn; `false` if the step is given up.
  func wait(at index: Int, for microBatch: Int) -> Bool {
    var looks = 0
    while next[index].value.load(ordering: .acquiring) != microBatch {
      if aborted.load(ordering: .relaxed) { return false }
      looks += 1
      if looks > Self.spins { sched_yield() }
    }
    return true
  }

  /// Lets the next micro-batch add.
  func pass(_ index: Int, after microBatch: Int) {
    next[index].value.store(microBatch + 1, ordering: .releasing)
  }

  /// Ends all waiting.
  func abort() { aborted.store(true, ordering: .releasing) }
}

/// Set once, by any thread.
final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .acquiring) }

  func set() { value.store(true, ordering: .releasing) }
}
