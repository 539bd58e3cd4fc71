import Files
import Foundation
import ImagePipeline

extension DataInspection {
  /// How many problems of a kind the text names.
  private static let shownProblems = 10
  private static let shownDuplicates = 10
  private static let barWidth = 30
  /// Columns that the name of a class may take, for figures to stand beside it.
  private static let nameWidth = 32

  /// A few paragraphs for a terminal: how the photos were understood, classes, problems, duplicates, sizes
  /// and totals.
  package var description: String { text(\.description) }

  /// The same with other words for remedies.
  package func text(_ remedies: (Remedy) -> String) -> String {
    var paragraphs = (reading.map { ["photos read as: \($0.printable)"] } ?? []) + [classText]
    if let labels { paragraphs.append(labels.description) }
    paragraphs += problemTexts(remedies)
    if !duplicates.isEmpty { paragraphs.append(duplicateText) }
    if !sizes.isEmpty { paragraphs.append(sizeText) }
    paragraphs.append(totalText)
    return paragraphs.joined(separator: "\n\n")
  }

  private var classText: String {
    let splits = splits
    let most = classes.map(\.images).max() ?? 0
    let head = ["class"] + (splits.count > 1 ? splits : []) + ["photos", ""]
    let rows = classes.map { row in
      [row.class.printable.shortened(toColumns: Self.nameWidth)]
        + (splits.count > 1 ? splits.map { "\(row.splits[$0] ?? 0)" } : [])
        + ["\(row.images)", Self.bar(row.images, of: most)]
    }
    return Self.columns([head] + rows)
  }

  private func problemTexts(_ remedies: (Remedy) -> String) -> [String] {
    problemsByKind.map { kind, problems in
      var lines = ["\(kind.title): \(problems.count)", "  \(kind.meaning.text(remedies))"]
      lines += problems.prefix(Self.shownProblems).map { problem in
        let path = problem.path.isEmpty ? "" : "\(problem.path.printable): "
        return "  - \(path)\(problem.detail.printable)"
      }
      if problems.count > Self.shownProblems {
        lines.append("  and \(problems.count - Self.shownProblems) more")
      }
      return lines.joined(separator: "\n")
    }
  }

  private var duplicateText: String {
    var lines = ["groups of the same picture: \(duplicates.count)"]
    lines += duplicates.prefix(Self.shownDuplicates).map { group in
      let shown = group.prefix(6).map(\.printable).joined(separator: ", ")
      return "  - " + shown + (group.count > 6 ? " and \(group.count - 6) more" : "")
    }
    if duplicates.count > Self.shownDuplicates {
      lines.append("  and \(duplicates.count - Self.shownDuplicates) more")
    }
    return lines.joined(separator: "\n")
  }

  private var sizeText: String {
    let most = sizes.map(\.images).max() ?? 0
    return Self.columns(
      [["shorter side", "photos", ""]]
        + sizes.map { ["\($0.title) px", "\($0.images)", Self.bar($0.images, of: most)] })
  }

  private var totalText: String {
    var lines = [
      "\(totals.found) found = \(totals.used) used + \(totals.leftOut) left out + \(totals.ignored) ignored"
    ]
    lines += ignored.prefix(Self.shownProblems).map { "  ignored: \($0.printable)" }
    if ignored.count > Self.shownProblems {
      lines.append("  and \(ignored.count - Self.shownProblems) more")
    }
    if let estimate { lines.append(estimate.description) }
    return lines.joined(separator: "\n")
  }

  private static func bar(_ count: Int, of most: Int) -> String {
    // Nothing that is there is invisible.
    let length = most > 0 ? Int((Double(barWidth * count) / Double(most)).rounded()) : 0
    return String(repeating: "█", count: count > 0 ? max(1, length) : 0)
  }

  /// The first column to the left, then numbers to the right, then bars.
  private static func columns(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in
      rows.map { $0[column].terminalColumns }.max() ?? 0
    }
    return rows.map { row in
      let cells = row.indices.map { column in
        let isNumber = column > 0 && column < row.count - 1
        return row[column].padded(toColumns: widths[column], right: isNumber)
      }
      return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

extension DataInspection.SizeBand {
  /// In pixels: `224 to 447`.
  var title: String {
    guard let below else { return "\(from) and more" }
    return from == 0 ? "under \(below)" : "\(from) to \(below - 1)"
  }
}

extension TrainingEstimate: CustomStringConvertible {
  package var description: String {
    "training would take about \(seconds.secondsInWords()) and \(memory >> 20) MiB: \(base) at \(imageSize.title) pixels, plan '\(plan)', "
      + "\(trainingPhotos.counted("photo")) to train on and \(validationPhotos) to validate, "
      + threads.counted("thread") + "; reckoned from a few of these photos, measured now"
  }
}
