import Evaluation
import Foundation
import Testing

/// Predictions that a formula makes, and what scikit-learn says of them.
struct GoldenCase: CustomTestStringConvertible {
  let name: String
  let photos, classes: Int
  /// Photos are of the first so many classes.
  let occurring: Int
  /// Weights take so many values; few make ties.
  let levels: Int
  /// By how much the true class's weight is raised.
  let lift: Int
  let accuracy, balancedAccuracy, matthews: Double
  let kappa: Double?
  let logLoss, brier: Double
  let macro, micro, weighted, f1: [Double]
  let rocAreas, averagePrecisions: [Double?]
  /// The points of each class's curves, of cases of few photos: false positive rates and recalls, recalls and precisions.
  let roc, precisionRecall: [[[Double]]?]
  /// What the curves say of 5 % of the others, and of 80 % of the class.
  let atFive, atEighty: [Double?]
  /// The means of the curves, at every twentieth place of the grid.
  let rocOnGrid, precisionOnGrid: [Double]
  let topTwo: Double

  var testDescription: String { name }

  var rows: [PredictionRow] {
    (0..<photos).map { photo in
      let truth = (photo * photo + photo / 3) % occurring
      var weights = (0..<classes).map { 1 + weight(photo, $0) }
      weights[truth] = max(weights[truth] + lift, 1)
      let sum = Float(weights.reduce(0, +))
      return PredictionRow(
        path: "\(photo).jpg", truth: truth, probabilities: weights.map { Float($0) / sum })
    }
  }

  private func weight(_ photo: Int, _ index: Int) -> Int {
    var mixed =
      UInt64(photo) &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index) &* 0xbf58_476d_1ce4_e5b9
      &+ 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 29
    mixed &*= 0xbf58_476d_1ce4_e5b9
    return Int(mixed >> 40) % levels
  }
}

private func isNear(_ value: Double?, _ expected: Double?) -> Bool {
  guard let value, let expected else { return value == nil && expected == nil }
  return abs(value - expected) <= 1e-9
}

private func areNear(_ value: AveragedScores, _ expected: [Double]) -> Bool {
  zip([value.precision, value.recall, value.f1], expected).allSatisfy { isNear($0, $1) }
}

@Suite struct ScikitLearnFigures {
  @Test("figures of all classes are scikit-learn's", arguments: metricGoldens)
  func figures(_ golden: GoldenCase) throws {
    let rows = golden.rows
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: (0..<golden.classes).map { "\($0)" },
      rows: rows)
    let counts = ClassCounts.all(metrics.confusionMatrix)
    let agreement = Agreement(counts)
    #expect(isNear(metrics.accuracy, golden.accuracy))
    #expect(isNear(metrics.balancedAccuracy, golden.balancedAccuracy))
    #expect(isNear(metrics.logLoss, golden.logLoss))
    #expect(isNear(agreement.matthews, golden.matthews))
    #expect(isNear(agreement.kappa, golden.kappa))
    #expect(isNear(ProbabilityScores.brier(rows), golden.brier))
    #expect(isNear(ProbabilityScores.topAccuracy(2, rows), golden.topTwo))
    #expect(areNear(.macro(counts), golden.macro))
    #expect(areNear(.micro(counts), golden.micro))
    #expect(areNear(.weighted(counts), golden.weighted))
    #expect(isNear(metrics.macroF1, golden.macro[2]))
    for (index, expected) in golden.f1.enumerated() { #expect(isNear(counts[index].f1, expected)) }
  }

  @Test("areas under the curves of each class are scikit-learn's", arguments: metricGoldens)
  func areas(_ golden: GoldenCase) throws {
    let rows = golden.rows
    for index in 0..<golden.classes {
      let curves = RankingCurves(of: index, rows)
      #expect(isNear(curves?.rocArea, golden.rocAreas[index]))
      #expect(isNear(curves?.averagePrecision, golden.averagePrecisions[index]))
      guard let last = curves?.points.last else { continue }
      #expect(last.recall == 1)
      #expect(last.falsePositiveRate == (golden.rocAreas[index] == nil ? 0 : 1))
    }
  }
}

private func areNear(_ values: [Double], _ expected: [Double]) -> Bool {
  values.count == expected.count && zip(values, expected).allSatisfy { isNear($0, $1) }
}

@Suite struct DrawnCurves {
  private static func names(_ count: Int) -> [String] { (0..<count).map { "\($0)" } }

  @Test(
    "the points of curves, and what is said of them, are scikit-learn's", arguments: metricGoldens)
  func points(_ golden: GoldenCase) throws {
    let diagram = RankingDiagram(golden.rows, classes: Self.names(golden.classes))
    #expect((diagram == nil) == golden.rocAreas.allSatisfy { $0 == nil })
    for curves in diagram?.classes ?? [] {
      let index = curves.index
      let summary = curves.summary
      #expect(isNear(summary.rocArea, golden.rocAreas[index]))
      #expect(isNear(summary.averagePrecision, golden.averagePrecisions[index]))
      #expect(isNear(summary.recallAtFivePercent, golden.atFive[index]))
      #expect(isNear(summary.precisionAtEightyPercent, golden.atEighty[index]))
      guard !golden.roc.isEmpty else { continue }
      let (roc, precision) = try (
        #require(golden.roc[index]), #require(golden.precisionRecall[index])
      )
      #expect(areNear(curves.roc.falsePositiveRate, roc[0]) && areNear(curves.roc.recall, roc[1]))
      #expect(areNear(curves.precisionRecall.recall, precision[0]))
      #expect(areNear(curves.precisionRecall.precision, precision[1]))
    }
  }

  @Test(
    "the mean curve is that of scikit-learn's, and only two classes have none",
    arguments: metricGoldens)
  func mean(_ golden: GoldenCase) throws {
    let diagram = RankingDiagram(golden.rows, classes: Self.names(golden.classes))
    let mean = diagram?.mean
    #expect((mean == nil) == (golden.rocAreas.count { $0 != nil } < 3))
    guard let mean else { return }
    func some(_ values: [Double]) -> [Double] {
      stride(from: 0, to: 201, by: 20).map { values[$0] }
    }
    #expect(areNear(some(mean.roc.recall), golden.rocOnGrid))
    #expect(areNear(some(mean.precisionRecall.precision), golden.precisionOnGrid))
    let areas = golden.rocAreas.compactMap(\.self)
    #expect(isNear(mean.summary.rocArea, areas.reduce(0, +) / Double(areas.count)))
  }

  @Test(
    "of two classes the rarer one is drawn, of more than five the four with the lowest average precision"
  )
  func choice() throws {
    let two = [0, 0, 1, 0, 0].enumerated().map {
      PredictionRow(path: "\($0)", truth: $1, probabilities: [0.5, 0.5])
    }
    let rarer = try #require(RankingDiagram(two, classes: ["often", "rare"]))
    #expect(rarer.classes.map(\.class) == ["rare"] && rarer.mean == nil)
    #expect(rarer.classes[0].roc.recall == [0, 1])
    let alike = try #require(RankingDiagram(Array(two[2...3]), classes: ["first", "second"]))
    #expect(alike.classes.map(\.class) == ["second"])
    #expect(RankingDiagram(Array(two[3...]), classes: ["all", "none"]) == nil)

    let many = calibratedRows(300, classes: 8, seed: 5)
    let names = Self.names(8)
    let drawn = try #require(RankingDiagram(many, classes: names))
    let precisions = names.indices.map { RankingCurves(of: $0, many)?.averagePrecision ?? 0 }
    let lowest = names.indices.sorted { precisions[$0] < precisions[$1] }.prefix(4)
    #expect(drawn.classes.map(\.index) == Array(lowest) && drawn.mean?.classes == 8)
  }

  @Test(
    "curves of very many photos keep a thousand of their points, the first and the last among them")
  func many() throws {
    let rows = calibratedRows(9000, classes: 2, seed: 4, sharpness: 1)
    let curves = try #require(RankingDiagram(rows, classes: ["a", "b"])?.classes.first)
    let all = try #require(RankingCurves(of: curves.index, rows))
    #expect(all.points.count > 3000 && curves.roc.recall.count == 1001)
    #expect(curves.roc.recall.last == 1 && curves.roc.falsePositiveRate.last == 1)
    let kept = Set(all.points.map { [$0.falsePositiveRate, $0.recall] } + [[0, 0]])
    #expect(
      zip(curves.roc.falsePositiveRate, curves.roc.recall).allSatisfy { kept.contains([$0, $1]) })
    #expect(curves.precisionRecall.recall.count == 1000 && curves.precisionRecall.recall.last == 1)
  }
}

@Suite struct Rounds {
  @Test("rounds of a cross-validation are measured one by one, and together")
  func folds() throws {
    var rows = (0..<10).map { photo in
      PredictionRow(path: "\(photo)", truth: 0, probabilities: photo < 7 ? [1, 0] : [0, 1])
    }
    #expect(FoldScores(rows) == nil)
    for place in rows.indices { rows[place].fold = 1 + place % 2 }
    let scores = try #require(FoldScores(rows))
    #expect(scores.folds.map(\.correct) == [4, 3] && scores.folds.map(\.images) == [5, 5])
    #expect(abs(scores.meanAccuracy - 0.7) < 1e-12 && abs(scores.accuracy - 0.7) < 1e-12)
    #expect(scores.images == 10 && scores.interval == AccuracyInterval(successes: 7, trials: 10))
    #expect(abs(scores.standardDeviation - 0.02.squareRoot()) < 1e-12)
    #expect(abs(scores.byChance - (0.7 * 0.3 / 5).squareRoot()) < 1e-12)
    #expect(FoldScores(rows, areRight: rows.map { _ in true })?.meanAccuracy == 1)
    rows[0].fold = nil
    #expect(FoldScores(rows) == nil, "a photo of no round")
  }
}

/// Predictions of a classifier whose probabilities are right: the class is drawn from them.
private func calibratedRows(_ count: Int, classes: Int, seed: UInt64, sharpness: Double = 2)
  -> [PredictionRow]
{
  var random = SplitMix(state: seed)
  return (0..<count).map { photo in
    let logits = (0..<classes).map { _ in sharpness * log(random.uniform() / (1 - random.uniform()))
    }
    let top = logits.max() ?? 0
    let weights = logits.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    let probabilities = weights.map { Float($0 / sum) }
    var drawn = Float(random.uniform())
    let truth =
      probabilities.firstIndex {
        drawn -= $0
        return drawn < 0
      } ?? classes - 1
    return PredictionRow(path: "\(photo)", truth: truth, probabilities: probabilities)
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
  }
  /// Neither 0 nor 1.
  mutating func uniform() -> Double { (Double(next() >> 12) + 0.5) * 0x1p-52 }
}

@Suite struct Uncertainty {
  @Test("intervals by repeated drawing are as wide as the binomial's, and hold the figure")
  func bootstrap() throws {
    let rows = calibratedRows(400, classes: 5, seed: 3)
    let intervals = BootstrapIntervals(rows, classes: 5)
    let accuracy = ClassificationMetrics.accuracy(rows)
    let binomial = 2 * 1.96 * (accuracy * (1 - accuracy) / 400).squareRoot()
    let width = intervals.accuracy.upper - intervals.accuracy.lower
    #expect(abs(width / binomial - 1) < 0.12)
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["a", "b", "c", "d", "e"], rows: rows)
    for (interval, figure) in [
      (intervals.accuracy, accuracy), (intervals.logLoss, metrics.logLoss),
      (intervals.macroF1, metrics.macroF1), (intervals.balancedAccuracy, metrics.balancedAccuracy),
    ] {
      #expect(interval.lower < figure && figure < interval.upper)
    }
    #expect(intervals == BootstrapIntervals(rows, classes: 5))
  }

  @Test(
    "the debiased calibration error of a calibrated classifier is near 0, whatever its few photos add to the plain one"
  )
  func debiased() {
    let rows = (0..<20).map { calibratedRows(150, classes: 4, seed: UInt64($0)) }
    let debiased = rows.map { ProbabilityScores.debiasedCalibrationError($0) }
    let plain = rows.map { Calibration($0).expectedError }
    #expect(mean(debiased) < mean(plain) / 2)
    let tooSure = rows.map { $0.map(\.sharpened) }
    #expect(mean(tooSure.map { ProbabilityScores.debiasedCalibrationError($0) }) > 0.1)
  }

  @Test(
    "conformal sets hold the true class as often as promised, over twenty divisions, also of a classifier that is too sure",
    arguments: [0.8, 0.9, 0.95])
  func conformal(promised: Double) {
    var coverages: [Double] = []
    for division in 0..<20 {
      let rows = calibratedRows(1200, classes: 6, seed: UInt64(100 + division)).map(\.sharpened)
      let sets = ConformalSets(promised: promised, calibratedBy: Array(rows[..<400]))
      coverages.append(sets.measured(on: Array(rows[400...])).coverage)
    }
    // Beta distributed around the promise with 400 photos; the mean of twenty is within 3 of its errors.
    let error = (promised * (1 - promised) / 400 + promised * (1 - promised) / 800).squareRoot()
    #expect(coverages.allSatisfy { abs($0 - promised) < 4 * error })
    #expect(abs(mean(coverages) - promised) < 3 * error / 20.0.squareRoot())
  }

  @Test("with too few photos to promise so much every class is in the set")
  func tooFew() {
    let rows = calibratedRows(10, classes: 6, seed: 1)
    let sets = ConformalSets(promised: 0.95, calibratedBy: rows)
    #expect(sets.classes(rows[0].probabilities).count == 6)
  }

  @Test("a set is never empty and names the most probable class first")
  func sets() {
    let rows = [
      PredictionRow(path: "", truth: 0, probabilities: [0.9, 0.1, 0]),
      PredictionRow(path: "", truth: 0, probabilities: [0.8, 0.1, 0.1]),
      PredictionRow(path: "", truth: 1, probabilities: [0.3, 0.7, 0]),
    ]
    let sets = ConformalSets(promised: 0.5, calibratedBy: rows)
    #expect(sets.classes([0.35, 0.25, 0.4]) == [2])
    #expect(sets.classes([0.1, 0.85, 0.05]) == [1])
    #expect(ConformalSets(promised: 0.75, calibratedBy: rows).classes([0.25, 0.72, 0.03]) == [1])
  }

  @Test("the lowest threshold that gives the wanted precision answers the largest share")
  func answered() {
    let confidences: [(Float, Bool)] = [
      (0.99, true), (0.98, true), (0.97, false), (0.9, true), (0.9, true), (0.8, true),
      (0.7, false),
    ]
    let rows = confidences.map { confidence, isRight in
      PredictionRow(
        path: "", truth: isRight ? 0 : 1, probabilities: [confidence, 1 - confidence])
    }
    let share = AnsweredShare(wantedPrecision: 0.8, choosingBy: rows)
    #expect(share.threshold == Double(Float(0.8)))
    #expect(share.coverage == 6.0 / 7 && share.precision == 5.0 / 6)
    let all = AnsweredShare(wantedPrecision: 0.7, choosingBy: rows)
    #expect(all.coverage == 1)
    let none = AnsweredShare(wantedPrecision: 0.9, choosingBy: Array(rows[2...2]))
    #expect(none.threshold == nil && none.coverage == 0 && none.precision == nil)
    #expect(share.measured(on: Array(rows[2...3])).precision == 0.5)
  }

  @Test("labels that were changed on purpose are the first suspects")
  func suspects() {
    var rows = calibratedRows(400, classes: 5, seed: 9, sharpness: 6)
    let changed = Set((0..<20).map { $0 * 20 })
    for index in changed { rows[index].truth = (rows[index].truth + 1) % 5 }
    let found = LabelSuspects(rows, classes: 5)
    let first = found.suspects.prefix(30).map { Int($0.path) ?? -1 }
    #expect(changed.intersection(first).count >= 16)
    #expect(found.suspects.allSatisfy { $0.suggested != $0.label })
  }
}

extension PredictionRow {
  /// The same with logits twice as large: too sure.
  fileprivate var sharpened: PredictionRow {
    let squares = probabilities.map { $0 * $0 }
    let sum = squares.reduce(0, +)
    return PredictionRow(path: path, truth: truth, probabilities: squares.map { $0 / sum })
  }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
