import TensorKernels

/// Batch normalisation over the innermost axis (Ioffe and Szegedy, 2015; Keras
/// `BatchNormalization`): γ (x − mean) / √(variance + ε) + β.
///
/// Without `hasScale` γ is 1, without `hasCenter` β is 0; then there is no such weight.
public struct BatchNormalization: Layer {
  /// Keras's class, `BatchNormalization`.
  public static let kind = "BatchNormalization"

  /// ε, added to the variance.
  public var epsilon: Float
  /// How much of the old moving statistic stays after a training step, `0...1`.
  public var momentum: Float
  /// Whether there is a γ.
  public var hasScale: Bool
  /// Whether there is a β.
  public var hasCenter: Bool

  /// Keras's ε and momentum, unless others are given.
  public init(
    epsilon: Float = 1e-3, momentum: Float = 0.99, scale: Bool = true, center: Bool = true
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    hasScale = scale
    hasCenter = center
  }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// γ and β as far as there are such, then moving mean and variance: `[channels]` each.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let channels: Shape = [inputs[0].channels]
    return (hasScale ? [(.gamma, channels)] : []) + (hasCenter ? [(.beta, channels)] : [])
      + [(.movingMean, channels), (.movingVariance, channels)]
  }

  /// Becomes one normalisation, which the compiler folds into a convolution before it where it is
  /// frozen.
  public func lower(into lowering: inout Lowering) {
    guard let mean = lowering.parameters[.movingMean],
      let variance = lowering.parameters[.movingVariance]
    else { preconditionFailure("a batch norm always has its statistics") }
    let norm = GraphNormalization(
      epsilon: epsilon, momentum: momentum, gamma: lowering.parameters[.gamma],
      beta: lowering.parameters[.beta], mean: mean, variance: variance)
    lowering.append(
      .normalization(norm), reading: lowering.inputs, shape: lowering.inputShapes[0])
  }
}
