import Files

/// A tensor that a class of Keras's layers stores.
///
/// Keras 3 stores a layer's tensors as `0`, `1`, … in the order in which the layer makes them, and
/// leaves out those that it does not have: which they are follows from the class, its configuration
/// and, failing that, from their number.
struct KerasVariable: Sendable {
  /// As in `Parameter.Role.kerasName`.
  let role: String
  /// The switch in the configuration that leaves it out; `nil` for one that is always there.
  let option: String?

  init(_ role: String, unless option: String? = nil) {
    self.role = role
    self.option = option
  }
}

extension [KerasVariable] {
  static let kernelAndBias = [KerasVariable("kernel"), bias]
  static let depthwiseAndBias = [KerasVariable("depthwise_kernel"), bias]
  static let separableAndBias = [
    KerasVariable("depthwise_kernel"), KerasVariable("pointwise_kernel"), bias,
  ]
  static let scaleAndCenter = [
    KerasVariable("gamma", unless: "scale"), KerasVariable("beta", unless: "center"),
  ]
  private static let bias = KerasVariable("bias", unless: "use_bias")

  /// The roles that each of a layer's tensors can have: one where it is certain, none where nothing
  /// is known, several where only the network can tell.
  ///
  /// - Parameters:
  ///   - configuration: of the layer, if the file has it.
  ///   - count: of the layer's tensors.
  func roles(_ configuration: JSONValue?, count: Int) -> [[String]] {
    var candidates: [[String]] = [[]]
    for variable in self {
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
