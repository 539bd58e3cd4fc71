import TensorKernels

/// The memory of one batch and the count of its examples that are still being loaded.
///
/// `@unchecked Sendable`: the rest of the state is behind the lock; of `pixels`, every job writes its
/// own example, and the driver touches them only once `wait` has seen all jobs finish.
final class BatchSlot: @unchecked Sendable {
  /// Floats an example.
  let floats: Int
  let pixels: UnsafeMutablePointer<Float>
  private let buffer: Buffer
  private let memory: BatchMemory
  private let gate = Gate()
  private var reasons: [String?] = []
  private var pending = 0

  /// - Parameters:
  ///   - buffer: room for the batch, which goes back to `memory` in the end.
  ///   - floats: an example.
  init(_ buffer: Buffer, floats: Int, of memory: BatchMemory) {
    self.floats = floats
    self.memory = memory
    self.buffer = buffer
    pixels = Region(buffer).floats
  }

  deinit { memory.putBack(buffer) }

  func example(_ position: Int) -> UnsafeMutablePointer<Float> { pixels + position * floats }

  /// Expects `count` examples.
  func begin(_ count: Int) {
    gate.whileLocked {
      pending = count
      reasons = Array(repeating: nil, count: count)
    }
  }

  /// An example is there, or failed for a reason.
  func finish(_ position: Int, reason: String?) {
    gate.whileLocked {
      reasons[position] = reason
      pending -= 1
      if pending == 0 { gate.open() }
    }
  }

  /// Sleeps until all examples have finished; their reasons, `nil` for those that succeeded.
  func wait() -> [String?] {
    gate.whileLocked {
      while pending > 0 { gate.sleep() }
      return reasons
    }
  }
}
