import NeuralNetworks
import TensorKernels

/// A rule with its weight decay: what a step does to one parameter.
public struct Optimizer: Hashable, Sendable {
  /// How a gradient moves a parameter.
  public var rule: OptimizerRule
  /// The decay of kernels; other parameters are never decayed.
  public var weightDecay: Double

  /// Gradient descent with momentum and without decay, unless told otherwise.
  public init(_ rule: OptimizerRule = .sgd(), weightDecay: Double = 0) {
    self.rule = rule
    self.weightDecay = weightDecay
  }

  /// As a phase says.
  public init(_ phase: Phase) {
    self.init(phase.optimizer, weightDecay: phase.weightDecay)
  }

  /// One step of one parameter: `values` and the parameter's slots of `state` change, `gradient` does
  /// not. Workers may step different parameters at once.
  /// - Parameters:
  ///   - parameter: the one that `values` belong to; its role decides whether weight decay applies.
  ///   - values: its weights, which are changed in place.
  ///   - gradient: of the loss, as long as `values`; without the weight decay, which the step
  ///     itself applies.
  ///   - state: made for this rule and this parameter.
  ///   - rate: the learning rate of this step.
  ///   - scale: what the gradient is multiplied by first, below 1 when it is clipped.
  public func step(
    _ parameter: Parameter, values: UnsafeMutableBufferPointer<Float>,
    gradient: UnsafeBufferPointer<Float>, state: OptimizerState, rate: Double, scale: Float = 1
  ) {
    precondition(
      state.rule.name == rule.name, "the state is for \(state.rule.name), not \(rule.name)")
    let decay = parameter.role.isDecayed ? weightDecay : 0
    switch rule {
    case .sgd(let momentum, let nesterov):
      GradientDescent.step(
        values, velocity: state.values(of: .velocity, of: parameter), gradient: gradient,
        scale: scale, rate: Float(rate), momentum: Float(momentum), decay: Float(decay),
        nesterov: nesterov)
    case .adamW(let beta1, let beta2, let epsilon):
      let steps = state.values(of: .steps, of: parameter)
      steps[0] += 1
      GradientDescent.adamW(
        values, mean: state.values(of: .mean, of: parameter),
        square: state.values(of: .square, of: parameter), gradient: gradient, scale: scale,
        rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, decay: decay, step: Int(steps[0]))
    case .lars(let momentum, let trust):
      let factor =
        parameter.role.isKernel
        ? Self.localRate(values, gradient, scale: Double(scale), trust: trust, decay: decay) : 1
      GradientDescent.lars(
        values, velocity: state.values(of: .velocity, of: parameter), gradient: gradient,
        scale: scale, rate: Float(rate * factor), momentum: Float(momentum), decay: Float(decay))
    }
  }

  /// λ of LARS.
  private static func localRate(
    _ values: UnsafeMutableBufferPointer<Float>, _ gradient: UnsafeBufferPointer<Float>,
    scale: Double, trust: Double, decay: Double
  ) -> Double {
    let norm = GradientDescent.sumOfSquares(UnsafeBufferPointer(values)).squareRoot()
    let slope = scale * GradientDescent.sumOfSquares(gradient).squareRoot()
    guard norm > 0, slope > 0 else { return 1 }
    return trust * norm / (slope + decay * norm)
  }
}
