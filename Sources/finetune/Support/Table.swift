/// Text in columns.
struct Table {
  let head: [String]
  let rows: [[String]]
  let rightAligned: Set<Int>

  init(_ head: [String], _ rows: [[String]], rightAligned: ClosedRange<Int>? = nil) {
    self.head = head
    self.rows = rows
    self.rightAligned = Set(rightAligned.map(Array.init) ?? [])
  }

  var text: String {
    let lines = [head] + rows
    let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { line in
      let cells = line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return rightAligned.contains(column) ? space + line[column] : line[column] + space
      }
      let joined = cells.joined(separator: "  ")
      return String(joined.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}

extension String {
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
