import NeuralNetworks

extension Network {
  /// The last node before position `first` through which every path from input to output passes.
  package func boundary(before first: Int) -> NodeID {
    id(at: NetworkCuts(self).last(before: first))
  }

  /// The part behind a boundary, which becomes its input under the same name.
  package func suffix(behind boundary: NodeID) throws(NetworkError) -> Network {
    var suffix = Network(input: self[boundary].shape, name: self[boundary].name)
    for node in nodes[(boundary.index + 1)...] {
      var inputs: [NodeID] = []
      for read in node.inputs {
        guard let input = suffix.node(named: nodes[read.index].name) else {
          throw NetworkError(
            node: node.name,
            message: "reads '\(nodes[read.index].name)', which lies before '\(self[boundary].name)'"
          )
        }
        inputs.append(input)
      }
      try suffix.add(node.name, node.layer, to: inputs)
    }
    return suffix
  }

  /// The same network whose moving statistics follow the last `steps` steps or so.
  ///
  /// Keras's momenta of 0.99 and 0.999 average over 100 and 1000 steps: for a small folder that is
  /// most of its training, and what validation sees would be the statistics of the beginning.
  func movingStatistics(overSteps steps: Int) throws(NetworkError) -> Network {
    let fastest = 1 - 1 / Float(max(10, steps))
    var copy = Network(input: inputShape, name: nodes[0].name)
    for node in nodes.dropFirst() {
      let inputs = node.inputs.map { copy.id(at: $0.index) }
      if var norm = node.layer as? BatchNormalization {
        norm.momentum = min(norm.momentum, fastest)
        try copy.add(node.name, norm, to: inputs)
      } else {
        try copy.add(node.name, node.layer, to: inputs)
      }
    }
    return copy
  }

  private func id(at index: Int) -> NodeID {
    guard let id = node(named: nodes[index].name) else {
      preconditionFailure("every node can be found by its name")
    }
    return id
  }
}
