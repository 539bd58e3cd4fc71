import Files
import NeuralNetworks
import TensorKernels

extension Activation {
  /// Keras 3's name of the function.
  func keras() throws(LayerError) -> JSONValue {
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

extension KerasConfiguration {
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
    let inner = KerasConfiguration(
      className: className, values: value["config"]?.object ?? [:], version: version)
    let recipe = try KerasLayerTable.activation(inner)
    guard let steps = recipe?.steps, steps.count <= 1 else {
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

extension KerasLayerTable {
  /// Layers without weights that map each value.
  static func activation(_ layer: KerasConfiguration) throws(LayerError) -> KerasRecipe? {
    switch layer.className {
    case "Activation": return KerasRecipe(ActivationLayer(try layer.activation()))
    case "ReLU": return try rectifier(layer)
    case "LeakyReLU":
      return try leaky(try layer.number("negative_slope", "alpha", else: 0.3))
    case "ELU":
      let alpha = try layer.number("alpha", else: 1)
      guard alpha > 0 else { throw LayerError("has the alpha \(alpha), expected more than 0") }
      return KerasRecipe(ActivationLayer(.elu(alpha: alpha)))
    case "Softmax":
      if let (_, axis) = layer.value(["axis"]), axis.int != -1 {
        throw LayerError("has the axis \(axis.brief), and only the last, -1, is read")
      }
      return KerasRecipe(ActivationLayer(.softmax))
    default: return nil
    }
  }

  /// f(x) = max_value for x ≥ max_value, x down to the threshold, negative_slope · x below.
  private static func rectifier(_ layer: KerasConfiguration) throws(LayerError) -> KerasRecipe {
    let slope = try layer.number("negative_slope", else: 0)
    let threshold = try layer.number("threshold", else: 0)
    guard threshold == 0 else {
      throw LayerError("has the threshold \(threshold), and only 0 is read")
    }
    guard layer.value(["max_value"]) != nil else { return try leaky(slope) }
    let largest = try layer.number("max_value")
    guard slope == 0, largest > 0 else {
      throw LayerError(
        "has the slope \(slope) and the largest value \(largest), and only a slope of 0 with a "
          + "positive largest value is read")
    }
    if largest == 6 { return KerasRecipe(ActivationLayer(.relu6)) }
    return .chain([
      ("scale", Scale(6 / largest)), ("relu6", ActivationLayer(.relu6)), ("", Scale(largest / 6)),
    ])
  }

  private static func leaky(_ slope: Float) throws(LayerError) -> KerasRecipe {
    guard slope >= 0 else { throw LayerError("has the slope \(slope), expected 0 or more") }
    return KerasRecipe(ActivationLayer(slope == 0 ? .relu : .leakyRelu(slope: slope)))
  }
}
