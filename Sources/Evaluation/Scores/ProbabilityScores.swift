import Foundation

/// How good probabilities are, and rankings of classes by them.
public enum ProbabilityScores {
  /// The mean over photos of Σ (probability − truth)² over the classes, `0...2` (Brier 1950; scikit-learn's
  /// `brier_score_loss` with `scale_by_half=False`); 0 without rows.
  public static func brier(_ rows: [PredictionRow]) -> Double {
    mean(
      rows.map { row in
        row.probabilities.enumerated().reduce(0) { sum, next in
          let gap = Double(next.element) - (next.offset == row.truth ? 1 : 0)
          return sum + gap * gap
        }
      })
  }

  /// The share of photos whose class is among the `count` most probable, equal ones by their index; 0 without rows.
  public static func topAccuracy(_ count: Int, _ rows: [PredictionRow]) -> Double {
    ratio(rows.count { $0.rankOfTruth < count }, rows.count)
  }

  /// The calibration error that is left when what chance adds to it is taken off: the root of
  /// Σ (share of the bin) · ((accuracy − confidence)² − accuracy (1 − accuracy) / (n − 1)) over bins of equally many
  /// photos, 0 where that is negative (Kumar, Liang and Ma 2019, definition 4.1).
  ///
  /// The plain error of few photos is large for a perfectly calibrated classifier, too, because the accuracy of a bin
  /// of few photos is far from what it is on average; this one is not.
  /// - Parameters:
  ///   - rows: what was predicted.
  ///   - count: of bins; of fewer than two photos there are none.
  public static func debiasedCalibrationError(_ rows: [PredictionRow], bins count: Int = 15)
    -> Double
  {
    let sorted = rows.map { (confidence: $0.confidence, path: $0.path, isCorrect: $0.isCorrect) }
      .sorted { ($0.confidence, $0.path) < ($1.confidence, $1.path) }
    let bins = min(count, sorted.count / 2)
    guard bins > 0 else { return 0 }
    var sum = 0.0
    for bin in 0..<bins {
      let part = sorted[bin * sorted.count / bins..<(bin + 1) * sorted.count / bins]
      let photos = Double(part.count)
      let accuracy = ratio(part.count(where: \.isCorrect), part.count)
      let confidence = mean(part.map { Double($0.confidence) })
      let chance = accuracy * (1 - accuracy) / (photos - 1)
      sum += photos * ((accuracy - confidence) * (accuracy - confidence) - chance)
    }
    return max(sum / Double(sorted.count), 0).squareRoot()
  }
}
