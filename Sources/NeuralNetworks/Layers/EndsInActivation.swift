import TensorKernels

/// A layer that ends in a non-linearity of its own.
package protocol EndsInActivation: Layer {
  var activation: Activation { get set }
}

extension Dense: EndsInActivation {}
extension Convolution: EndsInActivation {}
extension DepthwiseConvolution2D: EndsInActivation {}
extension SeparableConvolution2D: EndsInActivation {}
extension ActivationLayer: EndsInActivation {}

extension Network.Node {
  /// The non-linearity that it ends with.
  package var activation: Activation {
    (layer as? any EndsInActivation)?.activation ?? .linear
  }
}

extension Network {
  /// What the last node does to logits: softmax, sigmoid, or nothing that makes probabilities.
  package var outputActivation: Activation {
    let last = self[output].activation
    return [.softmax, .sigmoid].contains(last) ? last : .linear
  }

  /// The network up to what its last node's non-linearity reads; itself where the last node has none.
  /// - Parameter stages: the first position and the name of each stage, where they are not to be the network's.
  /// - Throws: `NetworkError` as `mapping` does.
  package func withoutLastActivation(
    stages: [(first: Int, name: String)]? = nil
  ) throws(NetworkError) -> Network {
    let last = self[output]
    if last.layer is ActivationLayer {
      return try mapping(1..<(last.inputs[0].index + 1), behind: input, stages: stages)
    }
    guard var linear = last.layer as? any EndsInActivation else { return self }
    linear.activation = .linear
    return try mapping(1..<nodes.count, behind: input, stages: stages) { node in
      node.name == last.name ? linear : node.layer
    }
  }
}
