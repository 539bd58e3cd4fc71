/// Pooled features of some photos, one row for each.
public struct FeatureMatrix: Sendable, Hashable {
  /// The number of photos.
  public let rows: Int
  /// The number of features of one photo.
  public let dimension: Int
  /// `[rows, dimension]`.
  public var values: [Float]

  /// - Precondition: `values` holds `rows · dimension` elements.
  public init(rows: Int, dimension: Int, values: [Float]) {
    precondition(
      values.count == rows * dimension, "\(values.count) values for \(rows) × \(dimension) features"
    )
    self.rows = rows
    self.dimension = dimension
    self.values = values
  }

  /// The rows of the given indices, in that order.
  public func selecting(_ indices: [Int]) -> FeatureMatrix {
    var selected: [Float] = []
    selected.reserveCapacity(indices.count * dimension)
    for row in indices { selected += values[row * dimension..<(row + 1) * dimension] }
    return FeatureMatrix(rows: indices.count, dimension: dimension, values: selected)
  }

  /// These rows followed by those of another matrix of the same dimension.
  public func appending(_ other: FeatureMatrix) -> FeatureMatrix {
    precondition(
      dimension == other.dimension, "rows of \(dimension) and \(other.dimension) features")
    return FeatureMatrix(
      rows: rows + other.rows, dimension: dimension, values: values + other.values)
  }
}
