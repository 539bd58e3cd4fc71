import Files

/// What drawing asks for: single precision, and the few distributions that pictures need.
extension CounterRandom {
  /// Uniform in `0..<1`.
  mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// Uniform in `low..<high`.
  mutating func between(_ low: Float, _ high: Float) -> Float { low + (high - low) * unit() }

  /// Whether an event of this probability happens.
  mutating func chance(_ probability: Float) -> Bool { unit() < probability }

  mutating func pick<T>(_ options: [T]) -> T { options[remainder(options.count)] }

  /// An angle, `0..<2π`.
  mutating func angle() -> Float { between(0, 2 * .pi) }

  /// Approximately normal with standard deviation 1: a sum of uniforms, bounded by ±3.5.
  mutating func bellShaped() -> Float { (unit() + unit() + unit() + unit() - 2) * 1.7320508 }
}
