import NeuralNetworks

extension Network {
  /// The last node before position `first` through which every path from input to output passes.
  package func boundary(before first: Int) -> NodeID {
    id(at: NetworkCuts(self).last(before: first))
  }

  /// The part behind a boundary, which becomes its input under the same name.
  package func suffix(behind boundary: NodeID) throws(NetworkError) -> Network {
    try mapping((boundary.index + 1)..<nodes.count, behind: boundary)
  }

  /// The same network whose moving statistics follow the last `steps` steps or so.
  ///
  /// Keras's momenta of 0.99 and 0.999 average over 100 and 1000 steps: for a small folder that is
  /// most of its training, and what validation sees would be the statistics of the beginning.
  func movingStatistics(overSteps steps: Int) throws(NetworkError) -> Network {
    let fastest = 1 - 1 / Float(max(10, steps))
    return try mapping(1..<nodes.count, behind: input) { node in
      guard var norm = node.layer as? BatchNormalization else { return node.layer }
      norm.momentum = min(norm.momentum, fastest)
      return norm
    }
  }

  private func id(at index: Int) -> NodeID {
    guard let id = node(named: nodes[index].name) else {
      preconditionFailure("every node can be found by its name")
    }
    return id
  }
}
