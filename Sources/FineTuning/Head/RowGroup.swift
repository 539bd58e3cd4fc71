/// Rows that are summed by themselves, in blocks that fit a processor's cache.
///
/// How rows are grouped depends on the problem alone, never on the number of workers.
struct RowGroup: Sendable {
  static let blockRows = 256

  private let rows: Range<Int>

  /// Whole blocks, at most 16 groups, and no more than 64 MiB of partial sums.
  static func all(of rows: Int, parameters: Int) -> [RowGroup] {
    let blocks = (rows + blockRows - 1) / blockRows
    let count = max(1, min(blocks, 16, (16 << 20) / max(1, parameters)))
    return (0..<count).map { group in
      let first = blocks * group / count * blockRows
      let last = blocks * (group + 1) / count * blockRows
      return RowGroup(rows: min(first, rows)..<min(last, rows))
    }
  }

  var blocks: [Range<Int>] {
    stride(from: rows.lowerBound, to: rows.upperBound, by: Self.blockRows).map {
      $0..<min($0 + Self.blockRows, rows.upperBound)
    }
  }
}
