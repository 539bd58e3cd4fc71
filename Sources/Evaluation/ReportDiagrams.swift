import Files

/// The confusion matrix, as a table with figures while it can be read, as a heat map beyond.
struct Confusion {
  /// Up to this many classes the counts themselves are shown.
  static let tableLimit = 20

  let table: [Row]?
  let heads: [String]
  let map: HeatMap?

  struct Row {
    let name: String
    let cells: [Cell]
  }
  /// A count and the CSS that shades it by its share of the row, `0...1`.
  struct Cell {
    let count, shade, kind: String
  }
  /// Cells in units of one class, row by row; empty ones are left out.
  struct HeatMap {
    let size: Int
    let cells: [Square]
    let ticks: [Tick]
    let tickSize: String
  }
  struct Square {
    let x, y: Int
    let shade, kind, truth, predicted, count: String
  }
  struct Tick { let at, label: String }

  init(_ metrics: ClassificationMetrics) {
    let classes = metrics.classes
    let matrix = metrics.confusionMatrix
    func share(_ truth: Int, _ predicted: Int) -> Double {
      Double(matrix[truth][predicted]) / Double(max(metrics.perClass[truth].support, 1))
    }
    heads = classes
    guard classes.count > Self.tableLimit else {
      table = classes.indices.map { truth in
        Row(
          name: classes[truth],
          cells: classes.indices.map { predicted in
            let share = share(truth, predicted)
            let strong = share > 0.6 ? " strong" : ""
            let zero = matrix[truth][predicted] == 0 ? " zero" : ""
            return Cell(
              count: "\(matrix[truth][predicted])", shade: decimal(Self.ink(share), 3),
              kind: (truth == predicted ? "right" : "wrong") + strong + zero)
          })
      }
      map = nil
      return
    }
    var squares: [Square] = []
    for truth in classes.indices {
      for predicted in classes.indices where matrix[truth][predicted] > 0 {
        squares.append(
          Square(
            x: predicted, y: truth, shade: decimal(Self.ink(share(truth, predicted)), 3),
            kind: truth == predicted ? "right" : "wrong", truth: classes[truth],
            predicted: classes[predicted], count: "\(matrix[truth][predicted])"))
      }
    }
    let step = [5, 10, 20, 50, 100, 200, 500].first { classes.count / $0 <= 12 } ?? 1000
    table = nil
    map = HeatMap(
      size: classes.count, cells: squares,
      ticks: stride(from: 0, to: classes.count, by: step).map {
        Tick(at: decimal(Double($0) + 0.5, 1), label: "\($0)")
      },
      tickSize: decimal(Double(classes.count) / 45, 2))
  }

  /// The opacity of a share: rare confusions stay visible beside full rows.
  private static func ink(_ share: Double) -> Double { share > 0 ? 0.12 + 0.88 * share : 0 }
}

/// The reliability diagram in the units of its drawing, 300 by 300 for `0...1` both ways.
struct CalibrationDiagram {
  let bars: [Bar]
  let counts: [CountBar]
  let sentence: String
  /// What the diagram is called, what its bars and their places are, and what is counted.
  let title, outcome, confidence, cases: String

  /// A bin's accuracy as a bar, and its gap to the confidence.
  struct Bar {
    let x, width, y, height, gapY, gapHeight, label: String
  }
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
