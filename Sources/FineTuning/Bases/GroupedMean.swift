/// The mean of values of photos, and how far it may be from that of all such photos, where photos that
/// belong together are one observation.
package struct GroupedMean: Hashable, Sendable {
  package let mean: Double
  /// The standard error of the mean, by the sums over groups; infinite for a single group, or none.
  package let error: Double
  private let count: Int
  private let groups: Int

  /// - Parameter groups: for each value the number of what its photo belongs to.
  package init(_ values: [Double], groups: [Int]) {
    precondition(values.count == groups.count, "a group for each value")
    let mean = values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
    var sums: [Int: Double] = [:]
    for (value, group) in zip(values, groups) { sums[group, default: 0] += value - mean }
    // In an order of its own, for sums of other orders differ in their last digits.
    let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    self.mean = mean
    count = values.count
    self.groups = sums.count
    let number = Double(sums.count)
    error =
      sums.count > 1
      ? (squares * number / (number - 1)).squareRoot() / Double(values.count) : .infinity
  }

  /// For values of 0 and 1: how many independent photos would leave the mean as uncertain as these do;
  /// no fewer than there are groups where all values are equal, and never more than there are photos.
  package var independentCount: Double {
    guard groups < count else { return Double(count) }
    guard error > 0, error.isFinite else { return Double(groups) }
    return min(Double(count), max(1, mean * (1 - mean) / (error * error)))
  }
}
