import Foundation

/// What the page says of classes that do not exclude one another.
extension ReportPage {
  static func figures(
    _ metrics: ClassificationMetrics, _ multiLabel: ClassificationMetrics.MultiLabel
  ) -> [Figure] {
    [
      Figure(
        name: "mAP", value: percent(multiLabel.meanAveragePrecision),
        meaning: "mean over the classes of the average precision, whatever the thresholds"),
      Figure(
        name: "Macro F1", value: percent(metrics.macroF1),
        meaning: "mean F1 of the classes, at their thresholds"),
      Figure(
        name: "Micro F1", value: percent(multiLabel.microF1),
        meaning: "F1 of all decisions together"),
      Figure(
        name: "Wrong decisions", value: percent(multiLabel.hammingLoss),
        meaning: "Hamming loss: of one decision for each photo and class"),
      Figure(
        name: "Log loss", value: decimal(metrics.logLoss, 3),
        meaning: "0 is perfect; a probability of one half for all gives \(decimal(log(2), 2))"),
      Figure(
        name: "Calibration error", value: percent(metrics.expectedCalibrationError),
        meaning: "mean gap between probabilities and how often they come true"),
    ]
  }

  /// Where thresholds come from.
  static func note(_ multiLabel: ClassificationMetrics.MultiLabel) -> String {
    multiLabel.thresholdsAreCrossFitted
      ? "A class is named from its threshold on. The model's thresholds were chosen by these photos, so each fifth of them"
        + " is measured here with thresholds chosen by the other four; the table has their means."
      : "A class is named from its threshold on, which is the model's."
  }
}

extension ReportPage.MistakeCard {
  init(_ mistake: EvaluationReport.Mistake, _ classes: [String], _ look: PhotoLook?) {
    path = mistake.path
    truth = classes[mistake.truth]
    predicted = classes[mistake.predicted]
    confidence = percent(Double(mistake.confidence))
    probabilityOfTruth = percent(Double(mistake.probabilityOfTruth))
    views = ReportPage.Picture.views(
      of: look, or: mistake.thumbnail, alt: "Photo of \(truth), taken for \(predicted)", classes)
    near = Self.near(look)
  }

  /// Of a photo that has other classes than those that are named: both, and the probability of each that is
  /// only in one of them.
  init(_ photo: EvaluationReport.WrongPhoto, _ classes: [String], _ look: PhotoLook?) {
    func names(_ indices: [Int]) -> String {
      indices.isEmpty ? "none" : indices.map { classes[$0] }.joined(separator: ", ")
    }
    func probabilities(_ indices: Set<Int>) -> String {
      indices.sorted().map { percent(Double(photo.probabilities[$0])) }.joined(separator: ", ")
    }
    path = photo.path
    truth = names(photo.truths)
    predicted = names(photo.named)
    confidence = probabilities(Set(photo.named).subtracting(photo.truths))
    probabilityOfTruth = probabilities(Set(photo.truths).subtracting(photo.named))
    views = ReportPage.Picture.views(
      of: look, or: photo.thumbnail, alt: "Photo of \(truth), said to be of \(predicted)", classes)
    near = Self.near(look)
  }
}
