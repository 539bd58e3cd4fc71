/// Random numbers that are a function of what they were started from and of how many were drawn before:
/// nobody else's draws, no thread and no order of work can change them.
///
/// SplitMix64 (Steele, Lea, Flood, 2014). What a run has drawn decides its bytes, so none of these
/// functions may ever give other numbers.
package struct CounterRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// The sequence of a seed as it is.
  package init(seed: UInt64) { state = seed }

  /// Started from a mix of three numbers.
  /// - Parameters:
  ///   - seed: the run's.
  ///   - epoch: or any other number that tells apart what the numbers are for.
  ///   - index: the photo's, say.
  package init(seed: UInt64, epoch: UInt64, index: UInt64) {
    state = Self.mix(
      Self.mix(Self.mix(seed &+ Self.step) ^ epoch &* Self.step) ^ index &* Self.step)
  }

  /// Started from any numbers, such as (seed, class, photo), mixed one after the other: not the
  /// sequence of `init(seed:epoch:index:)`.
  package init(key: UInt64...) {
    state = Self.step
    for part in key { state = Self.mix(state ^ part) }
  }

  package mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mix(state)
  }

  /// Uniform in `0..<1`, a multiple of 2⁻⁵³.
  package mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `low..<high`.
  package mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// Uniform in `0..<bound`.
  ///
  /// Not the standard library's `random(in:using:)`, whose use of the generator may change with the
  /// compiler and with it every split and shuffle.
  package mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    // The high word of a product is uniform but for a bias below bound / 2⁶⁴.
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Uniform in `0..<bound`, by the remainder, with as small a bias; for sequences that began with it.
  package mutating func remainder(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

  /// Two numbers to one that looks independent of both: one draw of the sequence of `key`.
  @inlinable
  package static func mix(_ key: UInt64, _ counter: UInt64) -> UInt64 {
    mix(key &+ (counter &+ 1) &* step)
  }

  /// Uniform in `0..<1`, a multiple of 2⁻²⁴.
  @inlinable
  package static func uniform(_ key: UInt64, _ counter: UInt64) -> Float {
    Float(mix(key, counter) >> 40) * 0x1p-24
  }

  @inlinable static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

  @inlinable
  static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
