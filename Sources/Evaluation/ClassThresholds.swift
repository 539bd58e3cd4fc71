/// From which probability on each class is said to be on a photo, where classes do not exclude one another.
///
/// It is that of the best F1 among photos that the model has not learnt from. Thresholds that were chosen by some
/// photos flatter figures on the same ones; `crossFitted` has others for each.
public struct ClassThresholds: Hashable, Sendable {
  /// One for each class, `0...1`: a class is there if its probability is no smaller.
  public let values: [Double]
  /// Classes whose threshold could not be chosen, ascending: theirs is `unchosen`.
  public let undecided: [Int]

  /// What stands where nothing can be chosen: more probable than not.
  public static let unchosen = 0.5
  /// Fewer photos with a class, or without it, choose nothing.
  public static let fewestPhotos = 3

  /// Thresholds that were chosen before.
  public init(_ values: [Double]) {
    self.values = values
    undecided = []
  }

  /// Those of the best F1; of equally good ones, the nearest to one half.
  /// - Parameters:
  ///   - rows: with `truths`; without any, all thresholds are one half.
  ///   - classes: how many there are.
  public init(choosingBy rows: [PredictionRow], classes: Int) {
    let chosen = (0..<classes).map { index in
      Self.best(
        rows.map { (Double($0.probabilities[index]), $0.truths?.contains(index) ?? false) })
    }
    values = chosen.map { $0 ?? Self.unchosen }
    undecided = chosen.indices.filter { chosen[$0] == nil }
  }

  /// For each row thresholds that were chosen by other rows: all but those of its part, every fifth.
  public static func crossFitted(_ rows: [PredictionRow], classes: Int) -> [ClassThresholds] {
    let parts = CrossFitting.parts(rows).map {
      ClassThresholds(choosingBy: $0.choosing, classes: classes)
    }
    return rows.indices.map { parts[$0 % parts.count] }
  }

  /// Those of a row.
  /// - Parameter thresholds: one for each row, or one for all.
  package static func of(_ row: Int, in thresholds: [ClassThresholds]) -> ClassThresholds {
    thresholds.count == 1 ? thresholds[0] : thresholds[row]
  }

  /// The classes that probabilities are above their thresholds of, ascending.
  public func named(_ probabilities: [Float]) -> [Int] {
    probabilities.indices.filter { Double(probabilities[$0]) >= values[$0] }
  }

  /// - Parameter photos: the probability of a class, and whether it is there.
  /// - Returns: `nil` where too few photos have the class, or too few have it not.
  private static func best(_ photos: [(probability: Double, isThere: Bool)]) -> Double? {
    let sorted = photos.sorted { $0.probability > $1.probability }
    let all = sorted.count(where: \.isThere)
    guard all >= fewestPhotos, sorted.count - all >= fewestPhotos else { return nil }
    var best = (f1: -1.0, threshold: unchosen)
    var found = 0
    for (place, photo) in sorted.enumerated() {
      found += photo.isThere ? 1 : 0
      let next = place + 1 < sorted.count ? sorted[place + 1].probability : 0
      // Equal probabilities are on one side of any threshold.
      guard photo.probability > next else { continue }
      let f1 = Double(2 * found) / Double(all + place + 1)
      // Anything between the two says the same of these photos.
      let between = (photo.probability + next) / 2
      let threshold =
        next < unchosen && unchosen <= photo.probability ? unchosen : between
      if f1 > best.f1
        || f1 == best.f1 && abs(threshold - unchosen) < abs(best.threshold - unchosen)
      {
        best = (f1, threshold)
      }
    }
    return best.threshold
  }
}
