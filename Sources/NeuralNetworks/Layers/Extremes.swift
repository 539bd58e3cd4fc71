import TensorKernels

/// The largest of the values that tensors of one shape have at each place (Keras `Maximum`).
public struct Maximum: Layer {
  /// Keras's class, `Maximum`.
  public static let kind = "Maximum"

  /// A maximum; how many inputs it has is up to the node.
  public init() {}

  /// The inputs' common shape; fewer than two or different ones are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try commonShape(of: inputs)
  }

  /// Becomes one operation for each input after the first; of equal values the earlier input's is taken.
  public func lower(into lowering: inout Lowering) { lowering.takeExtreme(.largest) }
}

/// The smallest of the values that tensors of one shape have at each place (Keras `Minimum`).
public struct Minimum: Layer {
  /// Keras's class, `Minimum`.
  public static let kind = "Minimum"

  /// A minimum; how many inputs it has is up to the node.
  public init() {}

  /// The inputs' common shape; fewer than two or different ones are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try commonShape(of: inputs)
  }

  /// Becomes one operation for each input after the first; of equal values the earlier input's is taken.
  public func lower(into lowering: inout Lowering) { lowering.takeExtreme(.smallest) }
}

extension Lowering {
  fileprivate mutating func takeExtreme(_ extreme: Extreme) {
    var found = inputs[0]
    for next in inputs.dropFirst() {
      found = append(
        .image(.grouped(.extreme(extreme))), reading: [found, next], shape: inputShapes[0])
    }
  }
}
