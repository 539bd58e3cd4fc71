import Synchronization

/// Hands out 0, 1, 2, … to whoever asks next, from any thread.
package final class AtomicCounter: Sendable {
  private let value = Atomic<Int>(0)

  package init() {}

  /// The next number if it is below `bound`, else `nil`.
  package func next(below bound: Int) -> Int? {
    let taken = value.wrappingAdd(1, ordering: .relaxed).oldValue
    return taken < bound ? taken : nil
  }

  /// Starts again at 0; nobody may be asking at the same time.
  package func reset() { value.store(0, ordering: .releasing) }
}
