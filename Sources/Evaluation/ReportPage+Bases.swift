import Files

extension ReportPage {
  /// How the base was chosen among others: a row for each.
  struct BaseTable {
    struct Row { let name, pixels, weights, time, photos, accuracy, interval, verdict: String }

    let sentence: String
    let rows: [Row]
    let reasons: [String]

    init(_ comparison: BaseComparison) {
      sentence = comparison.sentence + "."
      reasons = comparison.entries.compactMap { entry in
        entry.reason.map { "\(entry.base) was left out: \($0)." }
      }
      rows = comparison.entries.map { entry in
        let scores = entry.scores
        return Row(
          name: entry.base, pixels: entry.pixels,
          weights: decimal(Double(entry.parameters) / 1e6, 1) + " M",
          time: entry.secondsPerImage.map { decimal(1000 * $0, 1) + " ms" } ?? "–",
          photos: scores.map { "\($0.photos)" } ?? "–",
          accuracy: scores.map { percent($0.accuracy) } ?? "–",
          interval: scores.map {
            "\(percent($0.accuracyInterval.lower)) to \(percent($0.accuracyInterval.upper))"
          } ?? "–",
          verdict: entry.verdict)
      }
    }
  }
}
