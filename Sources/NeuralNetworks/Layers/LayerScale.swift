import TensorKernels

/// Each channel times a learned factor, at the end of a residual branch (Touvron et al., "Going deeper
/// with Image Transformers", 2021, section 2.2; Keras's ConvNeXt `LayerScale`).
///
/// Behind a convolution it becomes part of that one's kernel and bias.
public struct LayerScale: Layer {
  /// Keras's class, `LayerScale`, which only its ConvNeXt has.
  public static let kind = "LayerScale"

  /// What the factors are before they have learned: small, so that a deep network begins as few layers.
  public var initialValue: Float

  /// The paper's factor for deep networks, unless another is given.
  public init(initialValue: Float = 1e-6) { self.initialValue = initialValue }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// γ, one for each channel.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.gamma, [inputs[0].channels])]
  }

  /// Becomes a product of columns, which the compiler folds into a convolution before it.
  public func lower(into lowering: inout Lowering) {
    guard let gamma = lowering.parameters[.gamma] else {
      preconditionFailure("a layer scale always has its factors")
    }
    lowering.append(
      .image(.grouped(.columnProduct(gamma))), reading: lowering.inputs,
      shape: lowering.inputShapes[0])
  }
}
