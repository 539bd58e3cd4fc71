internal import CKernels

/// One step of gradient descent with momentum over a parameter's values, vectorised.
public enum GradientDescent {
  /// g ← scale · gradient + decay · w; v ← momentum · v + g; w ← w − rate · (g + momentum · v with
  /// `nesterov`, else v). Sutskever et al., 2013, in PyTorch's and Keras's form.
  public static func step(
    _ weights: UnsafeMutableBufferPointer<Float>, velocity: UnsafeMutableBufferPointer<Float>,
    gradient: UnsafeBufferPointer<Float>, scale: Float = 1, rate: Float, momentum: Float,
    decay: Float, nesterov: Bool
  ) {
    precondition(
      weights.count == velocity.count && weights.count == gradient.count,
      "weights, velocity and gradient are of one length")
    ft_sgd(
      weights.baseAddress, velocity.baseAddress, gradient.baseAddress, scale, rate, momentum, decay,
      nesterov ? 1 : 0, weights.count)
  }
}
