/// How well scores put the photos of a class before all others, over all thresholds.
///
/// Equal scores are one threshold, as in scikit-learn's `roc_curve` and `precision_recall_curve`.
public struct RankingCurves: Hashable, Sendable {
  /// What holds when everything from some score on is called the class.
  public struct Point: Codable, Hashable, Sendable {
    /// The lowest score that is called the class.
    public var threshold: Float
    /// Of the photos of the class, those found: the true positive rate, `0...1`.
    public var recall: Double
    /// Of the other photos, those called the class, `0...1`.
    public var falsePositiveRate: Double
    /// Of the photos called the class, those of it, `0...1`.
    public var precision: Double
    /// How many photos are rightly and wrongly called the class.
    public var found, wrong: Int
  }

  /// One for each score that occurs, falling.
  public let points: [Point]
  /// The area under the receiver operating characteristic: how often a photo of the class has a higher score than
  /// another, ties counting half (scikit-learn's `roc_auc_score`); `nil` where all photos are of the class.
  public let rocArea: Double?
  /// Σ (Rₙ − Rₙ₋₁) · Pₙ: the mean precision over all recalls (scikit-learn's `average_precision_score`).
  public let averagePrecision: Double

  /// - Parameters:
  ///   - scores: of each photo, higher for the class.
  ///   - isOfClass: whether each photo is of the class.
  /// - Returns: `nil` where no photo is of the class.
  public init?(scores: [Float], isOfClass: [Bool]) {
    precondition(scores.count == isOfClass.count, "one score for each photo")
    let all = isOfClass.count { $0 }
    let others = scores.count - all
    guard all > 0 else { return nil }
    var points: [Point] = []
    var (found, wrong) = (0, 0)
    var (area, average) = (0.0, 0.0)
    let order = Self.falling(scores)
    var place = 0
    while place < order.count {
      let threshold = scores[order[place]]
      let (foundBefore, wrongBefore) = (found, wrong)
      while place < order.count, scores[order[place]] == threshold {
        if isOfClass[order[place]] { found += 1 } else { wrong += 1 }
        place += 1
      }
      area += Double(wrong - wrongBefore) * Double(found + foundBefore) / 2
      let precision = Double(found) / Double(place)
      average += Double(found - foundBefore) * precision
      points.append(
        Point(
          threshold: threshold, recall: Double(found) / Double(all),
          falsePositiveRate: ratio(wrong, others), precision: precision, found: found, wrong: wrong)
      )
    }
    self.points = points
    rocArea = others > 0 ? area / (Double(all) * Double(others)) : nil
    averagePrecision = average / Double(all)
  }

  /// Of a class against all others.
  /// - Parameters:
  ///   - index: the class.
  ///   - rows: what was predicted.
  /// - Returns: `nil` where no photo is of the class.
  public init?(of index: Int, _ rows: [PredictionRow]) {
    self.init(
      scores: rows.map { $0.probabilities[index] },
      isOfClass: rows.map { $0.truths?.contains(index) ?? ($0.truth == index) })
  }

  /// The places of scores, the highest first. Sorting integers that order as the numbers do takes a tenth of the time.
  private static func falling(_ scores: [Float]) -> [Int] {
    var keys = scores.enumerated().map { place, score -> UInt64 in
      // −0 and 0 are equal.
      let bits = (score == 0 ? 0 : score).bitPattern
      let rising = bits >> 31 == 1 ? ~bits : bits | 1 << 31
      return UInt64(~rising) << 32 | UInt64(place)
    }
    keys.sort()
    return keys.map { Int($0 & 0xFFFF_FFFF) }
  }
}
