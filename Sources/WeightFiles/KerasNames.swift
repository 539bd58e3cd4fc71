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

  /// - Parameters:
  ///   - weight: an item of `weight_names`.
  ///   - group: the layer's group.
  ///   - siblings: all items of the same `weight_names`.
  init(weight: String, group: String, siblings: [String]) {
    let parts = Self.parts(weight)
    guard parts.count > 1 else {
      (layers, role) = ([group], Self.role(ofBare: parts.last ?? weight, in: group))
      return
    }
    role = Self.today(parts[parts.count - 1])
    let own = parts[parts.count - 2]
    let isOneLayer = siblings.allSatisfy { Self.parts($0).dropLast() == parts.dropLast() }
    layers = isOneLayer && own != group ? [group, own] : [own]
  }

  /// The name for messages: the variable's own, unless it is the group's with a suffix.
  var displayName: String {
    let own = layers[layers.count - 1]
    return "\(own.hasPrefix(layers[0]) ? layers[0] : own)/\(role)"
  }

  /// The roles under which a parameter may be stored: Keras 3 calls a depthwise kernel `kernel`.
  static func roles(of parameter: Parameter) -> [String] {
    parameter.role == .depthwiseKernel
      ? [parameter.role.kerasName, Parameter.Role.kernel.kerasName] : [parameter.role.kerasName]
  }

  /// What other official files call a layer: Keras renamed its classifiers after it had published
  /// the weights, which it loads by position.
  static func otherNames(ofLayer name: String) -> [String] {
    name == "predictions" ? ["probs", "Logits", "fc1000"] : []
  }

  private static func parts(_ weight: String) -> [String] {
    let path = weight.split(separator: ":", maxSplits: 1).first ?? ""
    return path.split(separator: "/").map(String.init)
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
    case "running_mean": "moving_mean"
    case "running_std": "moving_variance"  // Keras 1 named it so and stored the variance.
    default: role
    }
  }
}
