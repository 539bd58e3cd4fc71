import TensorKernels

/// A lowered network: operations in an order in which they can run, each writing one value.
package struct Graph {
  package var operations: [GraphOperation] = []
  /// Values that somebody outside wants to see: no pass may merge them away.
  package var observed: Set<GraphValue> = []
  /// Where each node of the network ends up.
  private(set) var valueOfNode: [GraphValue] = []

  /// Lowers every layer; `outputs` are the nodes whose values are wanted.
  package init(_ network: Network, outputs: [Network.NodeID]) {
    var shapes: [Shape] = []
    for node in network.nodes {
      var lowering = Lowering(
        node: node, inputs: node.inputs.map { valueOfNode[$0.index] },
        inputShapes: node.inputs.map { network[$0].shape }, nextValue: shapes.count)
      node.layer.lower(into: &lowering)
      shapes += lowering.operations.map(\.shape)
      operations += lowering.operations
      valueOfNode.append(lowering.output)
    }
    observed = Set(outputs.map { valueOfNode[$0.index] })
  }

  /// How many operations read each value.
  func useCounts() -> [GraphValue: Int] {
    var counts: [GraphValue: Int] = [:]
    for value in operations.lazy.flatMap(\.inputs) { counts[value, default: 0] += 1 }
    return counts
  }

  /// The position of the operation that writes each value.
  ///
  /// It stays right for whoever goes backwards and merges operations into earlier ones.
  func producers() -> [GraphValue: Int] {
    Dictionary(operations.enumerated().map { ($1.output, $0) }) { first, _ in first }
  }

  /// Whether `value` may disappear into the one operation that reads it.
  /// - Parameter counts: how many operations read each value.
  func isPrivate(_ value: GraphValue, _ counts: [GraphValue: Int]) -> Bool {
    !observed.contains(value) && counts[value] == 1
  }

  /// The values on whose way to the loss something learns before them: those that have a gradient.
  func differentiated(trainable: Set<String>, wantsInputGradient: Bool) -> Set<GraphValue> {
    operations.differentiated(trainable: trainable, wantsInputGradient: wantsInputGradient)
  }

  /// Makes every reader of `old` read `new`.
  mutating func redirect(_ old: GraphValue, to new: GraphValue) {
    for index in operations.indices where operations[index].inputs.contains(old) {
      operations[index].inputs = operations[index].inputs.map { $0 == old ? new : $0 }
    }
  }
}

extension GraphOperation {
  /// The parameters it reads.
  var parameters: [Parameter] {
    switch kind {
    case .convolution(let convolution):
      [convolution.kernel] + [convolution.bias].compactMap(\.self)
        + (convolution.norm?.parameters ?? []) + [convolution.scale].compactMap(\.self)
    case .dense(let dense): [dense.kernel] + [dense.bias].compactMap(\.self)
    case .normalization(let norm): norm.parameters
    case .layerNormalization(let norm): norm.parameters
    case .affine(let affine): affine.parameters
    case .image(let image): [image.parameter].compactMap(\.self)
    default: []
    }
  }

  /// Whether training the given nodes changes what this operation computes.
  func isTrained(by nodes: Set<String>) -> Bool {
    parameters.contains { $0.role.isLearned && nodes.contains($0.node) }
  }

  /// Whether this is a dropout or random choice of a part that trains; in a frozen part it does
  /// nothing, or takes the expectation.
  func isDropout(in nodes: Set<String>) -> Bool {
    switch kind {
    case .dropout, .image(.stochasticPooling): nodes.contains(node)
    default: false
    }
  }
}

extension GraphNormalization {
  var parameters: [Parameter] { [gamma, beta].compactMap(\.self) + [mean, variance] }
  /// The node that it belongs to.
  var node: String { mean.node }
}

extension Sequence<GraphOperation> {
  /// See `Graph.differentiated`.
  func differentiated(trainable: Set<String>, wantsInputGradient: Bool) -> Set<GraphValue> {
    var found: Set<GraphValue> = []
    for operation in self {
      let isSource = wantsInputGradient && operation.kind == .input
      if isSource || operation.isTrained(by: trainable)
        || operation.inputs.contains(where: found.contains)
      {
        found.insert(operation.output)
      }
    }
    return found
  }
}
