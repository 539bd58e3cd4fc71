import Files
import TensorKernels

/// Reproducible values for tests.
public struct SeededValues {
  private let key: UInt64
  private var counter: UInt64 = 0

  public init(seed: UInt64) { key = CounterRandom.mix(seed, 0x7e57) }

  public mutating func next(_ range: ClosedRange<Float> = -1...1) -> Float {
    counter += 1
    return range.lowerBound
      + CounterRandom.uniform(key, counter) * (range.upperBound - range.lowerBound)
  }

  public mutating func values(_ count: Int, _ range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in next(range) }
  }

  public mutating func tensor(_ shape: Shape, _ range: ClosedRange<Float> = -1...1) -> Tensor {
    Tensor(shape, values(shape.count, range))
  }
}
