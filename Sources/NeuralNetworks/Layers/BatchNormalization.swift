import TensorKernels

/// Batch normalisation over the innermost axis (Ioffe and Szegedy, 2015; Keras
/// `BatchNormalization`): γ (x − mean) / √(variance + ε) + β.
public struct BatchNormalization: Layer {
  public static let kind = "BatchNormalization"

  /// ε, added to the variance.
  public var epsilon: Float
  /// How much of the old moving statistic stays after a training step, `0...1`.
  public var momentum: Float

  public init(epsilon: Float = 1e-3, momentum: Float = 0.99) {
    self.epsilon = epsilon
    self.momentum = momentum
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let channels: Shape = [inputs[0].channels]
    return [
      (.gamma, channels), (.beta, channels), (.movingMean, channels), (.movingVariance, channels),
    ]
  }

  public func lower(into lowering: inout Lowering) {
    guard let gamma = lowering.parameters[.gamma], let beta = lowering.parameters[.beta],
      let mean = lowering.parameters[.movingMean],
      let variance = lowering.parameters[.movingVariance]
    else { preconditionFailure("a batch norm always has its four vectors") }
    let norm = GraphNormalization(
      epsilon: epsilon, momentum: momentum, gamma: gamma, beta: beta, mean: mean,
      variance: variance)
    lowering.append(
      .normalization(norm), reading: lowering.inputs, shape: lowering.inputShapes[0])
  }
}
