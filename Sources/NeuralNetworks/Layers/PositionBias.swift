import TensorKernels

/// A bias of its own for every position and channel, as before the softmax of AlphaGo's policy network
/// (Silver et al., 2016).
public struct PositionBias: Layer {
  /// `PositionBias`; Keras has no such class.
  public static let kind = "PositionBias"

  /// A layer whose bias is as large as its input.
  public init() {}

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// One bias, of the input's shape.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.bias, inputs[0])]
  }

  /// Becomes one addition of the bias.
  public func lower(into lowering: inout Lowering) {
    lowering.addBias(shape: lowering.inputShapes[0])
  }
}

extension Lowering {
  /// Appends the node's bias, if it has one, to the output so far.
  mutating func addBias(shape: Shape) {
    guard let bias = parameters[.bias] else { return }
    append(.image(.bias(bias)), reading: [output], shape: shape)
  }
}
