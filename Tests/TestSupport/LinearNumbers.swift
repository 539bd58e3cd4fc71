/// The random numbers that `Tools/References/multi_label_goldens.py` draws, too.
public struct LinearNumbers {
  private var state: UInt64 = 1

  public init() {}

  /// `0..<1`, a multiple of 2⁻²⁴.
  public mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 40) / Double(1 << 24)
  }

  public mutating func values(_ count: Int) -> [Double] { (0..<count).map { _ in next() } }
}
