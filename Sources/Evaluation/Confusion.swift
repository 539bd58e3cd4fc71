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
    /// The part of the page that names the photos of a mistake.
    let anchor: String?
  }

  init(_ metrics: ClassificationMetrics) {
    let classes = metrics.classes
    let matrix = metrics.confusionMatrix
    func share(_ truth: Int, _ predicted: Int) -> Double {
      Double(matrix[truth][predicted]) / Double(max(metrics.perClass[truth].support, 1))
    }
    heads = classes
    guard classes.count <= Self.tableLimit else {
      table = nil
      map = HeatMap(metrics)
      return
    }
    map = nil
    table = classes.indices.map { truth in
      Row(
        name: classes[truth],
        cells: classes.indices.map { predicted in
          let count = matrix[truth][predicted]
          let isWrong = truth != predicted
          return Cell(
            count: "\(count)", shade: decimal(Self.ink(share(truth, predicted)), 3),
            kind: (isWrong ? "wrong" : "right") + (count == 0 ? " zero" : ""),
            anchor: isWrong && count > 0 ? Self.anchor(truth, predicted) : nil)
        })
    }
  }

  /// The opacity of a share: rare confusions stay visible beside full rows.
  static func ink(_ share: Double) -> Double { share > 0 ? 0.12 + 0.88 * share : 0 }

  /// The identifier of the part of the page that names the photos of a pair of classes.
  static func anchor(_ truth: Int, _ predicted: Int) -> String { "pair-\(truth)-\(predicted)" }
}

/// The confusion matrix as squares, in units of one class, row by row; empty ones are left out.
struct HeatMap {
  let size: Int
  /// Of the drawing, with room for the names at the left and at the top.
  let viewBox: String
  let cells: [Square]
  let ticks: [Tick]
  let fontSize: String
  /// The width of the line around all squares.
  let frame: String

  struct Square {
    let x, y: Int
    let shade, kind, title: String
  }
  /// A class's name at its row and column.
  struct Tick { let at, name: String }

  /// Columns of a name that are shown.
  private static let longestName = 18

  init(_ metrics: ClassificationMetrics) {
    let classes = metrics.classes
    // Lines of text that fit beside one another, however many classes there are.
    let font = max(0.72, Double(classes.count) / 62)
    let step = font <= 0.85 ? 1 : Int((font * 1.2).rounded(.up))
    let shown = stride(from: 0, to: classes.count, by: step)
    let names = shown.map { classes[$0].shortened(toColumns: Self.longestName) }
    let margin = font * ((names.map(\.widthInEms).max() ?? 0) + 1)
    size = classes.count
    let side = decimal(Double(classes.count) + margin, 2)
    viewBox = "\(decimal(-margin, 2)) \(decimal(-margin, 2)) \(side) \(side)"
    fontSize = decimal(font, 2)
    frame = decimal(font / 8, 3)
    ticks = zip(shown, names).map { Tick(at: decimal(Double($0) + 0.5, 1), name: $1) }
    cells = classes.indices.flatMap { truth in
      classes.indices.compactMap { predicted in
        let count = metrics.confusionMatrix[truth][predicted]
        guard count > 0 else { return nil }
        let share = Double(count) / Double(max(metrics.perClass[truth].support, 1))
        return Square(
          x: predicted, y: truth, shade: decimal(Confusion.ink(share), 3),
          kind: truth == predicted ? "right" : "wrong",
          title: "\(classes[truth].isolated) → \(classes[predicted].isolated): \(count)")
      }
    }
  }
}

extension String {
  /// Between marks that keep a text of the other direction of writing from reordering what stands around it.
  fileprivate var isolated: String { "\u{2068}\(self)\u{2069}" }

  /// About how wide a sans-serif type sets it: ideographs, syllables of Korean and emoji are square, other letters are a
  /// little more than half as wide as high.
  fileprivate var widthInEms: Double {
    unicodeScalars.reduce(0) {
      $0 + ($1.value >= 0x1100 && !(0x1E00...0x2DFF ~= $1.value) ? 1.05 : 0.6)
    }
  }
}
