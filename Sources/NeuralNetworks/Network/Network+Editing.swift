import TensorKernels

extension Network {
  /// The network up to and including `node`, which becomes its output.
  public func cut(after node: NodeID) -> Network {
    var shorter = self
    shorter.removeNodes(after: node)
    return shorter
  }

  /// This network with a new classifier: a dense layer of logits, in a stage of its own.
  ///
  /// - Parameters:
  ///   - hidden: units of a dense layer with a ReLU before it, `<name>_hidden`; `nil` for none. Where the
  ///     network has a node of that name, underscores follow it.
  ///   - dropout: the share of the hidden units that training leaves out, `0..<1`, by `<name>_dropout`.
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
