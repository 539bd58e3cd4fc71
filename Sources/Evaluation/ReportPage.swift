import Files
import Foundation

/// What the template shows: texts and coordinates, everything decided, nothing left to compute.
///
/// Names and paths come from the world. The template shows them only as escaped text of elements, and of `alt`, which is
/// quoted.
struct ReportPage {
  let title: String
  let style = reportStyle
  let script = (text: ReportScript.text, source: ReportScript.source)
  let contents: [Section]
  let verdict: Verdict
  /// Whether a photo may have any number of classes.
  let isMultiLabel: Bool
  let thresholdNote: String?
  let figures: [Figure]
  let classRows: [ClassRow]
  /// None where classes do not exclude one another.
  let confusion: Confusion?
  let averages: AverageTable?
  let folds: FoldSection?
  let curves: CurveSection?
  /// The commonest mistakes, and the others, which are folded away.
  let pairs, morePairs: [ConfusedPair]
  let pairNote, morePairsTitle: String
  let trust: TrustTable?
  let suspects: SuspectTable?
  let odd: OddPart?
  let slices: SliceTable?
  let study: StudyPart?
  let mistakes: [MistakeCard]
  let mistakeNote: String
  /// What is said of the pictures beside photos.
  let lookNotes: [String]
  let hasLooks: Bool
  let calibration: CalibrationDiagram
  let skipped: [SkippedFile]
  let skippedTitle: String
  let bases: BaseTable?
  let story: Story?
  let facts: [Fact]
  // Mustache cannot ask a list whether it is empty without repeating the section.
  let hasPairs, hasMorePairs: Bool
  let hasMistakes: Bool
  let hasSkipped: Bool

  /// The headline: how good, how sure of that, and how honest the split is.
  struct Verdict {
    let subject, commonest: String
    let accuracy, count, split, interval, majority: String
    let lower, width, point, majorityAt: String
    /// Said before the number: it is of photos that were trained on.
    let alarm: String?
    let warning: String?
    let copies: String?
    let assurance: String?
  }

  /// A part of the page that its contents lead to.
  struct Section { let anchor, title: String }
  struct Figure { let name, value, meaning: String }
  struct Fact { let name, value: String }
  struct ClassRow {
    let index, name, support, precision, recall, f1, f1Bar: String
    let averagePrecision: String
    /// Of classes that do not exclude one another.
    let threshold: String?
    /// Of those that do.
    let rocArea, f1Interval: String?
    let isAbsent: Bool
  }
  struct ConfusedPair {
    let anchor, truth, predicted, count, share: String
    let photos: [Photo]

    struct Photo { let path, confidence: String }
  }
  struct MistakeCard {
    let path, truth, predicted, confidence, probabilityOfTruth: String
    /// The photo, and under maps of what speaks for classes.
    let views: [Picture]
    /// The photos that are the most alike.
    let near: [PictureRow]
  }

  init(_ report: EvaluationReport) {
    let metrics = report.metrics
    let headline = metrics.multiLabel.map { "mAP \(percent($0.meanAveragePrecision))" }
    title =
      "\(report.provenance.base): \(headline ?? percent(metrics.accuracy)) on \(metrics.split)"
    let isMultiLabel = metrics.multiLabel != nil
    self.isMultiLabel = isMultiLabel
    thresholdNote = metrics.multiLabel.map(Self.note)
    verdict = Verdict(report)
    figures = Self.figures(metrics)
    classRows = Self.classRows(report)
    confusion = isMultiLabel ? nil : Confusion(metrics)
    averages = report.scores.map { AverageTable($0, metrics) }
    folds = report.folds.map { FoldSection($0, metrics) }
    curves = report.curves.flatMap { CurveSection($0, metrics) }
    let allPairs = report.confusions.map { ConfusedPair($0, metrics) }
    pairs = Array(allPairs.prefix(Self.pairLimit))
    morePairs = Array(allPairs.dropFirst(Self.pairLimit))
    pairNote = Self.pairNote(report)
    morePairsTitle =
      "\(morePairs.count.counted("rarer mistake"))"
    trust = report.scores.map(TrustTable.init)
    suspects = report.scores.flatMap { SuspectTable($0, metrics, report.looks) }
    let odd = OddPart(report)
    self.odd = odd
    slices = SliceTable(report)
    study = report.study.map { StudyPart($0, metrics) }
    mistakes =
      report.mistakes.map { MistakeCard($0, metrics.classes, report.looks?.photos[$0.path]) }
      + report.wrongPhotos.map { MistakeCard($0, metrics.classes, report.looks?.photos[$0.path]) }
    lookNotes = report.looks?.notes ?? []
    hasLooks = mistakes.contains { $0.views.count > 1 || !$0.near.isEmpty }
    mistakeNote = Self.mistakeNote(wrong: metrics.images - metrics.correct, shown: mistakes.count)
    calibration = CalibrationDiagram(metrics)
    skipped = metrics.skipped
    skippedTitle =
      metrics.skipped.count == 1 ? "1 file skipped" : "\(metrics.skipped.count) files skipped"
    bases = report.provenance.baseComparison.map(BaseTable.init)
    story = report.story.map(Story.init)
    facts = Self.facts(report.provenance)
    contents = Self.contents(report, hasOdd: odd != nil)
    hasPairs = !pairs.isEmpty
    hasMorePairs = !morePairs.isEmpty
    hasMistakes = !mistakes.isEmpty
    hasSkipped = !skipped.isEmpty
  }

  private static func mistakeNote(wrong: Int, shown: Int) -> String {
    switch (wrong, shown) {
    case (0, _): "There is none: every photo was classified correctly."
    case (1, _): "The only mistake."
    case (let all, let shown) where all == shown: "All \(all) mistakes, the most confident first."
    case (let all, let shown): "The \(shown) most confident of \(all) mistakes."
    }
  }

  private static func figures(_ metrics: ClassificationMetrics) -> [Figure] {
    if let multiLabel = metrics.multiLabel { return figures(metrics, multiLabel) }
    var figures = [
      Figure(
        name: "Balanced accuracy", value: percent(metrics.balancedAccuracy),
        meaning: "mean recall; every class counts the same"),
      Figure(
        name: "Macro F1", value: percent(metrics.macroF1),
        meaning: "mean F1; precision and recall of every class"),
      Figure(
        name: "Log loss", value: decimal(metrics.logLoss, 3),
        meaning:
          "0 is perfect; guessing evenly gives \(decimal(log(Double(metrics.classes.count)), 2))"),
      Figure(
        name: "Calibration error", value: percent(metrics.expectedCalibrationError),
        meaning: "mean gap between confidence and accuracy"),
    ]
    if metrics.classes.count > 5 {
      figures.insert(
        Figure(
          name: "Top-5 accuracy", value: percent(metrics.top5Accuracy),
          meaning: "true class among the five likeliest"), at: 0)
    }
    return figures
  }

  /// How many pairs of classes stand open.
  private static let pairLimit = 12

  private static func classRows(_ report: EvaluationReport) -> [ClassRow] {
    report.metrics.perClass.enumerated().map { index, row in
      let scores = report.scores?.perClass[index]
      return ClassRow(
        index: "\(index)", name: row.class, support: "\(row.support)",
        precision: percent(row.precision), recall: percent(row.recall), f1: percent(row.f1),
        f1Bar: decimal(100 * row.f1, 1),
        averagePrecision: (scores?.averagePrecision ?? row.averagePrecision).map(percent) ?? "–",
        threshold: row.threshold.map { decimal($0, 2) },
        rocArea: scores.map { $0.rocArea.map { decimal($0, 3) } ?? "–" },
        f1Interval: scores.map {
          "\(percent($0.f1Interval.lower)) to \(percent($0.f1Interval.upper))"
        },
        isAbsent: row.support == 0)
    }
  }

  private static func pairNote(_ report: EvaluationReport) -> String {
    let photos = report.metrics.images - report.metrics.correct
    return
      "\(photos.counted("photo")) in \(report.confusions.count.counted("pair")) of classes, the commonest first; each opens to its photos."
  }

  private static func contents(_ report: EvaluationReport, hasOdd: Bool) -> [Section] {
    let hasScores = report.scores != nil
    let parts: [(anchor: String, title: String, isThere: Bool)] = [
      ("classes", "Classes", true), ("averages", "Averages", hasScores),
      ("folds", "Rounds", report.folds != nil), ("curves", "Curves", report.curves != nil),
      ("pairs", "Mistakes by class", !report.confusions.isEmpty),
      ("confusion", "Confusion matrix", report.metrics.multiLabel == nil),
      ("mistakes", "Worst mistakes", true),
      ("labels", "Labels to look at", report.scores?.suspects != nil),
      ("odd", "Photos that stand out", hasOdd),
      ("slices", "Kinds of photos", !report.slices.isEmpty || !report.tellingProperties.isEmpty),
      ("study", "Beside simpler classifiers", report.study != nil),
      ("trust", "Leaving out what is unsure", hasScores), ("calibration", "Calibration", true),
      ("skipped", "Skipped files", !report.metrics.skipped.isEmpty),
      ("bases", "Choice of the base", report.provenance.baseComparison != nil),
      ("story", "How it was trained", report.story != nil),
      ("provenance", "Provenance", true),
    ]
    return parts.filter(\.isThere).map { Section(anchor: $0.anchor, title: $0.title) }
  }

  private static func facts(_ provenance: EvaluationReport.Provenance) -> [Fact] {
    let known: [(String, String?)] = [
      ("Base", provenance.base),
      ("Base weights", provenance.baseDigest ?? "random"),
      ("Licence of these, which forbids commercial use", provenance.restriction),
      ("Fine-tuned weights", provenance.weightsDigest),
      ("Plan", provenance.plan),
      ("Seed", provenance.seed.map(String.init)),
      ("Photos of the run", provenance.photos.map(\.description)),
      ("Photos", provenance.data),
      ("Views of each photo", provenance.tta.map(String.init)),
      ("Afterwards", provenance.afterwards),
      ("Date", provenance.date),
    ]
    return known.compactMap { name, value in value.map { Fact(name: name, value: $0) } }
      + provenance.versions.sorted { ($0.key.lowercased(), $0.key) < ($1.key.lowercased(), $1.key) }
      .map { Fact(name: $0.key, value: $0.value) }
  }
}

extension ReportPage.Verdict {
  init(_ report: EvaluationReport) {
    let metrics = report.metrics
    subject = metrics.multiLabel == nil ? "Accuracy" : "Photos with exactly their labels"
    commonest = metrics.multiLabel == nil ? "class" : "set of labels"
    let interval = metrics.accuracyInterval
    accuracy = percent(metrics.accuracy)
    count = "\(metrics.correct) of \(metrics.images.counted("photo")) right"
    split = metrics.split
    self.interval = "\(percent(interval.lower)) to \(percent(interval.upper))"
    majority = percent(metrics.majorityAccuracy)
    lower = decimal(100 * interval.lower, 2)
    width = decimal(100 * (interval.upper - interval.lower), 2)
    point = decimal(100 * metrics.accuracy, 2)
    majorityAt = decimal(100 * metrics.majorityAccuracy, 2)
    alarm = metrics.trainedOnSentence
    warning =
      metrics.usedForSelection && metrics.trainedOn == 0
      ? "Training chose among its weights by this split, so this figure is optimistic. For one that is not, evaluate"
        + " on photos that took no part in training or in any choice, such as a test folder."
      : nil
    copies = report.copiesSentence.map { "\($0)." }
    assurance =
      metrics.usedForSelection || report.copies != nil
      ? nil : "No choice in training was made by this split, so the figure is an honest estimate."
  }
}

/// A share as people read it: `93.5%`; 100% and 0% are said only where exact.
package func percent(_ value: Double) -> String {
  let text = decimal(100 * value, 1)
  if value < 1 && text == "100.0" { return "99.9%" }
  if value > 0 && text == "0.0" { return "<0.1%" }
  return value == 1 ? "100%" : value == 0 ? "0%" : text + "%"
}

/// A number with a fixed count of decimals, the same in every locale.
func decimal(_ value: Double, _ decimals: Int) -> String {
  String(format: "%.\(decimals)f", value)
}
