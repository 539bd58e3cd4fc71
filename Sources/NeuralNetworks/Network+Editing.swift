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
  /// - Throws: `NetworkError` unless the output is a vector.
  public func addingHead(named name: String, classes: Int) throws(NetworkError) -> Network {
    var longer = self
    longer.beginStage(Network.headStage)
    try longer.add(name, Dense(classes), to: longer.output)
    return longer
  }

  /// The name of the stage that `addingHead` appends.
  public static let headStage = "head"
}
