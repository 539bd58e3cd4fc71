import Evaluation
import Foundation
import TestSupport
import Testing

@Suite("Metrics of photos with any number of labels")
struct MultiLabelMetricsTests {
  static let classes = ["ant", "bee", "cow", "dog", "emu"]
  static let thresholds = ClassThresholds([0.5, 0.25, 0.7, 0.4, 0.5])

  /// Drawn as `multi_label_goldens.py` draws them.
  static func rows(_ count: Int = 40) -> [PredictionRow] {
    var numbers = LinearNumbers()
    let shares = [0.5, 0.3, 0.2, 0.1, -1]
    let truths = (0..<40).map { _ in
      zip(numbers.values(5), shares).map { $0 < $1 }
    }
    return truths.prefix(count).enumerated().map { photo, truths in
      let probabilities = truths.map { isThere in
        let value = min(max(0.6 * numbers.next() + (isThere ? 0.35 : 0), 0), 1)
        return Float((64 * value).rounded(.down) / 64)
      }
      return PredictionRow(
        path: "\(photo).jpg", truths: truths.indices.filter { truths[$0] },
        probabilities: probabilities)
    }
  }

  static func metrics(
    _ rows: [PredictionRow] = Self.rows(), _ thresholds: [ClassThresholds] = [Self.thresholds]
  ) throws -> ClassificationMetrics {
    try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: classes, rows: rows, thresholds: thresholds)
  }

  private func isSame(_ own: Double?, _ golden: Double?) -> Bool {
    guard let own, let golden else { return own == nil && golden == nil }
    return abs(own - golden) < 1e-12
  }

  @Test("each is the same as scikit-learn's")
  func goldens() throws {
    let metrics = try Self.metrics()
    let own = try #require(metrics.multiLabel)
    typealias Golden = MultiLabelGoldens
    for (index, row) in metrics.perClass.enumerated() {
      #expect(isSame(row.averagePrecision, Golden.averagePrecision[index]), "\(row)")
      #expect(isSame(row.precision, Golden.precision[index]), "\(row)")
      #expect(isSame(row.recall, Golden.recall[index]), "\(row)")
      #expect(isSame(row.f1, Golden.f1[index]), "\(row)")
    }
    #expect(isSame(own.meanAveragePrecision, Golden.meanAveragePrecision))
    #expect(isSame(metrics.macroF1, Golden.macroF1))
    #expect(isSame(own.microF1, Golden.microF1))
    #expect(isSame(own.microPrecision, Golden.microPrecision))
    #expect(isSame(own.microRecall, Golden.microRecall))
    #expect(isSame(own.hammingLoss, Golden.hammingLoss))
    #expect(isSame(metrics.accuracy, Golden.accuracy))
    #expect(isSame(metrics.logLoss, Golden.logLoss))
    #expect(metrics.perClass.map(\.threshold) == Self.thresholds.values)
    #expect(metrics.confusionMatrix.isEmpty && !own.thresholdsAreCrossFitted)
  }

  @Test("what a photo's own thresholds name is what is measured")
  func ownThresholds() throws {
    let rows = Self.rows()
    let never = ClassThresholds([2, 2, 2, 2, 2])
    let metrics = try Self.metrics(rows, rows.map { _ in never })
    let without = rows.count { $0.truths == [] }
    #expect(metrics.correct == without && metrics.macroF1 == 0)
    #expect(metrics.multiLabel?.thresholdsAreCrossFitted == true)
    let known = try #require(metrics.multiLabel?.meanAveragePrecision)
    #expect(isSame(known, MultiLabelGoldens.meanAveragePrecision))
  }

  @Test("a certain mistake costs a finite loss, and a number that is none is refused")
  func extremes() throws {
    let sure = PredictionRow(path: "a", truths: [0], probabilities: [0, 1, 0, 0, 0])
    let loss = try Self.metrics([sure]).logLoss
    #expect(abs(loss - 2 * 52 * log(2) / 5) < 1e-9)
    let broken = PredictionRow(path: "b", truths: [], probabilities: [0, .nan, 0, 0, 0])
    #expect(throws: EvaluationError.self) { try Self.metrics([broken]) }
    #expect(throws: EvaluationError.self) { try Self.metrics([]) }
  }

  @Test("the page and the JSON say what was there and what was named, and no matrix")
  func report() throws {
    let rows = Self.rows()
    let metrics = try Self.metrics()
    let report = EvaluationReport(
      metrics, rows: rows, thresholds: [Self.thresholds], provenance: .init(base: "tiny"))
    #expect(report.wrongPhotos.count == min(24, metrics.images - metrics.correct))
    for photo in report.wrongPhotos {
      #expect(photo.truths != photo.named)
      #expect(photo.named == Self.thresholds.named(photo.probabilities))
    }
    let page = try report.html()
    #expect(page.contains("Photos with exactly their labels") && page.contains("<dt>mAP</dt>"))
    #expect(
      page.contains("<th scope=\"col\">AP</th><th scope=\"col\">Threshold</th>")
        && !page.contains("Confusion matrix"))
    #expect(page.contains("how often classes are there, by their probability"))
    let json = try JSONSerialization.jsonObject(with: Data(report.json().utf8)) as? [String: Any]
    let object = try #require(json)
    #expect(
      (object["multiLabel"] as? [String: Any])?["hammingLoss"] as? Double
        == metrics.multiLabel?.hammingLoss)
    let mistakes = try #require(object["mistakes"] as? [[String: Any]])
    #expect(mistakes.first?["named"] as? [Int] == report.wrongPhotos.first?.named)
  }

  @Test("rows come back from their lines")
  func lines() throws {
    let rows = Self.rows()
    let text = try PredictionRow.jsonLines(rows)
    #expect(try PredictionRow.rows(jsonLines: Data(text.utf8)) == rows)
  }
}

@Suite("Thresholds of labels")
struct ClassThresholdTests {
  /// Rows of one class.
  private func rows(_ photos: [(Float, Bool)]) -> [PredictionRow] {
    photos.map { PredictionRow(path: "", truths: $1 ? [0] : [], probabilities: [$0]) }
  }

  @Test("no other threshold has a better F1")
  func best() throws {
    let rows = MultiLabelMetricsTests.rows()
    let chosen = ClassThresholds(choosingBy: rows, classes: 5)
    func f1(_ index: Int, _ threshold: Double) throws -> Double {
      var values = chosen.values
      values[index] = threshold
      return try MultiLabelMetricsTests.metrics(rows, [ClassThresholds(values)]).perClass[index].f1
    }
    for index in 0..<4 {
      let own = try f1(index, chosen.values[index])
      for step in 0...64 { #expect(try f1(index, Double(step) / 64) <= own) }
    }
    #expect(chosen.values[4] == 0.5 && chosen.undecided == [4])
  }

  @Test(
    "lies between the photos that it tells apart, at one half where that does as well",
    arguments: [
      ([(0.9, true), (0.8, true), (0.75, true), (0.25, false), (0.1, false), (0, false)], 0.5),
      ([(0.4, true), (0.35, true), (0.3, true), (0.2, false), (0.1, false), (0, false)], 0.25),
      ([(0.9, true), (0.8, true), (0.75, true), (0.7, false), (0.6, false), (0.65, false)], 0.725),
      // Equal ones stay together: all six or none.
      ([(0.4, true), (0.4, true), (0.4, true), (0.4, false), (0.4, false), (0.4, false)], 0.2),
    ] as [([(Float, Bool)], Double)])
  func place(photos: [(Float, Bool)], threshold: Double) {
    let chosen = ClassThresholds(choosingBy: rows(photos), classes: 1)
    #expect(abs(chosen.values[0] - threshold) < 1e-6)
  }

  @Test("two photos with a class, or without it, choose nothing")
  func tooFew() {
    let some: [(Float, Bool)] = [
      (0.1, true), (0.2, true), (0.3, false), (0.4, false), (0.1, false),
    ]
    for photos in [some, some.map { ($0.0, !$0.1) }] {
      #expect(ClassThresholds(choosingBy: rows(photos), classes: 1).undecided == [0])
    }
    #expect(ClassThresholds(choosingBy: [], classes: 2).values == [0.5, 0.5])
  }

  @Test("of cross-fitted ones no photo has chosen its own")
  func crossFitted() {
    let rows = MultiLabelMetricsTests.rows()
    let fitted = ClassThresholds.crossFitted(rows, classes: 5)
    for place in rows.indices {
      var others = rows
      others[place] = PredictionRow(path: "", truths: [0, 1, 2], probabilities: [0, 0, 0, 1, 1])
      #expect(ClassThresholds.crossFitted(others, classes: 5)[place] == fitted[place])
    }
    #expect(Set(fitted).count > 1)
  }
}
