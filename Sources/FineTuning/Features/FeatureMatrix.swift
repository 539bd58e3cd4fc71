import Glibc

/// Pooled features of some photos, one row for each.
///
/// A matrix says where its rows are and keeps their memory alive; it holds no copy of them. Taking some
/// rows, or those of two matrices together, copies no features, and rows of a mapped file stay in that file.
package struct FeatureMatrix: Sendable {
  /// `@unchecked Sendable`: the values behind it are never written again.
  private struct Row: @unchecked Sendable {
    let values: UnsafePointer<Float>
  }

  /// The number of features of one photo, at least 1.
  package let dimension: Int
  private var starts: [Row] = []
  private var memories: [FeatureMemory] = []

  /// No rows.
  package init(dimension: Int) {
    precondition(dimension > 0, "a row has at least one feature")
    self.dimension = dimension
  }

  /// A copy of `[rows, dimension]` values.
  /// - Precondition: `values` holds `rows · dimension` elements.
  package init(rows: Int, dimension: Int, values: [Float]) {
    precondition(
      values.count == rows * dimension, "\(values.count) values for \(rows) × \(dimension) features"
    )
    self.init(dimension: dimension)
    let memory = FeatureMemory(byteCount: values.count * MemoryLayout<Float>.stride)
    values.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
    add(rows: rows, of: memory, offset: 0)
  }

  /// The number of photos.
  package var rows: Int { starts.count }

  /// A copy of a row.
  package subscript(row: Int) -> [Float] {
    withExtendedLifetime(memories) {
      Array(UnsafeBufferPointer(start: starts[row].values, count: dimension))
    }
  }

  /// The rows of the given indices, in that order.
  package func selecting(_ indices: [Int]) -> FeatureMatrix {
    var part = self
    part.starts = indices.map { starts[$0] }
    return part
  }

  /// These rows followed by those of another matrix of the same dimension.
  package func appending(_ other: FeatureMatrix) -> FeatureMatrix {
    var both = self
    both.append(other)
    return both
  }

  /// Adds the rows of another matrix of the same dimension.
  mutating func append(_ other: FeatureMatrix) {
    precondition(
      dimension == other.dimension, "rows of \(dimension) and \(other.dimension) features")
    starts += other.starts
    for memory in other.memories where !memories.contains(where: { $0 === memory }) {
      memories.append(memory)
    }
  }

  /// Adds `rows` rows that lie behind one another in a memory from `offset` on.
  mutating func add(rows: Int, of memory: FeatureMemory, offset: Int) {
    for row in 0..<rows {
      starts.append(
        Row(values: UnsafePointer(memory.row(row, dimension: dimension, offset: offset))))
    }
    if !memories.contains(where: { $0 === memory }) { memories.append(memory) }
  }

  /// Calls `body` with the address of a row's values.
  func withRow<Result>(
    _ row: Int, _ body: (UnsafePointer<Float>) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(memories) { try body(starts[row].values) }
  }

  /// Copies some rows behind one another.
  func copy(_ rows: Range<Int>, to destination: UnsafeMutablePointer<Float>) {
    for (position, row) in rows.enumerated() {
      withRow(row) { (destination + position * dimension).update(from: $0, count: dimension) }
    }
  }
}
