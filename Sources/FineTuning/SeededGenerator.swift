/// SplitMix64 (Steele, Lea and Flood 2014): a few random numbers from one seed, the same everywhere.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A number in `0..<bound`; the bias of the remainder, below bound / 2⁶⁴, does not matter here.
  mutating func next(below bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

extension Array {
  /// The elements in an order that the generator chooses (Fisher–Yates). The standard library's
  /// `shuffled(using:)` may change its algorithm; a saved run must not change with it.
  func inRandomOrder(_ generator: inout SeededGenerator) -> [Element] {
    var result = self
    for last in stride(from: result.count - 1, to: 0, by: -1) {
      result.swapAt(last, generator.next(below: last + 1))
    }
    return result
  }
}
