/// Float32 scratch memory at a fixed address, for loops that several workers write at once.
///
/// `@unchecked Sendable`: the address never changes; whoever shares a buffer between workers gives
/// each piece of work a range of its own.
final class FloatBuffer: @unchecked Sendable {
  let count: Int
  let pointer: UnsafeMutablePointer<Float>

  /// Zeros.
  init(count: Int) {
    self.count = count
    pointer = .allocate(capacity: max(count, 1))
    pointer.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { pointer.deallocate() }

  /// The values of a range, as an array.
  func array(from start: Int = 0, count: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: pointer + start, count: count))
  }
}
