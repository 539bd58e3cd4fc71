/// How far predictions agree with the truth beyond what their frequencies alone would give.
public struct Agreement: Codable, Hashable, Sendable {
  /// The correlation of truth and prediction, `-1...1` (Matthews 1975; for several classes Gorodkin 2004);
  /// 0 where only one class occurs on either side, as scikit-learn has it.
  public var matthews: Double
  /// Cohen's κ (Cohen 1960), `-1...1`; `nil` where one class is all that occurs on both sides.
  public var kappa: Double?

  /// - Parameter counts: of each class.
  package init(_ counts: [ClassCounts]) {
    let photos = Double(counts.reduce(0) { $0 + $1.support })
    let right = Double(counts.reduce(0) { $0 + $1.right })
    func sum(_ value: (ClassCounts) -> Int, _ other: (ClassCounts) -> Int) -> Double {
      counts.reduce(0) { $0 + Double(value($1)) * Double(other($1)) }
    }
    let byChance = sum(\.support, \.predicted)
    let spread =
      (photos * photos - sum(\.support, \.support))
      * (photos * photos - sum(\.predicted, \.predicted))
    matthews = spread > 0 ? (right * photos - byChance) / spread.squareRoot() : 0
    let possible = photos * photos - byChance
    kappa = possible > 0 ? (right * photos - byChance) / possible : nil
  }
}
