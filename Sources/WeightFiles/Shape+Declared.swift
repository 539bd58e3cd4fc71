import TensorKernels

extension Shape {
  /// More numbers than any file holds, so few that neither they nor their bytes overflow.
  private static let largestCount = 1 << 48
  /// More axes than any tensor has; HDF5 allows as many.
  private static let largestRank = 32

  /// The extents that a file states for a tensor; `nil` where no tensor can have them.
  ///
  /// An extent of 0 does not make up for others that are impossible: their order may change, and a part of them may
  /// be multiplied.
  init?(declared extents: [Int]) {
    guard extents.count <= Self.largestRank else { return nil }
    var count = 1
    for extent in extents where extent != 0 {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, product <= Self.largestCount else { return nil }
      count = product
    }
    self.init(extents)
  }
}
