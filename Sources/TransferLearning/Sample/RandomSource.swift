/// A stream of random numbers that is a function of its key alone (SplitMix64; Steele et al. 2014).
///
/// Every photo has its own, so that a photo never depends on which thread drew which one before.
struct RandomSource {
  private var state: UInt64

  /// The stream of one combination of numbers, such as (seed, class, photo).
  init(_ key: UInt64...) {
    state = 0x9E37_79B9_7F4A_7C15
    for part in key { state = mixed(state ^ part) }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return mixed(state)
  }

  /// Uniform in `0..<1`.
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  mutating func uniform(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// Whether an event of this probability happens.
  mutating func chance(_ probability: Float) -> Bool { unit() < probability }

  /// Uniform in `0..<count`.
  mutating func index(_ count: Int) -> Int { Int(next() % UInt64(count)) }

  mutating func pick<T>(_ options: [T]) -> T { options[index(options.count)] }

  /// An angle, `0..<2π`.
  mutating func angle() -> Float { uniform(0, 2 * .pi) }

  /// Approximately normal with standard deviation 1: a sum of uniforms, bounded by ±3.5.
  mutating func normal() -> Float { (unit() + unit() + unit() + unit() - 2) * 1.7320508 }
}

/// Scrambles the bits of a number.
func mixed(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}
