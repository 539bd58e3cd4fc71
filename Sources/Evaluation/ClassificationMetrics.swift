import Files
import Foundation

/// Everything that is measured about a classifier on one split; its JSON is `finetune evaluate --json`.
///
/// Definitions are scikit-learn's, with every choice that data can force made explicit:
/// - the predicted class is the most probable one, of equal ones the lowest index;
/// - a class nobody was predicted as has precision 0, a class without photos recall 0, and F1 is 0
///   where it would be 0/0;
/// - balanced accuracy is the mean recall of classes that have photos; macro F1 is the mean over
///   classes that occur as truth or as prediction;
/// - log loss takes probabilities no smaller than 2⁻⁵², so that one certain mistake costs 36, not ∞.
///
/// Where a photo may have any number of classes, `multiLabel` says more, and a photo is right if all of its classes
/// are, and no others, named.
public struct ClassificationMetrics: Codable, Hashable, Sendable {
  /// How well one class is told from all others.
  public struct PerClass: Codable, Hashable, Sendable {
    /// The class's name.
    public var `class`: String
    /// All `0...1`.
    public var precision, recall, f1: Double
    /// How many photos truly are of this class.
    public var support: Int
    /// Of classes that do not exclude one another, and that photos have: the mean precision over all recalls (scikit-learn's
    /// `average_precision_score`), `0...1`.
    public var averagePrecision: Double?
    /// Of classes that do not exclude one another: the probability from which on they are named; of thresholds
    /// that differ from photo to photo the mean.
    public var threshold: Double?
  }

  /// What is measured where classes do not exclude one another.
  public struct MultiLabel: Codable, Hashable, Sendable {
    /// mAP: the mean of the average precisions of classes that photos have.
    public var meanAveragePrecision: Double
    /// Precision, recall and F1 of all decisions together, `0...1`.
    public var microPrecision, microRecall, microF1: Double
    /// The share of decisions, one for each photo and class, that are wrong.
    public var hammingLoss: Double
    /// Whether thresholds were chosen by other photos than those that they are used for, among the same.
    public var thresholdsAreCrossFitted: Bool
  }

  /// The split measured, such as `test` or `val`.
  public var split: String
  /// Whether training chose something by this split, which makes its figures optimistic.
  public var usedForSelection: Bool
  /// How many of the photos the weights were trained on; the figures are honest where it is 0.
  public var trainedOn: Int
  /// How many photos were classified, and how many of them correctly.
  public var images, correct: Int
  /// Files of the split that could not be read; no figure includes them.
  public var skipped: [SkippedFile]
  /// The share of photos classified correctly, `0...1`; with `multiLabel` of those with exactly their classes.
  public var accuracy: Double
  /// Wilson's 95 % confidence interval of `accuracy`.
  public var accuracyInterval: AccuracyInterval
  /// The share of photos whose class is, or all of whose classes are, among the five most probable; 1 under five
  /// classes.
  public var top5Accuracy: Double
  /// The mean recall of the classes that have photos: each class weighs the same, however many it
  /// has.
  public var balancedAccuracy: Double
  /// The mean F1 of the classes that occur as truth or as prediction; with `multiLabel` of all.
  public var macroF1: Double
  /// The accuracy of always answering the commonest class, or set of classes.
  public var majorityAccuracy: Double
  /// Mean of −ln(probability of the true class); with `multiLabel` of what is true of each class, over photos and
  /// classes.
  public var logLoss: Double
  /// Over 15 bins of equal width; see `Calibration`. With `multiLabel`, of each class's probability beside how often it
  /// is there.
  public var expectedCalibrationError: Double
  /// The mean probability of the predicted class; above `accuracy` where the model is too sure of
  /// itself. With `multiLabel`, of all classes.
  public var meanConfidence: Double
  /// What `expectedCalibrationError` sums up, bin by bin.
  public var reliability: [ReliabilityBin]
  /// Names, in the order of the indices.
  public var classes: [String]
  /// Photos by [true class][predicted class]; none where classes do not exclude one another.
  public var confusionMatrix: [[Int]]
  /// Precision, recall and F1 of each class, in the order of `classes`.
  public var perClass: [PerClass]
  /// Where a photo may have any number of classes.
  public var multiLabel: MultiLabel?

  /// Measures `rows`.
  /// - Parameters:
  ///   - split: the split's name as the report shows it, such as `test` or `val`.
  ///   - usedForSelection: whether training chose something by these photos, which makes the
  ///     figures optimistic.
  ///   - trainedOn: how many of `rows` the weights that made the predictions were trained on.
  ///   - classes: the names of the classes, in the order of the indices that `rows` use.
  ///   - rows: one for each photo that was classified, with one probability for each class.
  ///   - skipped: files of the split that could not be read; they are listed but count in no
  ///     figure.
  /// - Throws: `EvaluationError` if there is no row or a probability is not a number.
  public init(
    split: String, usedForSelection: Bool, trainedOn: Int = 0, classes: [String],
    rows: [PredictionRow], skipped: [SkippedFile] = []
  ) throws(EvaluationError) {
    try Self.check(rows, classes: classes, split: split, skipped: skipped.count)
    var matrix = [[Int]](
      repeating: [Int](repeating: 0, count: classes.count), count: classes.count)
    var inTopFive = 0
    for row in rows {
      matrix[row.truth][row.predicted] += 1
      if row.rankOfTruth < 5 { inTopFive += 1 }
    }
    let support = matrix.map { $0.reduce(0, +) }
    let predicted = classes.indices.map { column in matrix.reduce(0) { $0 + $1[column] } }
    let right = classes.indices.map { matrix[$0][$0] }
    let correct = right.reduce(0, +)
    let table = classes.indices.map { index in
      PerClass(
        class: classes[index],
        precision: ratio(right[index], predicted[index]),
        recall: ratio(right[index], support[index]),
        f1: ratio(2 * right[index], support[index] + predicted[index]),
        support: support[index])
    }
    let calibration = Calibration(rows)

    self.split = split
    self.usedForSelection = usedForSelection
    self.trainedOn = trainedOn
    self.images = rows.count
    self.correct = correct
    self.skipped = skipped
    self.accuracy = ratio(correct, rows.count)
    self.accuracyInterval = AccuracyInterval(successes: correct, trials: rows.count)
    self.top5Accuracy = classes.count < 5 ? 1 : ratio(inTopFive, rows.count)
    self.balancedAccuracy = mean(
      classes.indices.filter { support[$0] > 0 }.map { table[$0].recall })
    self.macroF1 = mean(
      classes.indices.filter { support[$0] + predicted[$0] > 0 }.map { table[$0].f1 })
    self.majorityAccuracy = ratio(support.max() ?? 0, rows.count)
    self.logLoss = Self.logLoss(rows)
    self.expectedCalibrationError = calibration.expectedError
    self.meanConfidence = calibration.meanConfidence
    self.reliability = calibration.bins
    self.classes = classes
    self.confusionMatrix = matrix
    self.perClass = table
  }

  /// The share of `rows` classified correctly; 0 without rows.
  public static func accuracy(_ rows: [PredictionRow]) -> Double {
    ratio(rows.count(where: \.isCorrect), rows.count)
  }

  /// The mean of −ln(probability of the true class), each probability at least 2⁻⁵²; 0 without rows.
  public static func logLoss(_ rows: [PredictionRow]) -> Double {
    mean(rows.map { -log(min(max(Double($0.probabilities[$0.truth]), .ulpOfOne), 1)) })
  }

  /// What has to be said before any figure where photos were trained on; `nil` where none was.
  public var trainedOnSentence: String? {
    guard trainedOn > 0 else { return nil }
    return
      "\(trainedOn) of \(images == 1 ? "this 1 photo" : "these \(images) photos") \(trainedOn == 1 ? "was" : "were") trained on; figures on them say little about"
      + " other photos"
  }

  static func check(
    _ rows: [PredictionRow], classes: [String], split: String, skipped: Int
  ) throws(EvaluationError) {
    if rows.isEmpty {
      throw EvaluationError(
        kind: .empty,
        sentence: "nothing to evaluate: the split '\(split)' has no readable photo"
          + (skipped > 0 ? " (\(skipped) skipped); see why with \(.inspect)" : ""))
    }
    for row in rows {
      precondition(row.probabilities.count == classes.count, "one probability per class")
      precondition(
        (row.truths ?? [row.truth]).allSatisfy(classes.indices.contains),
        "a true class that does not exist")
      if let index = row.probabilities.firstIndex(where: { !$0.isFinite }) {
        throw EvaluationError(
          kind: .notANumber,
          sentence: "'\(row.path)': the probability of '\(classes[index])' is"
            + " \(row.probabilities[index]), expected a number from 0 to 1;"
            + " did the training diverge? Try \(.lowerRate)")
      }
    }
  }
}

func ratio(_ part: Int, _ whole: Int) -> Double {
  whole > 0 ? Double(part) / Double(whole) : 0
}

func mean(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
}
