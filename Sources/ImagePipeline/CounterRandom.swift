/// Random numbers that are a function of (seed, epoch, index) and of how many were drawn before:
/// nobody else's draws, no thread and no order of work can change them.
///
/// SplitMix64 (Steele, Lea, Flood, 2014), started from a mix of the three numbers.
public struct CounterRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// - Parameters:
  ///   - seed: the run's.
  ///   - epoch: or any other number that tells apart what the numbers are for.
  ///   - index: the photo's, say.
  public init(seed: UInt64, epoch: UInt64, index: UInt64) {
    state = Self.mix(
      Self.mix(Self.mix(seed &+ Self.step) ^ epoch &* Self.step) ^ index &* Self.step)
  }

  public mutating func next() -> UInt64 {
    state &+= Self.step
    return Self.mix(state)
  }

  /// Uniform in `0..<1`, a multiple of 2⁻⁵³.
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// Uniform in `low..<high`.
  public mutating func uniform(_ low: Double, _ high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// Uniform in `0..<bound`.
  ///
  /// Not the standard library's `random(in:using:)`, whose use of the generator may change with the
  /// compiler and with it every split and shuffle.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "there is no number below \(bound)")
    // The high word of a product is uniform but for a bias below bound / 2⁶⁴.
    return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// 0 ..< `count` in an order that depends on seed and epoch only (Fisher–Yates).
public func shuffledOrder(count: Int, seed: UInt64, epoch: Int) -> [Int] {
  var order = Array(0..<count)
  // An index that no photo has, so that the order is independent of the augmentation.
  var random = CounterRandom(seed: seed, epoch: UInt64(bitPattern: Int64(epoch)), index: .max)
  var last = count - 1
  while last > 0 {
    order.swapAt(last, random.below(last + 1))
    last -= 1
  }
  return order
}
