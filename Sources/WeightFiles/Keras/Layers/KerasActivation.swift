import Files
import NeuralNetworks
import TensorKernels

extension Activation {
  /// Keras 3's name of the function.
  func json() throws(LayerError) -> JSONValue {
    guard let name = kerasName else {
      throw LayerError("Keras has no name for the activation \(self)")
    }
    return .string(name)
  }

  var kerasName: String? {
    switch self {
    case .linear: "linear"
    case .relu: "relu"
    case .relu6: "relu6"
    case .elu(alpha: 1): "elu"
    case .selu: "selu"
    case .tanh: "tanh"
    case .sigmoid: "sigmoid"
    case .swish: "swish"
    case .hardSwish: "hard_silu"
    case .gelu: "gelu"
    case .softplus: "softplus"
    case .softsign: "softsign"
    case .exponential: "exponential"
    case .mish: "mish"
    case .softmax: "softmax"
    // `hard_sigmoid` is not the same function in all versions.
    case .leakyRelu, .elu, .hardSigmoid, .geluTanh: nil
    }
  }

  /// - Parameter name: of the function, in any version of Keras or TensorFlow.
  init?(kerasName name: String, version: Int) {
    switch name {
    case "linear": self = .linear
    case "relu": self = .relu
    case "relu6": self = .relu6
    case "leaky_relu": self = .leakyRelu(slope: 0.2)
    case "elu": self = .elu(alpha: 1)
    case "selu": self = .selu
    case "tanh": self = .tanh
    case "sigmoid": self = .sigmoid
    case "hard_sigmoid": self = .hardSigmoid(slope: version < 3 ? 0.2 : 1 / 6)
    case "swish", "silu": self = .swish
    case "hard_swish", "hard_silu": self = .hardSwish
    case "gelu": self = .gelu
    case "softplus": self = .softplus
    case "softsign": self = .softsign
    case "exponential", "exp": self = .exponential
    case "mish": self = .mish
    case "softmax": self = .softmax
    default: return nil
    }
  }
}

extension KerasSettings {
  /// The function in `activation`: a name, or a serialised function or layer.
  func activation() throws(LayerError) -> Activation {
    guard let (_, value) = value(["activation"]) else { return .linear }
    if let name = value.string { return try activation(named: name) }
    guard let className = value["class_name"]?.string else {
      throw LayerError("has \(value.brief) for activation, expected the name of a function")
    }
    if className == "function" {
      let name = value["config"]?.string ?? value["registered_name"]?.string
      return try activation(named: name ?? "")
    }
    if className == "Lambda" || className == "__lambda__" {
      throw LayerError("has Python code for its activation, which is never run")
    }
    let inner = KerasSettings(
      className: className, values: value["config"]?.object ?? [:], version: version)
    let row = KerasLayerClass.activations.first { $0.names.contains(className) }
    guard let steps = try row?.read(inner).steps, steps.count <= 1 else {
      throw LayerError("has a \(className) layer for its activation that is no single function")
    }
    guard let step = steps.first else { return .linear }
    guard let layer = step.layer as? ActivationLayer else {
      throw LayerError("has a \(className) layer for its activation, expected a function")
    }
    return layer.activation
  }

  private func activation(named name: String) throws(LayerError) -> Activation {
    guard let activation = Activation(kerasName: name, version: version) else {
      throw LayerError("has the activation '\(name.prefix(60))', which is not known here")
    }
    return activation
  }
}

extension Activation {
  /// The function as layers of Keras, the last of which has this suffix.
  func described(suffix: String) throws(LayerError) -> [DescribedLayer] {
    func layer(_ more: String, _ name: String, _ settings: [String: JSONValue]) -> DescribedLayer {
      DescribedLayer(suffix: suffix + more, className: name, settings: settings)
    }
    let capped: [String: JSONValue] = [
      "max_value": .float(6), "negative_slope": .float(0), "threshold": .float(0),
    ]
    switch self {
    // Keras's own MobileNets say it this way, and older versions know no function of that name.
    case .relu6: return [layer("", "ReLU", capped)]
    case .leakyRelu(let slope):
      return [layer("", "LeakyReLU", ["negative_slope": .float(slope)])]
    case .elu(let alpha): return [layer("", "ELU", ["alpha": .float(alpha)])]
    case .hardSigmoid(let slope):
      // `hard_sigmoid` has another slope in Keras 2 than in Keras 3: relu6(6 · slope · x + 3) / 6.
      return [
        layer("_scaled", "Rescaling", ["scale": .float(6 * slope), "offset": .float(3)]),
        layer("_capped", "ReLU", capped),
        layer("", "Rescaling", ["scale": .float(1 / 6), "offset": .float(0)]),
      ]
    default: return [layer("", "Activation", ["activation": try json()])]
    }
  }
}
