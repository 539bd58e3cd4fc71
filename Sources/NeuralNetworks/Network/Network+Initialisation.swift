import Files
import TensorKernels

extension Network {
  /// Fresh weights by Keras's default initialisers: Glorot's uniform for kernels (Glorot and Bengio,
  /// 2010), 0 for biases, α, β and moving means, 1 for γ and moving variances; a layer scale's γ is its
  /// `initialValue`.
  ///
  /// Each value depends on `seed`, the parameter's name and the position alone.
  public func initialTensors(seed: UInt64) -> [String: Tensor] {
    var tensors = Dictionary(
      uniqueKeysWithValues: parameters.map { ($0.name, $0.initialTensor(seed: seed)) })
    for node in nodes {
      guard let scale = node.layer as? LayerScale else { continue }
      for gamma in node.parameters {
        tensors[gamma.name] = Tensor(repeating: scale.initialValue, gamma.shape)
      }
    }
    return tensors
  }
}

extension Parameter {
  /// Fresh values of this parameter, as `Network.initialTensors` says.
  package func initialTensor(seed: UInt64) -> Tensor {
    switch role {
    case .bias, .alpha, .beta, .movingMean, .mean: return Tensor(repeating: 0, shape)
    case .gamma, .movingVariance, .variance: return Tensor(repeating: 1, shape)
    case .kernel, .depthwiseKernel, .pointwiseKernel:
      let receptive = shape.dimensions.dropLast(2).reduce(1, *)
      let fans = shape.dimensions.suffix(2).map { $0 * receptive }
      let limit = (6 / Float(fans.reduce(0, +))).squareRoot()
      var key = seed
      for byte in name.utf8 { key = CounterRandom.mix(key, UInt64(byte)) }
      let values = (0..<shape.count).map { index in
        (2 * CounterRandom.uniform(key, UInt64(index)) - 1) * limit
      }
      return Tensor(shape, values)
    }
  }
}
