import Foundation

extension ClassificationMetrics {
  /// Measures `rows` of photos that may have any number of classes.
  ///
  /// Definitions are scikit-learn's for indicator matrices, with 0 for 0/0; `meanAveragePrecision` is the mean over
  /// the classes that photos have, for the others have none.
  /// - Parameters:
  ///   - split: the split's name as the report shows it.
  ///   - usedForSelection: whether training chose something by these photos.
  ///   - trainedOn: how many of `rows` the weights that made the predictions were trained on.
  ///   - classes: the names of the classes, in the order of the indices that `rows` use.
  ///   - rows: one for each photo that was classified, with `truths`.
  ///   - thresholds: one for each row where they are cross-fitted, else one for all.
  ///   - skipped: files of the split that could not be read.
  /// - Throws: `EvaluationError` if there is no row or a probability is not a number.
  public init(
    split: String, usedForSelection: Bool, trainedOn: Int = 0, classes: [String],
    rows: [PredictionRow], thresholds: [ClassThresholds], skipped: [SkippedFile] = []
  ) throws(EvaluationError) {
    precondition(
      thresholds.count == 1 || thresholds.count == rows.count,
      "thresholds for all rows, or for each")
    try Self.check(rows, classes: classes, split: split, skipped: skipped.count)
    let decisions = Decisions(rows, thresholds, classes: classes)
    let calibration = Calibration(rows.flatMap(\.decisions))
    let commonest = Dictionary(grouping: rows, by: \.truths).values.map(\.count).max() ?? 0
    let table = decisions.perClass

    self.split = split
    self.usedForSelection = usedForSelection
    self.trainedOn = trainedOn
    images = rows.count
    correct = decisions.exact
    self.skipped = skipped
    accuracy = ratio(decisions.exact, rows.count)
    accuracyInterval = AccuracyInterval(successes: decisions.exact, trials: rows.count)
    top5Accuracy =
      classes.count < 5 ? 1 : ratio(rows.count(where: \.hasTruthsInTopFive), rows.count)
    balancedAccuracy = mean(table.filter { $0.support > 0 }.map(\.recall))
    macroF1 = mean(table.map(\.f1))
    majorityAccuracy = ratio(commonest, rows.count)
    logLoss = Self.binaryLogLoss(rows)
    expectedCalibrationError = calibration.expectedError
    meanConfidence = calibration.meanConfidence
    reliability = calibration.bins
    self.classes = classes
    confusionMatrix = []
    perClass = table
    multiLabel = MultiLabel(
      decisions, photos: rows.count, thresholdsAreCrossFitted: thresholds.count > 1)
  }

  /// The mean over rows and classes of −ln(probability of what is true of the class), each at least 2⁻⁵².
  package static func binaryLogLoss(_ rows: [PredictionRow]) -> Double {
    mean(
      rows.flatMap(\.decisions).map { decision in
        let probability = Double(decision.probability)
        return -log(min(max(decision.isTrue ? probability : 1 - probability, .ulpOfOne), 1))
      })
  }
}

/// What rows say of each class, beside what is true.
private struct Decisions {
  let perClass: [ClassificationMetrics.PerClass]
  /// Photos that have exactly the classes that are named.
  let exact: Int
  /// For each class, the photos that it is rightly named for, is named for, and that have it.
  let right, named, support: [Int]

  init(_ rows: [PredictionRow], _ thresholds: [ClassThresholds], classes: [String]) {
    var (right, named) = (
      [Int](repeating: 0, count: classes.count), [Int](repeating: 0, count: classes.count)
    )
    var support = right
    var exact = 0
    for (place, row) in rows.enumerated() {
      let own = ClassThresholds.of(place, in: thresholds).named(row.probabilities)
      let truths = row.truths ?? []
      if own == truths { exact += 1 }
      for index in own { named[index] += 1 }
      for index in truths { support[index] += 1 }
      for index in own where truths.contains(index) { right[index] += 1 }
    }
    perClass = classes.indices.map { index in
      ClassificationMetrics.PerClass(
        class: classes[index], precision: ratio(right[index], named[index]),
        recall: ratio(right[index], support[index]),
        f1: ratio(2 * right[index], support[index] + named[index]), support: support[index],
        averagePrecision: RankingCurves(of: index, rows)?.averagePrecision,
        threshold: mean(thresholds.map { $0.values[index] }))
    }
    (self.right, self.named, self.support, self.exact) = (right, named, support, exact)
  }
}

extension ClassificationMetrics.MultiLabel {
  fileprivate init(_ decisions: Decisions, photos: Int, thresholdsAreCrossFitted: Bool) {
    let (right, named) = (decisions.right.sum, decisions.named.sum)
    let support = decisions.support.sum
    self.init(
      meanAveragePrecision: mean(decisions.perClass.compactMap(\.averagePrecision)),
      microPrecision: ratio(right, named), microRecall: ratio(right, support),
      microF1: ratio(2 * right, support + named),
      hammingLoss: ratio(support + named - 2 * right, photos * decisions.perClass.count),
      thresholdsAreCrossFitted: thresholdsAreCrossFitted)
  }
}

extension [Int] {
  fileprivate var sum: Int { reduce(0, +) }
}

extension PredictionRow {
  /// The probability of each class, and whether it is there.
  fileprivate var decisions: [(probability: Float, isTrue: Bool)] {
    let truths = Set(truths ?? [])
    return probabilities.enumerated().map { ($1, truths.contains($0)) }
  }

  /// Whether all true classes are among the five most probable, equal ones by their index.
  fileprivate var hasTruthsInTopFive: Bool {
    let order = probabilities.indices.sorted {
      probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
    }
    return Set(order.prefix(5)).isSuperset(of: truths ?? [])
  }
}
