/// The extent of a tensor along each axis, outermost first.
///
/// Activations are `[height, width, channels]` (the batch axis is the executor's business), kernels
/// are laid out as Keras stores them: convolutions `[height, width, in, out]`, dense `[in, out]`.
public struct Shape: Hashable, Sendable {
  /// The extents, outermost first; empty for a scalar.
  public var dimensions: [Int]

  /// A shape with these extents, outermost first.
  public init(_ dimensions: [Int]) { self.dimensions = dimensions }

  /// The number of elements: the product of all dimensions, 1 for a scalar.
  public var count: Int { dimensions.reduce(1, *) }

  /// The number of axes; 0 for a scalar.
  public var rank: Int { dimensions.count }

  /// The extent along an axis, counted from 0 at the outermost.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The innermost extent: channels for activations, outputs for kernels; 1 for a scalar.
  public var channels: Int { dimensions.last ?? 1 }
}

extension Shape: ExpressibleByArrayLiteral {
  /// `[224, 224, 3]` as a shape.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  /// The extents in brackets, as in `[224, 224, 3]`.
  public var description: String { "[\(dimensions.map(String.init).joined(separator: ", "))]" }
}

extension Shape: Codable {
  /// Reads a list of integers.
  public init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode([Int].self))
  }

  /// Writes a list of integers.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(dimensions)
  }
}
