extension NetworkWeights {
  /// That every norm divides by a number: a ReLU or a pooling behind it would hide what a root of less than 0 gives.
  ///
  /// All weights of a network pass here, whatever they were read from. A NaN passes too: it is that of a training
  /// that has diverged, which is told of otherwise.
  /// - Throws: `OverflowError` that names the node and its variance.
  func checkVariances(of network: Network) throws(OverflowError) {
    for node in network.nodes {
      for parameter in node.parameters {
        switch (node.layer, parameter.role) {
        case (let norm as BatchNormalization, .movingVariance):
          let epsilon = norm.epsilon
          guard let value = values(of: parameter).first(where: { $0 + epsilon <= 0 }) else {
            continue
          }
          throw OverflowError(
            node: node.name,
            cause:
              "'\(parameter.name)' holds \(value), which with the epsilon \(epsilon) has to be "
              + "above 0")
        case (is Normalization, .variance):
          guard let value = values(of: parameter).first(where: { $0 < 0 }) else { continue }
          throw OverflowError(
            node: node.name,
            cause: "'\(parameter.name)' holds \(value), and a variance is 0 or more")
        default: continue
        }
      }
    }
  }
}
