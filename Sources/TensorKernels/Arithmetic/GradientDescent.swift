internal import CKernels

/// One step of an optimiser over a parameter's values, vectorised.
package enum GradientDescent {
  /// g ← scale · gradient + decay · w; v ← momentum · v + g; w ← w − rate · (g + momentum · v with
  /// `nesterov`, else v). Sutskever et al., 2013, in PyTorch's and Keras's form.
  package static func step(
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

  /// g ← scale · gradient; w ← (1 − rate · decay) · w; m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²;
  /// w ← w − rate · m̂ / (√v̂ + ε), with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ). Loshchilov and
  /// Hutter, 2019, algorithm 2, in PyTorch's form.
  /// - Parameter step: t, from 1.
  package static func adamW(
    _ weights: UnsafeMutableBufferPointer<Float>, mean: UnsafeMutableBufferPointer<Float>,
    square: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    scale: Float = 1, rate: Double, beta1: Double, beta2: Double, epsilon: Double, decay: Double,
    step: Int
  ) {
    precondition(
      weights.count == mean.count && weights.count == square.count
        && weights.count == gradient.count, "weights, means and gradient are of one length")
    precondition(step >= 1, "steps count from 1")
    ft_adamw(
      weights.baseAddress, mean.baseAddress, square.baseAddress, gradient.baseAddress, scale,
      Float(rate / (1 - power(beta1, step))), Float(beta1), Float(1 - beta1), Float(beta2),
      Float(1 - beta2), Float(epsilon), Float(1 / (1 - power(beta2, step)).squareRoot()),
      Float(1 - rate * decay), weights.count)
  }

  /// g ← scale · gradient; v ← momentum · v + rate · (g + decay · w); w ← w − v. You, Gitman and
  /// Ginsburg, 2017, algorithm 1, the rate being the layer's own.
  package static func lars(
    _ weights: UnsafeMutableBufferPointer<Float>, velocity: UnsafeMutableBufferPointer<Float>,
    gradient: UnsafeBufferPointer<Float>, scale: Float = 1, rate: Float, momentum: Float,
    decay: Float
  ) {
    precondition(
      weights.count == velocity.count && weights.count == gradient.count,
      "weights, velocity and gradient are of one length")
    ft_lars(
      weights.baseAddress, velocity.baseAddress, gradient.baseAddress, scale, rate, momentum, decay,
      weights.count)
  }

  /// average ← average + rest · (values − average).
  package static func average(
    _ average: UnsafeMutableBufferPointer<Float>, with values: UnsafeBufferPointer<Float>,
    rest: Float
  ) {
    precondition(average.count == values.count, "average and values are of one length")
    ft_average(average.baseAddress, values.baseAddress, rest, average.count)
  }

  /// Σ x², in Float64.
  package static func sumOfSquares(_ values: UnsafeBufferPointer<Float>) -> Double {
    ft_sum_of_squares(values.baseAddress, values.count)
  }

  /// By squaring: no library's rounding gets into the weights.
  private static func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
