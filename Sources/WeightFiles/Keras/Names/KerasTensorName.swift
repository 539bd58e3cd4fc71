import NeuralNetworks

/// The names under which one tensor of a legacy Keras file may be looked up.
///
/// Keras wrote `conv1/conv1/kernel:0`: the layer's group, then the variable's own name. Across its
/// versions the two differ: TensorFlow made a second `bn_1` into `bn_1_1`, nested models share one
/// group, and Keras 1 joined layer and role by underscores (the official VGG files still do).
struct KerasTensorName: Hashable {
  /// The layer, most trustworthy name first; never empty.
  let layers: [String]
  /// `kernel`, `moving_mean`… as Keras spells it today.
  let role: String
  /// The models that the name says the layer is inside, outermost first.
  let models: [String]

  /// - Parameters:
  ///   - weight: an item of `weight_names`.
  ///   - group: the layer's group.
  ///   - siblings: all items of the same `weight_names`.
  init(weight: String, group: String, siblings: [String]) {
    let parts = Self.parts(weight)
    guard parts.count > 1 else {
      (layers, role) = ([group], Self.role(ofBare: parts.last ?? weight, in: group))
      models = []
      return
    }
    role = Self.today(parts[parts.count - 1])
    let place = parts.dropLast()
    // Names of layers may have slashes themselves: `conv1/bn` of the official DenseNets.
    if place.joined(separator: "/") == group {
      (layers, models) = ([group], [])
      return
    }
    let own = parts[parts.count - 2]
    let isOneLayer = siblings.allSatisfy { Self.parts($0).dropLast() == place }
    layers = isOneLayer && own != group ? [group, own] : [own]
    // The file's own model may come first, in Keras 3.
    let inner = place.dropLast()
    let start = inner.lastIndex(of: group).map { $0 + 1 } ?? inner.startIndex
    models = isOneLayer ? [] : [group] + inner[start...]
  }

  /// - Parameter name: of a tensor in a file without groups: `layer/kernel:0`, `layer.kernel`,
  ///   `model/layer/kernel`.
  init(flat name: String) {
    let isDotted = !name.contains("/")
    let parts = Self.parts(name, separator: isDotted ? "." : "/")
    role = Self.today(parts.last ?? name)
    let place = Array(parts.dropLast())
    layers = [place.last ?? "", place.joined(separator: "/")].reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
    models = Array(place.dropLast())
  }

  /// The layer for messages: the variable's own, unless it is the group's with a suffix.
  var displayLayer: String {
    let own = layers[layers.count - 1]
    return own.hasPrefix(layers[0]) || !models.isEmpty ? layers[0] : own
  }

  /// The roles under which a parameter may be stored: Keras 3 calls a depthwise kernel `kernel`, and the
  /// factors of ConvNeXt's layer scales have no name.
  static func roles(of parameter: Parameter) -> [String] {
    let others: [String] =
      switch parameter.role {
      case .depthwiseKernel: [Parameter.Role.kernel.kerasName]
      case .gamma: [nameless]
      default: []
      }
    return [parameter.role.kerasName] + others
  }

  private static let nameless = "variable"

  /// What other official files call a layer: Keras renamed its classifiers after it had published
  /// the weights, which it loads by position; and some layers have a name only in one of two files.
  static func otherNames(ofLayer name: String) -> [String] {
    switch name {
    case "predictions": ["probs", "Logits", "fc1000"]
    case "layer_normalization": convNeXtEnds
    default: []
    }
  }

  /// The last norm of Keras's ConvNeXt has a name only where a classifier follows it.
  private static let convNeXtEnds = ["tiny", "small", "base", "large", "xlarge"].map {
    "convnext_\($0)_head_layernorm"
  }

  /// A spelling that Keras's renaming of 2020 to 2023 leaves alone: `Conv/BatchNorm` became
  /// `conv_bn`, `conv2_block1/bn` became `conv2_block1_bn`.
  static func spelling(of layer: String) -> String {
    layer.lowercased().replacing("/", with: "_").replacing("batchnorm", with: "bn")
  }

  private static func parts(_ weight: String, separator: Character = "/") -> [String] {
    let path = weight.split(separator: ":", maxSplits: 1).first ?? ""
    return path.split(separator: separator).map(String.init)
  }

  /// `block1_conv1_W_1` of the group `block1_conv1` is its `kernel`.
  private static func role(ofBare name: String, in group: String) -> String {
    var role = name[...]
    if role.hasPrefix(group + "_") { role = role.dropFirst(group.count + 1) }
    if let underscore = role.lastIndex(of: "_"), underscore > role.startIndex,
      role[underscore...].dropFirst().allSatisfy(\.isNumber)
    {
      role = role[..<underscore]
    }
    return today(String(role))
  }

  private static func today(_ role: String) -> String {
    switch role {
    case "W": "kernel"
    case "b": "bias"
    // What Keras 3 or TensorFlow calls a variable without a name, counted over the model.
    case _ where role.wholeMatch(of: /[Vv]ariable(_\d+)?/) != nil: nameless
    case "running_mean": "moving_mean"
    case "running_std": "moving_variance"  // Keras 1 named it so and stored the variance.
    default: role
    }
  }
}
