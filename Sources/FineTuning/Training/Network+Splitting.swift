import NeuralNetworks

extension Network {
  /// The last node before position `first` through which every path from input to output passes.
  package func boundary(before first: Int) -> NodeID {
    var earliestRead = nodes.count
    var found = 0
    for index in stride(from: nodes.count - 1, through: 0, by: -1) {
      // Here `earliestRead` is the first node that a node behind `index` reads.
      if index < first, earliestRead >= index {
        found = index
        break
      }
      for read in nodes[index].inputs { earliestRead = min(earliestRead, read.index) }
    }
    return id(at: found)
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

  private func id(at index: Int) -> NodeID {
    guard let id = node(named: nodes[index].name) else {
      preconditionFailure("every node can be found by its name")
    }
    return id
  }
}
