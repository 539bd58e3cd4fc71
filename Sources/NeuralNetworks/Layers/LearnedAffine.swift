import TensorKernels

/// γ · x + β with one learned γ and one learned β for all values, as behind the activations of HGNetV2
/// (timm `LearnableAffineBlock`, where they are called scale and bias).
public struct LearnedAffine: Layer {
  /// `LearnedAffine`; Keras has no class of this name.
  public static let kind = "LearnedAffine"

  /// One factor and one summand; there is nothing to set.
  public init() {}

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// γ and β, `[1]` each.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.gamma, [1]), (.beta, [1])]
  }

  /// Becomes a product and a sum.
  public func lower(into lowering: inout Lowering) {
    guard let gamma = lowering.parameters[.gamma], let beta = lowering.parameters[.beta] else {
      preconditionFailure("a learned affine map always has its numbers")
    }
    let shape = lowering.inputShapes[0]
    lowering.append(
      .image(.grouped(.columnProduct(gamma))), reading: lowering.inputs, shape: shape)
    lowering.append(.image(.bias(beta)), reading: [lowering.output], shape: shape)
  }
}
