/// Sets of classes that hold the true one as often as promised, whatever the classifier is worth, for photos of the
/// same kind as those that the limit comes from.
///
/// Split conformal prediction with the score 1 − probability of the true class (Sadinle, Lei and Wasserman 2019;
/// Angelopoulos and Bates 2023, section 1).
public struct ConformalSets: Codable, Hashable, Sendable {
  /// How often sets hold the true class, `0..<1`.
  public let promised: Double
  /// How many photos the limit comes from.
  public let photos: Int
  /// Classes whose 1 − probability is at most this are in the set. 1 where there are too few photos to promise so
  /// much: every class is.
  public let largestScore: Double

  /// - Parameters:
  ///   - promised: `0..<1`.
  ///   - rows: of photos that the classifier has not learnt from and that are not those to be measured.
  public init(promised: Double, calibratedBy rows: [PredictionRow]) {
    precondition(0..<1 ~= promised, "a share below 1")
    self.promised = promised
    photos = rows.count
    let scores = rows.map { 1 - Double($0.probabilities[$0.truth]) }.sorted()
    let rank = Int((Double(scores.count + 1) * promised).rounded(.up))
    largestScore = rank > scores.count ? 1 : scores[max(rank - 1, 0)]
  }

  /// Whether there were enough photos to promise so much.
  var isPossible: Bool { (Double(photos + 1) * promised).rounded(.up) <= Double(photos) }

  /// The classes that a photo may be of, the most probable first; never none: the most probable is in it.
  public func classes(_ probabilities: [Float]) -> [Int] {
    let order = probabilities.indices.sorted {
      (probabilities[$1], $0) < (probabilities[$0], $1)
    }
    let count = order.prefix { 1 - Double(probabilities[$0]) <= largestScore }.count
    return Array(order.prefix(max(count, 1)))
  }

  /// What sets did on photos.
  public struct Measurement: Codable, Hashable, Sendable {
    /// The share of sets that held the true class, `0...1`.
    public var coverage: Double
    /// Wilson's 95 % interval of `coverage`.
    public var interval: AccuracyInterval
    /// Classes in a set, on average.
    public var meanSize: Double
    /// The share of sets of one class.
    public var singles: Double
  }

  /// - Parameter rows: of photos that the limit does not come from; at least one.
  public func measured(on rows: [PredictionRow]) -> Measurement {
    Measurement(rows.map(outcome))
  }

  /// How large a photo's set is, and whether it holds the true class; `classes` without their order.
  fileprivate func outcome(_ row: PredictionRow) -> (size: Int, holds: Bool) {
    let size = row.probabilities.count { 1 - Double($0) <= largestScore }
    guard size > 0 else { return (1, row.isCorrect) }
    return (size, 1 - Double(row.probabilities[row.truth]) <= largestScore)
  }
}

extension ConformalSets.Measurement {
  /// Of sets by limits that come from other photos: each fifth has that of the other four.
  /// - Parameters:
  ///   - promised: how often a set is to hold the true class, `0..<1`.
  ///   - rows: of photos that the classifier has not learnt from.
  /// - Returns: `nil` where there are too few photos to promise so much.
  public init?(promised: Double, crossFittedBy rows: [PredictionRow]) {
    var sets: [(size: Int, holds: Bool)] = []
    for part in CrossFitting.parts(rows) {
      let limit = ConformalSets(promised: promised, calibratedBy: part.choosing)
      guard limit.isPossible else { return nil }
      sets += part.measured.map(limit.outcome)
    }
    guard !sets.isEmpty else { return nil }
    self.init(sets)
  }

  fileprivate init(_ sets: [(size: Int, holds: Bool)]) {
    let held = sets.count(where: \.holds)
    self.init(
      coverage: ratio(held, sets.count),
      interval: AccuracyInterval(successes: held, trials: sets.count),
      meanSize: mean(sets.map { Double($0.size) }),
      singles: ratio(sets.count { $0.size == 1 }, sets.count))
  }
}
