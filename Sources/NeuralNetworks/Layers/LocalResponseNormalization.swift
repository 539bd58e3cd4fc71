import TensorKernels

/// x / (bias + alpha · Σ x²)^beta, the sum going over the `size` channels around each, as far as they
/// exist (Krizhevsky et al., 2012, section 3.3).
///
/// Alpha multiplies the sum, as in the paper and in TensorFlow
/// (`tf.nn.local_response_normalization`, depth radius ⌊size / 2⌋). Caffe and PyTorch divide it by
/// `size`: pass their alpha / size.
public struct LocalResponseNormalization: Layer {
  /// `LocalResponseNormalization`; Keras has no such class.
  public static let kind = "LocalResponseNormalization"

  /// An odd number of channels.
  public var size: Int
  /// What the sum of squares is multiplied by; not below 0.
  public var alpha: Float
  /// The exponent of the denominator.
  public var beta: Float
  /// What the denominator begins with; above 0.
  public var bias: Float

  /// AlexNet's numbers, unless others are given.
  public init(size: Int = 5, alpha: Float = 1e-4, beta: Float = 0.75, bias: Float = 2) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }

  /// The input's shape; an even `size`, a `bias` of 0 or a negative `alpha` is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard size > 0, size % 2 == 1 else {
      throw LayerError(
        "local response normalisation is over an odd number of channels, not \(size)")
    }
    guard bias > 0, alpha >= 0 else {
      throw LayerError("bias must be above 0 and alpha not below, found \(bias) and \(alpha)")
    }
    return try onlyInput(of: inputs)
  }

  /// Becomes one local response over the channels.
  public func lower(into lowering: inout Lowering) {
    let response = LocalResponse(size: size, alpha: alpha, beta: beta, bias: bias)
    lowering.append(
      .image(.localResponse(response)), reading: lowering.inputs, shape: lowering.inputShapes[0])
  }
}
