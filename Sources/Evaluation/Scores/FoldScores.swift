/// How the rounds of a cross-validation differ: each has measured the photos that its weights had not seen.
///
/// Their spread is no interval of the accuracy of all: any two rounds have learnt from
/// mostly the same photos (Bengio and Grandvalet 2004).
public struct FoldScores: Codable, Hashable, Sendable {
  /// One round.
  public struct Fold: Codable, Hashable, Sendable {
    /// From 1.
    public var number: Int
    /// How many photos it measured, and how many of them were right.
    public var images, correct: Int
    /// `0...1`.
    public var accuracy: Double
    /// Wilson's 95 % interval of `accuracy`.
    public var interval: AccuracyInterval
  }

  /// By their numbers; at least two.
  public var folds: [Fold]
  /// How many photos all rounds have measured.
  public var images: Int
  /// The share of these that were right, `0...1`.
  public var accuracy: Double
  /// Wilson's 95 % interval of `accuracy`.
  public var interval: AccuracyInterval
  /// The mean of the rounds' accuracies, each round alike.
  public var meanAccuracy: Double
  /// The standard deviation of the rounds' accuracies, with n − 1.
  public var standardDeviation: Double
  /// The standard deviation that chance alone would give: if each photo were right with the probability of all.
  public var byChance: Double

  /// - Parameters:
  ///   - rows: what was predicted.
  ///   - areRight: of each row whether it counts as right; `nil`: whether its class is the predicted one.
  /// - Returns: `nil` where the rows are not of several rounds, or some of none.
  public init?(_ rows: [PredictionRow], areRight: [Bool]? = nil) {
    var counts: [Int: (images: Int, correct: Int)] = [:]
    for (place, row) in rows.enumerated() {
      guard let fold = row.fold else { return nil }
      let isRight = areRight?[place] ?? row.isCorrect
      counts[fold, default: (0, 0)].images += 1
      if isRight { counts[fold, default: (0, 0)].correct += 1 }
    }
    guard counts.count > 1 else { return nil }
    folds = counts.sorted { $0.key < $1.key }.map { number, count in
      Fold(
        number: number, images: count.images, correct: count.correct,
        accuracy: ratio(count.correct, count.images),
        interval: AccuracyInterval(successes: count.correct, trials: count.images))
    }
    let accuracies = folds.map(\.accuracy)
    let mean = mean(accuracies)
    meanAccuracy = mean
    let squares = accuracies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardDeviation = (squares / Double(accuracies.count - 1)).squareRoot()
    let correct = folds.reduce(0) { $0 + $1.correct }
    let all = ratio(correct, rows.count)
    images = rows.count
    accuracy = all
    interval = AccuracyInterval(successes: correct, trials: rows.count)
    let inverse = folds.reduce(0) { $0 + 1 / Double($1.images) } / Double(folds.count)
    byChance = (all * (1 - all) * inverse).squareRoot()
  }
}
