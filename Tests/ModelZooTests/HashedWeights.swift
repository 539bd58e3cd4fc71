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

  /// offset + scale · u; u in -1..<1 is SplitMix64 of (digest of the name, index), upper 24 bits.
  static func numbers(_ name: String, count: Int, offset: Double = 0, scale: Double = 1) -> [Float]
  {
    let base = digest(name)
    let step = scale / 8_388_608
    return [Float](unsafeUninitializedCapacity: count) { memory, initialized in
      for index in 0..<count {
        var z = base &+ (UInt64(truncatingIfNeeded: index) &+ 1) &* 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        z ^= z >> 31
        let u = Double(Int32(truncatingIfNeeded: z >> 40) &- 8_388_608)
        memory[index] = Float(offset + step * u)
      }
      initialized = count
    }
  }

  /// Examples of the size that the network's first layers expect: bytes where it rescales, up to 32
  /// where local response normalisation is to have an effect, else -1...1.
  static func examples(_ count: Int, for network: Network) -> [Float] {
    let values = count * network.inputShape.count
    let rescales = network.nodes.contains {
      $0.name == "rescaling" || $0.name.hasSuffix("_prestem_normalization")
    }
    if rescales {
      return numbers("input", count: values, offset: 127.5, scale: 127.5)
    }
    return numbers("input", count: values, scale: network.node(named: "norm1") == nil ? 1 : 32)
  }

  /// Every tensor of a network, of a size that is sane for its role.
  static func tensors(of network: Network) -> [String: Tensor] {
    let gains = gains(in: network)
    return Dictionary(
      uniqueKeysWithValues: network.parameters.map { parameter in
        let (offset, scale) = rule(parameter, gain: gains[parameter.node] ?? 1)
        let numbers = numbers(
          parameter.name, count: parameter.shape.count, offset: offset, scale: scale)
        return (parameter.name, Tensor(parameter.shape, numbers))
      })
  }

  /// The middle of a parameter's values, and how far they reach.
  private static func rule(_ parameter: Parameter, gain: Double) -> (
    offset: Double, scale: Double
  ) {
    let dimensions = parameter.shape.dimensions.map(Double.init)
    let node = parameter.node
    switch parameter.role {
    case .depthwiseKernel: return (0, (6 / (dimensions[0] * dimensions[1])).squareRoot())
    case .pointwiseKernel: return (0, (3 / dimensions[2]).squareRoot())
    case .kernel: return (0, gain * (6 / dimensions.dropLast().reduce(1, *)).squareRoot())
    case .gamma where node.hasSuffix("_layer_scale"): return (0.3, 0.1)
    case .gamma:
      let gain = gain * (node.hasSuffix("_project_BN") ? 0.4 : precedesReLU6(node) ? 1.2 : 1)
      return (gain, 0.3 * gain)
    case .bias where node.hasSuffix("se_expand") || node.hasSuffix("squeeze_excite_conv_1"):
      return (2, 0.5)
    case .beta where precedesReLU6(node): return (1, 1)
    case .movingVariance: return (1, 0.5)
    case .mean: return (0.45, 0.05)
    case .variance: return (0.05, 0.01)
    default: return (0, 0.2)
    }
  }

  /// Of nodes that end a residual branch: 1 / the root of the number of sums. Projections of shortcuts
  /// end no branch, nor do the sums of Inception-ResNet, which have a factor of their own;
  /// MobileNetV2's branches are kept small by `rule`.
  private static func gains(in network: Network) -> [String: Double] {
    var consumers: [Int: [Int]] = [:]
    for (index, node) in network.nodes.enumerated() {
      for input in node.inputs { consumers[input.index, default: []].append(index) }
    }
    let sums = network.nodes.count {
      $0.layer is Add && !$0.name.hasPrefix("custom_scale_layer")
    }
    var gains: [String: Double] = [:]
    for (index, node) in network.nodes.enumerated()
    where node.layer is Convolution2D || node.layer is BatchNormalization {
      var after = consumers[index] ?? []
      if after.count == 1, network.nodes[after[0]].layer is Dropout {
        after = consumers[after[0]] ?? []
      }
      let isOther =
        node.name.contains("_0_") || node.name.hasPrefix("batch_normalization")
        || node.name.hasSuffix("_project_BN")
      guard after.count == 1, network.nodes[after[0]].layer is Add, !isOther else { continue }
      gains[node.name] = 1 / Double(sums).squareRoot()
    }
    return gains
  }

  private static func precedesReLU6(_ norm: String) -> Bool {
    norm.hasPrefix("conv_") || norm.hasSuffix("expand_BN") || norm.hasSuffix("depthwise_BN")
  }
}
