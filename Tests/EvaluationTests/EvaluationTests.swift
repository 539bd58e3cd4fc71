import Evaluation
import Foundation
import Testing

/// Eight predictions over three classes, worked out by hand.
private let classes = ["ant", "bee", "cat"]
private let rows: [PredictionRow] = [
  PredictionRow(path: "ant/1.jpg", truth: 0, probabilities: [0.7, 0.2, 0.1]),
  PredictionRow(path: "ant/2.jpg", truth: 0, probabilities: [0.4, 0.5, 0.1]),
  PredictionRow(path: "ant/3.jpg", truth: 0, probabilities: [0.6, 0.3, 0.1]),
  PredictionRow(path: "ant/4.jpg", truth: 0, probabilities: [0.4, 0.4, 0.2]),
  PredictionRow(path: "bee/1.jpg", truth: 1, probabilities: [0.1, 0.8, 0.1]),
  PredictionRow(path: "bee/2.jpg", truth: 1, probabilities: [0.3, 0.3, 0.4]),
  PredictionRow(path: "cat/1.jpg", truth: 2, probabilities: [0.2, 0.2, 0.6]),
  PredictionRow(path: "cat/2.jpg", truth: 2, probabilities: [0.25, 0.5, 0.25]),
]

private func measure(
  _ rows: [PredictionRow], classes: [String] = classes, usedForSelection: Bool = false
) throws -> ClassificationMetrics {
  try ClassificationMetrics(
    split: "test", usedForSelection: usedForSelection, classes: classes, rows: rows)
}

private func near(_ a: Double, _ b: Double, tolerance: Double = 1e-6) -> Bool {
  abs(a - b) <= tolerance
}

@Suite struct Metrics {
  @Test(
    "the confusion matrix counts [truth][prediction], equal probabilities going to the lower index")
  func confusion() throws {
    #expect(try measure(rows).confusionMatrix == [[3, 1, 0], [0, 1, 1], [0, 1, 1]])
  }

  @Test("every figure equals the one worked out by hand")
  func figures() throws {
    let metrics = try measure(rows)
    #expect(metrics.images == 8 && metrics.correct == 5)
    #expect(metrics.accuracy == 0.625)
    #expect(metrics.top5Accuracy == 1)
    #expect(near(metrics.balancedAccuracy, (0.75 + 0.5 + 0.5) / 3))
    #expect(near(metrics.macroF1, (6.0 / 7 + 0.4 + 0.5) / 3))
    #expect(metrics.majorityAccuracy == 0.5)
    // −(ln 0.7 + 3 ln 0.4 … ) / 8, term by term.
    let terms = [0.7, 0.4, 0.6, 0.4, 0.8, 0.3, 0.6, 0.25]
    #expect(near(metrics.logLoss, -terms.map { log($0) }.reduce(0, +) / 8))
    #expect(near(metrics.logLoss, 0.753040))
    // Bins (correct, Σ confidence): (1, 0.8), (0, 1), (2, 1.2), (1, 0.7), (1, 0.8).
    #expect(near(metrics.expectedCalibrationError, (0.2 + 1 + 0.8 + 0.3 + 0.2) / 8))
    #expect(near(metrics.meanConfidence, 4.5 / 8))
  }

  @Test(
    "precision, recall and F1 of a class",
    arguments: [(0, 1.0, 0.75, 6.0 / 7, 4), (1, 1.0 / 3, 0.5, 0.4, 2), (2, 0.5, 0.5, 0.5, 2)])
  func perClass(index: Int, precision: Double, recall: Double, f1: Double, support: Int) throws {
    let row = try measure(rows).perClass[index]
    #expect(row.class == classes[index])
    #expect(near(row.precision, precision) && near(row.recall, recall) && near(row.f1, f1))
    #expect(row.support == support)
  }

  @Test(
    "a class without photos counts in macro F1 only if it was predicted, never in balanced accuracy"
  )
  func absentClasses() throws {
    // Two photos of 'ant', one taken for 'bee'; 'cat' never occurs.
    let rows = [
      PredictionRow(path: "1", truth: 0, probabilities: [0.9, 0.1, 0]),
      PredictionRow(path: "2", truth: 0, probabilities: [0.1, 0.9, 0]),
    ]
    let metrics = try measure(rows)
    #expect(metrics.balancedAccuracy == 0.5)
    #expect(near(metrics.macroF1, (2.0 / 3 + 0) / 2))
    #expect(metrics.perClass[1].precision == 0 && metrics.perClass[1].recall == 0)
    #expect(metrics.perClass[2].f1 == 0 && metrics.perClass[2].support == 0)
  }

  @Test(
    "top-5 accuracy asks for the true class among the five likeliest, ties to the lower index",
    arguments: [(0, 1.0), (4, 1.0), (5, 0.0)])
  func topFive(truth: Int, expected: Double) throws {
    let even = [Float](repeating: 1 / 6, count: 6)
    let metrics = try measure(
      [PredictionRow(path: "1", truth: truth, probabilities: even)],
      classes: (0..<6).map { "class \($0)" })
    #expect(metrics.top5Accuracy == expected)
  }

  @Test("under five classes the top-5 accuracy is 1")
  func topFiveOfFew() throws {
    #expect(try measure([rows[1]]).top5Accuracy == 1)
  }

  @Test("a certain mistake has a finite log loss, a certain hit none")
  func clipping() throws {
    let metrics = try measure(
      [PredictionRow(path: "1", truth: 1, probabilities: [1, 0, 0])])
    #expect(near(metrics.logLoss, 36.0436533891))
    let hit = try measure([PredictionRow(path: "1", truth: 0, probabilities: [1, 0, 0])])
    #expect(hit.logLoss == 0 && hit.expectedCalibrationError == 0)
  }

  @Test("confidences on a bin's upper bound belong to it")
  func bins() {
    let calibration = Calibration(
      [
        PredictionRow(path: "1", truth: 0, probabilities: [0.5, 0.5]),
        PredictionRow(path: "2", truth: 0, probabilities: [0.75, 0.25]),
        PredictionRow(path: "3", truth: 0, probabilities: [1, 0]),
      ], bins: 4)
    #expect(calibration.bins.map(\.images) == [0, 1, 1, 1])
    #expect(calibration.bins[0].accuracy == nil)
    #expect(calibration.bins[1].confidence == 0.5)
  }

  @Test(
    "Wilson's interval",
    arguments: [(8, 10, 0.49016, 0.94331), (0, 10, 0, 0.27753), (10, 10, 0.72247, 1), (0, 0, 0, 1)])
  func interval(successes: Int, trials: Int, lower: Double, upper: Double) {
    let interval = AccuracyInterval(successes: successes, trials: trials)
    #expect(
      near(interval.lower, lower, tolerance: 1e-5) && near(interval.upper, upper, tolerance: 1e-5))
  }

  @Test("no photo at all is an error that names the split")
  func empty() {
    let error = #expect(throws: EvaluationError.self) { try measure([]) }
    #expect(error?.kind == .empty && error?.description.contains("'test'") == true)
  }

  @Test(
    "a probability that is not a number is an error that names the photo",
    arguments: [Float.nan, .infinity])
  func notANumber(value: Float) {
    let error = #expect(throws: EvaluationError.self) {
      try measure([PredictionRow(path: "bee/9.jpg", truth: 1, probabilities: [0.5, value, 0.5])])
    }
    #expect(error?.kind == .notANumber && error?.description.contains("bee/9.jpg") == true)
  }
}
