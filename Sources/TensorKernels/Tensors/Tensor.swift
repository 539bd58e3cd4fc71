/// Float32 values with a shape, in row-major order: the form in which weights are read, written,
/// initialised and compared. Kernels never run on a `Tensor`; they run on a backend's buffers.
public struct Tensor: Hashable, Sendable {
  /// The extents of its axes; fixed, see `reshaped`.
  public let shape: Shape
  /// All elements, the innermost axis fastest; always `shape.count` of them.
  public var values: [Float]

  /// - Precondition: `values` holds exactly `shape.count` elements.
  public init(_ shape: Shape, _ values: [Float]) {
    precondition(
      values.count == shape.count, "\(values.count) values cannot fill a tensor of shape \(shape)")
    self.shape = shape
    self.values = values
  }

  /// A tensor filled with one value.
  public init(repeating value: Float, _ shape: Shape) {
    self.init(shape, Array(repeating: value, count: shape.count))
  }

  /// The same values under another shape of equal count.
  public func reshaped(_ shape: Shape) -> Tensor { Tensor(shape, values) }

  /// The largest magnitude, 0 when empty; NaN if any value is NaN.
  public var largestMagnitude: Float {
    var largest: Float = 0
    for value in values {
      if value.isNaN { return .nan }
      largest = max(largest, abs(value))
    }
    return largest
  }
}
