/// Values that are brought to a common size together.
///
/// Of each of `blocks` blocks of `positions` rows, `groups` runs of `channels` neighbouring values in every
/// row belong together, run by run over all rows.
public struct Standardisation: Hashable, Sendable {
  /// What a group's values are brought to.
  public enum Target: Hashable, Sendable {
    /// Mean 0 and deviation 1: (x − mean) / √(variance + epsilon).
    case moments(epsilon: Float)
    /// Length 1: x / √max(Σ x², 1e-12).
    case length
  }

  /// Of one example, or of a micro-batch.
  public var blocks: Int
  /// Rows of a block.
  public var positions: Int
  /// Runs of a row.
  public var groups: Int
  /// Values of a run.
  public var channels: Int
  /// What each group is brought to.
  public var target: Target

  /// A grouping of `blocks · positions · groups · channels` values.
  public init(blocks: Int, positions: Int = 1, groups: Int = 1, channels: Int, to target: Target) {
    self.blocks = blocks
    self.positions = positions
    self.groups = groups
    self.channels = channels
    self.target = target
  }

  /// The same for so many examples.
  package func times(_ examples: Int) -> Standardisation {
    var all = self
    all.blocks *= examples
    return all
  }
}

/// Keras's rectifier with all its settings: v − slope · max(threshold − x, 0), where v is x above the
/// threshold, else 0, and, where there is a largest value, cut at 0 and at that.
public struct Rectifier: Hashable, Sendable {
  /// What x has to be above to pass.
  public var threshold: Float
  /// The largest value; `nil` for none.
  public var largest: Float?
  /// Of the part below the threshold.
  public var slope: Float

  /// A rectifier with these settings.
  public init(threshold: Float = 0, largest: Float? = nil, slope: Float = 0) {
    self.threshold = threshold
    self.largest = largest
    self.slope = slope
  }
}

/// Axes in another order. All arrays have four numbers; tensors of fewer axes have leading ones.
package struct AxisOrder: Hashable, Sendable {
  /// The extents of the result.
  package let shape: [Int]
  /// How far apart in the source neighbours along the result's axes are.
  package let strides: [Int]

  /// - Parameters:
  ///   - source: the extents of the source.
  ///   - order: for each axis of the result, the source's axis that it is.
  package init(_ source: [Int], order: [Int]) {
    let missing = 4 - source.count
    precondition(
      missing >= 0 && order.sorted() == Array(source.indices), "an order of up to four axes")
    var strides = [Int](repeating: 1, count: source.count)
    for axis in source.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * source[axis + 1]
    }
    let ones = [Int](repeating: 1, count: missing)
    shape = ones + order.map { source[$0] }
    self.strides = ones.map { _ in 0 } + order.map { strides[$0] }
  }
}
