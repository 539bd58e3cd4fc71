import Files

/// What the numbered tensors of a layer in Keras 3's layout are.
///
/// Keras 3 stores a layer's tensors as `0`, `1`, … in the order in which the layer makes them, and
/// leaves out those that it does not have: which they are follows from the class, its configuration
/// and, failing that, from their number.
enum KerasVariables {
  private struct Variable {
    let role: String
    /// The switch in the configuration that leaves it out; `nil` for one that is always there.
    let option: String?

    init(_ role: String, unless option: String? = nil) {
      self.role = role
      self.option = option
    }
  }

  private static let kernel = [Variable("kernel"), Variable("bias", unless: "use_bias")]
  private static let depthwise = [
    Variable("depthwise_kernel"), Variable("bias", unless: "use_bias"),
  ]
  private static let separable = [
    Variable("depthwise_kernel"), Variable("pointwise_kernel"),
    Variable("bias", unless: "use_bias"),
  ]
  private static let norm = [
    Variable("gamma", unless: "scale"), Variable("beta", unless: "center"),
  ]

  /// By class in snake case.
  private static let classes: [String: [Variable]] = [
    "conv1d": kernel, "conv2d": kernel, "conv3d": kernel, "conv1d_transpose": kernel,
    "conv2d_transpose": kernel, "conv3d_transpose": kernel, "dense": kernel,
    "depthwise_conv1d": depthwise, "depthwise_conv2d": depthwise, "separable_conv1d": separable,
    "separable_conv2d": separable,
    "batch_normalization": norm + [Variable("moving_mean"), Variable("moving_variance")],
    "layer_normalization": norm, "group_normalization": norm,
    "normalization": [Variable("mean"), Variable("variance"), Variable("count")],
    "embedding": [Variable("embeddings")], "p_re_lu": [Variable("alpha")],
  ]

  /// Whether Keras gives layers of this class a number when they have no name: `conv2d_17`.
  static func isAutomatic(_ name: String) -> Bool { classes[name] != nil }

  /// The roles that each of a layer's tensors can have: one where it is certain, none where nothing
  /// is known, several where only the network can tell.
  ///
  /// - Parameters:
  ///   - className: in snake case, for example `batch_normalization`.
  ///   - configuration: of the layer, if the file has it.
  ///   - count: of the layer's tensors.
  static func roles(of className: String, _ configuration: JSONValue?, count: Int) -> [[String]] {
    var candidates: [[String]] = [[]]
    for variable in classes[className] ?? [] {
      let isThere = variable.option.map { configuration?[$0]?.bool } ?? true
      let with = candidates.map { $0 + [variable.role] }
      candidates = isThere.map { $0 ? with : candidates } ?? (with + candidates)
    }
    candidates.removeAll { $0.count != count }
    return (0..<count).map { index in
      var roles: [String] = []
      for candidate in candidates where !roles.contains(candidate[index]) {
        roles.append(candidate[index])
      }
      return roles
    }
  }
}
