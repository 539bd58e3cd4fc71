import Files

/// The reliability diagram in the units of its drawing, 300 by 300 for `0...1` both ways.
struct CalibrationDiagram {
  let bars: [Bar]
  let counts: [CountBar]
  let bins: [Bin]
  let sentence: String
  /// What the diagram is called, what its bars and their places are, and what is counted.
  let title, outcome, confidence, cases: String

  /// A bin's accuracy as a bar, and its gap to the confidence.
  struct Bar {
    let x, width, y, height, gapY, gapHeight, label: String
  }
  /// A bin in figures.
  struct Bin { let range, count, confidence, accuracy: String }
  /// A bin's share of the photos, below.
  struct CountBar { let x, width, y, height: String }

  init(_ metrics: ClassificationMetrics) {
    let isMultiLabel = metrics.multiLabel != nil
    let most = Double(metrics.reliability.map(\.images).max() ?? 1)
    var bars: [Bar] = []
    var counts: [CountBar] = []
    for bin in metrics.reliability {
      guard let confidence = bin.confidence, let accuracy = bin.accuracy else { continue }
      let x = decimal(300 * bin.lower + 1, 1)
      let width = decimal(300 * (bin.upper - bin.lower) - 2, 1)
      bars.append(
        Bar(
          x: x, width: width, y: decimal(300 - 300 * accuracy, 1),
          height: decimal(300 * accuracy, 1),
          gapY: decimal(300 - 300 * max(accuracy, confidence), 1),
          gapHeight: decimal(300 * abs(accuracy - confidence), 1),
          label: isMultiLabel
            ? "probability \(percent(confidence)), there \(percent(accuracy)), "
              + "\(bin.images.counted("decision"))"
            : "confidence \(percent(confidence)), right \(percent(accuracy)), "
              + "\(bin.images.counted("photo"))"))
      let height = max(50 * Double(bin.images) / most, 1)
      counts.append(
        CountBar(x: x, width: width, y: decimal(400 - height, 1), height: decimal(height, 1)))
    }
    self.bars = bars
    self.counts = counts
    bins = metrics.reliability.compactMap { bin in
      guard let confidence = bin.confidence, let accuracy = bin.accuracy else { return nil }
      return Bin(
        range: "\(percent(bin.lower)) to \(percent(bin.upper))", count: "\(bin.images)",
        confidence: percent(confidence), accuracy: percent(accuracy))
    }
    title =
      isMultiLabel
      ? "Reliability diagram: how often classes are there, by their probability"
      : "Reliability diagram: accuracy of predictions by their confidence"
    (outcome, confidence, cases) =
      isMultiLabel ? ("is there", "probability", "decisions") : ("accuracy", "confidence", "photos")
    sentence = isMultiLabel ? Self.sentenceOnSets(metrics) : Self.sentence(metrics)
  }

  /// Of classes that do not exclude one another.
  private static func sentenceOnSets(_ metrics: ClassificationMetrics) -> String {
    let labels = metrics.perClass.reduce(0) { $0 + $1.support }
    let decisions = max(1, metrics.images * metrics.classes.count)
    return
      "The mean probability of a class is \(percent(metrics.meanConfidence)), and a class is there"
      + " \(percent(Double(labels) / Double(decisions))) of the time."
  }

  private static func sentence(_ metrics: ClassificationMetrics) -> String {
    let gap = metrics.meanConfidence - metrics.accuracy
    let means =
      "Its mean confidence is \(percent(metrics.meanConfidence)), its accuracy \(percent(metrics.accuracy))"
    return
      abs(gap) < 0.02
      ? means + ": about as sure as it should be."
      : means + (gap > 0 ? ": surer than it should be." : ": less sure than it could be.")
  }
}
