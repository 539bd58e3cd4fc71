import Files
import Foundation

/// Text in columns.
struct Table {
  let head: [String]
  /// A row of one cell stands above those that follow and may be wider than its column.
  let rows: [[String]]
  let rightAligned: Set<Int>

  init(_ head: [String], _ rows: [[String]], rightAligned: ClosedRange<Int>? = nil) {
    self.head = head
    self.rows = rows
    self.rightAligned = Set(rightAligned.map(Array.init) ?? [])
  }

  var text: String {
    let lines = [head] + rows
    let widths = head.indices.map { column in
      lines.map { $0.count == 1 ? 0 : $0[column].terminalColumns }.max() ?? 0
    }
    return lines.map { line in
      let cells = line.indices.map { column in
        line[column].padded(toColumns: widths[column], right: rightAligned.contains(column))
      }
      let joined = cells.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

extension Table {
  /// Characters of a model's name that leave room for its figures.
  private static let longestName = 31

  /// Rows that begin with the name of a model; those with a tag stand below their architecture, the tag with its dot, and
  /// figures below a name that leaves no room for them.
  /// - Parameter models: in their order, the cells those behind the name.
  static func rows(
    of models: [(architecture: String, name: String, alpha: Double?, cells: [String])]
  ) -> [[String]] {
    var rows: [[String]] = []
    var architecture = ""
    for model in models {
      let tag = model.name.dropFirst(model.architecture.count)
      if !tag.isEmpty, architecture != model.architecture { rows.append([model.architecture]) }
      architecture = model.architecture
      let name = tag.isEmpty ? model.name : "  \(tag)"
      let title = ([name] + (model.alpha.map { ["\($0)"] } ?? [])).joined(separator: " ")
      if title.count > longestName { rows.append([title]) }
      rows.append([title.count > longestName ? "" : title] + model.cells)
    }
    return rows
  }
}

extension Int {
  /// Bytes as people read them: `340 kB`, `3.4 MB`, `1.2 GB`.
  var sizeOnDisk: String {
    guard self >= 1_000_000 else { return "\(self / 1000) kB" }
    let isLarge = self >= 1_000_000_000
    return String(format: "%.1f %@", Double(self) / (isLarge ? 1e9 : 1e6), isLarge ? "GB" : "MB")
  }
}

extension String {
  /// With the middle left out if it is longer than so many characters.
  func shortened(to length: Int) -> String {
    guard count > length else { return self }
    return prefix((length - 1) / 2) + "…" + suffix(length - 1 - (length - 1) / 2)
  }

  /// The words in lines that a terminal of 80 columns shows whole.
  /// - Parameter indent: stands before all lines but the first.
  func wrapped(indent: String = "", width: Int = 79) -> String {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > width {
        lines.append(line)
        line = indent + word
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return (lines + [line]).joined(separator: "\n")
  }
}
