import TensorKernels

/// Values of some photos, one row each, in memory: feature maps that repeat from epoch to epoch.
final class MapStore: Sendable {
  let rowCount: Int
  private let buffer: FloatBuffer
  private let rows: [Int: Int]

  /// Room for the photos of the given indices.
  init(rowCount: Int, indices: [Int]) {
    self.rowCount = rowCount
    buffer = FloatBuffer(count: rowCount * indices.count)
    rows = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
  }

  /// Where the values of a photo are; `nil` if it has no room here.
  func row(_ index: Int) -> UnsafeMutablePointer<Float>? {
    rows[index].map { buffer.pointer + $0 * rowCount }
  }
}
