import Evaluation
import Foundation
import Testing

/// Pages for a browser to look at: `Tools/report-check.sh` names the folder that they are written to.
@Suite("Pages for a browser")
struct ReportPages {
  private static let folder = ProcessInfo.processInfo.environment["FINETUNE_PAGES"]

  /// Names that pages have broken on.
  private static let oddNames = [
    "<script>alert(1)</script>", "\u{600}<img src=x onerror=alert(1)>",
    "قطط وكلاب في الحديقة الجميلة", "🐈‍⬛🐕👩‍👩‍👧‍👦",
    String(repeating: "a_very_long_class_name_without_any_space", count: 3),
    "日本語の長いクラス名前です", "a \"quoted\" & 'name'",
  ]

  @Test(
    "of few classes and of many, with names of every kind",
    .enabled(if: folder != nil, "FINETUNE_PAGES names no folder"),
    arguments: [
      (1, 1, 0.0), (2, 153, 0.1), (12, 240, 0.08), (26, 520, 0.2), (60, 1200, 0.3),
      (1000, 50_000, 0.3),
    ])
  func write(classes count: Int, photos: Int, wrong: Double) throws {
    let folder = URL(filePath: try #require(Self.folder))
    let start = ContinuousClock.now
    let report = try Self.report(classes: max(count, 2), photos: photos, wrong: wrong)
    let page = Data(try report.html().utf8)
    try page.write(to: folder.appending(path: "page-\(count).html"))
    print(
      "\(count) classes, \(photos) photos: \(page.count) bytes in \(start.duration(to: .now))")
    #expect(page.count < 15_000_000)
  }

  private static func report(classes count: Int, photos: Int, wrong: Double) throws
    -> EvaluationReport
  {
    var random = SystemOfDraws(state: UInt64(count * 7919 + photos))
    let classes = (0..<count).map { $0 < oddNames.count ? oddNames[$0] : "class \($0)" }
    let rows = (0..<photos).map { index -> PredictionRow in
      let truth = index * count / photos
      var probabilities = (0..<count).map { _ in Float(0.2 * random.next() / Double(count)) }
      var said = truth
      if random.next() < wrong {
        said = random.next() < 0.5 ? (truth + 1) % count : Int(random.next() * Double(count))
      }
      probabilities[said] += Float(0.4 + 0.6 * random.next())
      let sum = probabilities.reduce(0, +)
      return PredictionRow(
        path: "\(classes[truth])/photo \(index).jpg", truth: truth,
        probabilities: probabilities.map { $0 / sum })
    }
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: count == 12, classes: classes, rows: rows,
      skipped: [SkippedFile(path: "\(oddNames[1])/x.jpg", reason: "truncated")])
    var report = EvaluationReport(
      metrics, rows: rows,
      provenance: .init(
        base: "mobilenetv2 1.0",
        baseDigest: "sha256:" + String(repeating: "0123456789abcdef", count: 4),
        plan: "adapt", seed: 7, data: "photos/\(oddNames[2])", versions: ["oneDNN": "2.6.3"]))
    report.story = story
    report.study = try study(count)
    for index in report.mistakes.indices where index % 5 != 4 {
      report.mistakes[index].thumbnail = onePixel
    }
    return report
  }

  /// Of photos that are more or less like those of the training.
  private static func study(_ classes: Int) throws -> FeatureStudy {
    func hits(_ right: Int) -> [Bool] { (0..<100).map { $0 < right } }
    let sizes = [30, 50, 65, 70].enumerated().map { index, right in
      LearningCurve.Size(photos: 10_000 << index, hits: [hits(right - 10), hits(right + 10)])
    }
    let curve = LearningCurve(classes < 26 ? sizes : Array(sizes.suffix(2)))
    let lead = Float(classes % 5) / 10
    let scores = (0..<200).map { index -> Float in
      let usual = Float(index % 10) / 10
      return index < 100 ? usual + lead : usual
    }
    return FeatureStudy(
      base: "mobilenetv2 1.0", trainingPhotos: 80_000, photos: 100, isCrossFitted: classes == 12,
      classifiers: SimplerClassifier.Kind.allCases.enumerated().map {
        SimplerClassifier($1, hits: hits(60 + $0))
      }, curve: curve,
      drift: PhotoDrift(scores: scores, isMeasured: (0..<200).map { $0 < 100 }))
  }

  private static func epoch(_ number: Int) -> TrainingStory.Epoch {
    let loss = 1 / Double(number + 1)
    return TrainingStory.Epoch(
      epoch: number, trainingLoss: number == 0 ? nil : loss,
      validationLoss: number % 10 == 0 ? loss + 0.1 : nil, validationAccuracy: 0.7)
  }

  private static let story: TrainingStory = {
    var story = TrainingStory(command: "finetune --base mobilenetv2 --data '\(oddNames[2])'")
    story.seconds = 512
    story.decisions = ["the calibrated log loss of 48 validation photos is 0.720, from 1.010: kept"]
    story.phases = [
      .init(
        name: "head", parameters: 2056, isSolved: true,
        epochs: [.init(epoch: 0, validationLoss: 1.01, validationAccuracy: 0.6)]),
      .init(
        name: "all stages", parameters: 215_128, isSolved: false,
        epochs: (0...40).map(epoch)),
    ]
    return story
  }()

  /// A grey JPEG of one pixel.
  private static let onePixel = [UInt8](
    Data(
      base64Encoded:
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAACf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AVN//2Q=="
    ) ?? Data())
}

/// Numbers that look random and are the same everywhere.
private struct SystemOfDraws {
  var state: UInt64

  /// `0..<1`.
  mutating func next() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) / Double(UInt64(1) << 53)
  }
}
