import NeuralNetworks
import TensorKernels

/// Makes the steps of convolutions in front of frozen batch norms equally bold.
///
/// A frozen norm multiplies what a kernel computes, channel by channel, by s = γ / √(variance + ε).
/// The gradient of the kernel grows with s, and so does what a step of the kernel does to the output:
/// the effective rate is s² times the plan's. Pretrained networks have channels of tiny variance with
/// |s| far above 10 (MobileNetV2: 75), which diverge at rates where the rest has not begun to learn.
/// Dividing the gradient of a channel by s² gives it the rate of the plan; channels with |s| below 1
/// keep their own.
package struct GradientScale: Sendable {
  /// By the kernel's name: a factor for each output channel, which is the innermost axis.
  private let factors: [String: [Float]]

  package init(_ network: Network, tensors: [String: Tensor]) {
    var factors: [String: [Float]] = [:]
    for node in network.nodes where node.inputs.count == 1 {
      guard let norm = node.layer as? BatchNormalization,
        let gamma = tensors["\(node.name)/gamma"],
        let variance = tensors["\(node.name)/moving_variance"],
        // Of a separable convolution the pointwise one, which is what the norm reads.
        let kernel = network[node.inputs[0]].parameters.last(where: \.role.isDecayed),
        // Its kernel has the channels it reads innermost; such layers keep their rate.
        !(network[node.inputs[0]].layer is TransposedConvolution2D)
      else { continue }
      factors[kernel.name] = zip(gamma.values, variance.values).map { gamma, variance in
        1 / max(1, gamma * gamma / (variance + norm.epsilon))
      }
    }
    self.factors = factors
  }

  package func apply(to gradient: UnsafeMutableBufferPointer<Float>, of parameter: Parameter) {
    guard let factors = factors[parameter.name] else { return }
    factors.withUnsafeBufferPointer { factors in
      let channels = factors.count
      for first in stride(from: 0, to: gradient.count, by: channels) {
        for channel in 0..<channels { gradient[first + channel] *= factors[channel] }
      }
    }
  }
}
