import ModelZoo
import NeuralNetworks
import TensorKernels

/// Weights and inputs that need no file: every number is a hash of its tensor's name and its index.
/// `Tools/keras/common.py` fills real Keras with the same numbers.
enum HashedWeights {
  /// 64-bit FNV-1a of the UTF-8 bytes.
  static func digest(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Numbers in -1..<1: SplitMix64 of (digest of the name, index), upper 24 bits.
  static func numbers(_ name: String, count: Int) -> [Double] {
    let base = digest(name)
    return (1...UInt64(count)).map { index in
      var z = base &+ index &* 0x9e37_79b9_7f4a_7c15
      z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
      z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
      z ^= z >> 31
      return Double(z >> 40) / 8_388_608 - 1
    }
  }

  static func input(count: Int, side: Int) -> [Float] {
    numbers("input", count: count * side * side * 3).map(Float.init)
  }

  /// Every tensor of a network, of a size that is sane for its role.
  static func tensors(of network: Network) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: network.parameters.map { parameter in
        let numbers = numbers(parameter.name, count: parameter.shape.count)
        let scaled = rule(parameter)
        return (parameter.name, Tensor(parameter.shape, numbers.map { Float(scaled($0)) }))
      })
  }

  private static func rule(_ parameter: Parameter) -> (Double) -> Double {
    let dimensions = parameter.shape.dimensions
    switch parameter.role {
    case .depthwiseKernel:
      let bound = (6.0 / Double(dimensions[0] * dimensions[1])).squareRoot()
      return { $0 * bound }
    case .kernel, .pointwiseKernel:
      let bound = (6.0 / Double(dimensions.dropLast().reduce(1, *))).squareRoot()
      return { $0 * bound }
    case .gamma:
      let gain = gain(parameter.node)
      return { (1.0 + 0.3 * $0) * gain }
    case .beta where precedesReLU6(parameter.node): return { 1.0 + $0 }
    case .movingVariance, .variance: return { 1.0 + 0.5 * $0 }
    case .bias, .beta, .movingMean, .mean: return { 0.2 * $0 }
    }
  }

  private static func gain(_ norm: String) -> Double {
    if norm.hasSuffix("_3_bn") || norm.hasSuffix("_project_BN") { return 0.4 }
    return precedesReLU6(norm) ? 1.2 : 1
  }

  private static func precedesReLU6(_ norm: String) -> Bool {
    norm.hasPrefix("conv_") || norm.hasSuffix("expand_BN") || norm.hasSuffix("depthwise_BN")
  }
}
