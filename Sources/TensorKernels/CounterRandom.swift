/// Random numbers as a function of what they are for: no state, so no order and no thread matters.
public enum CounterRandom {
  /// Two numbers to one that looks independent of both: SplitMix64's finaliser over a Weyl sequence
  /// (Steele, Lea and Flood, 2014).
  public static func mix(_ key: UInt64, _ counter: UInt64) -> UInt64 {
    var z = key &+ (counter &+ 1) &* 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform in `0..<1`.
  public static func uniform(_ key: UInt64, _ counter: UInt64) -> Float {
    Float(mix(key, counter) >> 40) * 0x1p-24
  }
}
