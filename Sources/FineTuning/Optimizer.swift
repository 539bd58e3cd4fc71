import NeuralNetworks
import TensorKernels

/// Stochastic gradient descent with momentum (Sutskever et al. 2013, in the form where the rate
/// multiplies the velocity: a change of rate acts at once).
///
/// ```
/// g ← scale · g + decay · w      v ← momentum · v + g
/// w ← w − rate · (nesterov ? g + momentum · v : v)
/// ```
public struct SGD: Hashable, Sendable {
  public var momentum: Float
  public var nesterov: Bool
  /// The L2 penalty of kernels; other parameters are never decayed.
  public var weightDecay: Float

  public init(momentum: Float = 0.9, nesterov: Bool = true, weightDecay: Float = 0) {
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// One step of one parameter; `values` and `velocity` change, `gradient` does not.
  /// - Parameter scale: what the gradient is multiplied by first, below 1 when it is clipped.
  public func step(
    _ parameter: Parameter, values: UnsafeMutableBufferPointer<Float>,
    gradient: UnsafeBufferPointer<Float>, velocity: UnsafeMutableBufferPointer<Float>,
    rate: Float, scale: Float = 1
  ) {
    precondition(velocity.count == values.count, "\(parameter.name): sizes differ")
    GradientDescent.step(
      values, velocity: velocity, gradient: gradient, scale: scale, rate: rate, momentum: momentum,
      decay: parameter.role.isDecayed ? weightDecay : 0, nesterov: nesterov)
  }
}

/// The velocities of the parameters that learn, by name; they outlive a phase, so that unfreezing
/// more of a network does not forget what the head has learnt about its direction.
public final class OptimizerState: Sendable {
  // `FloatBuffer`s have fixed addresses; the workers that update share none of them.
  private let velocities: [String: FloatBuffer]

  /// Zero velocities for parameters that `previous` does not know; its own for the others.
  public init(_ parameters: [Parameter], continuing previous: OptimizerState? = nil) {
    var velocities: [String: FloatBuffer] = [:]
    for parameter in parameters {
      let kept = previous?.velocities[parameter.name]
      velocities[parameter.name] =
        kept?.count == parameter.shape.count ? kept : FloatBuffer(count: parameter.shape.count)
    }
    self.velocities = velocities
  }

  /// The velocity of a parameter that the state was made for.
  public func velocity(_ parameter: Parameter) -> UnsafeMutableBufferPointer<Float> {
    guard let buffer = velocities[parameter.name] else {
      preconditionFailure("no velocity for '\(parameter.name)'")
    }
    return UnsafeMutableBufferPointer(start: buffer.pointer, count: buffer.count)
  }

  /// All velocities, by "<parameter>/velocity".
  var tensors: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: velocities.map { name, buffer in
        ("\(name)/velocity", Tensor([buffer.count], buffer.array(count: buffer.count)))
      })
  }

  /// Sets what `tensors` gave.
  func restore(_ tensors: [String: Tensor]) {
    for (name, buffer) in velocities {
      guard let tensor = tensors["\(name)/velocity"] else { continue }
      for (index, value) in tensor.values.enumerated() { buffer.pointer[index] = value }
    }
  }

  /// Forgets all directions.
  public func reset() {
    for buffer in velocities.values {
      buffer.pointer.update(repeating: 0, count: buffer.count)
    }
  }
}
