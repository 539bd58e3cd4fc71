import TensorKernels

extension Network {
  /// The network up to and including `node`, which becomes its output.
  public func cut(after node: NodeID) -> Network {
    var shorter = self
    shorter.removeNodes(after: node)
    return shorter
  }

  /// A copy of some nodes, each with the layer that is made of its own, in the stages they are in.
  ///
  /// - Parameters:
  ///   - positions: of the nodes to copy, each behind those that it reads.
  ///   - start: the node that becomes the copy's input, under its own name.
  ///   - shape: of what the copy reads, where that is not what the network has there.
  ///   - stages: the first position and the name of each stage, where they are not to be the network's.
  ///   - layer: what stands in a node's place.
  /// - Throws: `NetworkError` when a node reads one that is not copied, or does not fit what it reads.
  package func mapping(
    _ positions: some Sequence<Int>, behind start: NodeID, input shape: Shape? = nil,
    stages: [(first: Int, name: String)]? = nil, _ layer: (Node) -> any Layer = { $0.layer }
  ) throws(NetworkError) -> Network {
    let stages = stages ?? self.stages.map { ($0.nodes.lowerBound, $0.name) }
    var copy = Network(input: shape ?? self[start].shape, name: self[start].name)
    var copies = [start: copy.input]
    var present: Int?
    for position in positions {
      let stage = stages.lastIndex { $0.first <= position }
      if let stage, stage != present { copy.beginStage(stages[stage].name) }
      present = stage ?? present
      let node = nodes[position]
      var inputs: [NodeID] = []
      for read in node.inputs {
        guard let input = copies[read] else {
          throw NetworkError(
            node: node.name,
            message: "reads '\(self[read].name)', which lies before '\(self[start].name)'")
        }
        inputs.append(input)
      }
      copies[NodeID(index: position)] = try copy.add(
        node.name, layer(node), to: inputs,
        sharingWeightsOf: node.sharesWeights ? node.parameters[0].node : nil)
    }
    return copy
  }

  /// The network with one more node, which everything that read `node` reads in its place.
  /// - Parameters:
  ///   - layer: leaves the shape as it is.
  ///   - name: no other node's.
  ///   - node: what the layer reads.
  /// - Throws: `NetworkError` when the name is taken, or the layer does not fit.
  package func inserting(
    _ layer: any Layer, named name: String, behind node: NodeID
  ) throws(NetworkError) -> Network {
    var longer = cut(after: node)
    let inserted = try longer.add(name, layer, to: [node])
    let starts = Dictionary(stages.map { ($0.nodes.lowerBound, $0.name) }) { first, _ in first }
    for (index, next) in nodes.enumerated().dropFirst(node.index + 1) {
      if let stage = starts[index] { longer.beginStage(stage) }
      let inputs = next.inputs.map { read in
        read < node ? read : read == node ? inserted : NodeID(index: read.index + 1)
      }
      try longer.add(
        next.name, next.layer, to: inputs,
        sharingWeightsOf: next.sharesWeights ? next.parameters[0].node : nil)
    }
    return longer
  }

  /// This network with a new classifier: a dense layer of logits, in a stage of its own.
  ///
  /// - Parameters:
  ///   - name: of the new layer, which its weights are then called by: `<name>/kernel` and
  ///     `<name>/bias`.
  ///   - classes: the number of outputs, one for each class.
  ///   - hidden: units of a dense layer with a ReLU before it, `<name>_hidden`; `nil` for none.
  ///     Where the network has a node of that name, underscores follow it.
  ///   - dropout: the share of the hidden units that training leaves out, `0..<1`, by
  ///     `<name>_dropout`.
  ///   - activation: what the outputs pass.
  /// - Throws: `NetworkError` unless the output is a vector, or when the name is taken.
  public func addingHead(
    named name: String, classes: Int, hidden: Int? = nil, dropout: Float = 0,
    activation: Activation = .linear
  ) throws(NetworkError) -> Network {
    var longer = self
    longer.beginStage(Network.headStage)
    if let hidden {
      try longer.add(
        longer.freeName("\(name)_hidden"), Dense(hidden, activation: .relu), to: longer.output)
      if dropout > 0 {
        try longer.add(longer.freeName("\(name)_dropout"), Dropout(dropout), to: longer.output)
      }
    }
    try longer.add(name, Dense(classes, activation: activation), to: longer.output)
    return longer
  }

  /// A base that was the classifier of an earlier training may have hidden layers of its own.
  private func freeName(_ name: String) -> String {
    node(named: name) == nil ? name : freeName(name + "_")
  }

  /// The name of the stage that `addingHead` appends.
  public static let headStage = "head"
}
