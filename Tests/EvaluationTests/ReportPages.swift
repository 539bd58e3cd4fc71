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
      var row = PredictionRow(
        path: "\(classes[truth])/photo \(index).jpg", truth: truth,
        probabilities: probabilities.map { $0 / sum })
      if count == 60 { row.fold = 1 + index % 5 }
      return row
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
    if count != 26 { addOddPhotos(to: &report, rows) }
    for index in report.mistakes.indices where index % 5 != 4 {
      report.mistakes[index].thumbnail = onePixel
    }
    // Of 26 classes nobody looked at the photos, of 2 what was learnt from is gone.
    if count != 26 { report.looks = looks(of: report, hasNear: count != 2) }
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

  /// Files of the same picture, up to a hundred of one, and photos unlike the others.
  private static func addOddPhotos(to report: inout EvaluationReport, _ rows: [PredictionRow]) {
    let classes = report.metrics.classes
    report.samePictures = (0..<(classes.count == 12 ? 20 : 3)).map { group in
      PictureGroup(
        (0..<[2, 5, 100][group % 3]).map {
          PictureGroup.Photo(
            path: rows[group % rows.count].path + "\($0)", label: classes[(group + $0) % 2],
            isLearnt: $0 % 4 == 3)
        })
    }
    let distances = rows.indices.map { $0 % 50 == 0 ? Float(2 + $0) : 1 }
    report.study?.unusual = UnusualPhotos(
      zip(rows, distances).map { ($0.path, classes[$0.truth], $1) },
      share: { $0 > 1 ? 0.995 : 0.5 })
  }

  /// What is seen of the photos that the page shows; of every fifth nothing, of every seventh no picture.
  private static func looks(of report: EvaluationReport, hasNear: Bool) -> PhotoLooks {
    let classes = report.metrics.classes
    func near(_ count: Int, _ label: Int) -> [NearPhoto] {
      (0..<(hasNear ? count : 0)).map {
        NearPhoto(
          path: "\(classes[label])/\($0).jpg", class: classes[label],
          distance: [0.123, 9.87, 65.4, 1234][$0],
          thumbnail: (label + $0) % 7 == 6 ? nil : onePixel)
      }
    }
    var looks = PhotoLooks()
    for (index, mistake) in report.mistakes.enumerated() where index % 5 != 4 {
      var look = PhotoLook()
      look.view = onePixel
      look.maps = [mistake.predicted, mistake.truth].map {
        EvidenceMap(class: $0, isEmpty: index % 3 == 2, picture: onePixel)
      }
      look.nearest = near(4, mistake.predicted)
      looks.photos[mistake.path] = look
    }
    for (index, suspect) in (report.scores?.suspects ?? []).prefix(30).enumerated()
    where index % 5 != 4 {
      looks.photos[suspect.path, default: PhotoLook()].view = onePixel
      looks.photos[suspect.path]?.nearestByClass = [suspect.label, suspect.suggested].map {
        ClassNeighbours(class: $0, nearest: near(2, $0))
      }
    }
    for (index, path) in report.oddPaths.enumerated() where index % 5 != 4 {
      looks.photos[path, default: PhotoLook()].view = onePixel
    }
    if hasNear { (looks.among, looks.learnt) = (100, 200) }
    looks.notes = ["What is said of pictures, of the layer “\(oddNames[5])”."]
    return looks
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
