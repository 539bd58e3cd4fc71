import NeuralNetworks

extension Network {
  /// The same network with its nodes in the order in which Keras lists the layers of a functional
  /// model, and so writes and reads old weight files, which go by position.
  ///
  /// Keras sorts by depth, the length of the longest way to the output, and layers of one depth in
  /// the order in which a search from the output, inputs first to last, meets them. A stage stays a
  /// run of nodes: one value alone leads from a stage into the next, so everything behind it is less
  /// deep.
  func inKerasOrder() throws(NetworkError) -> Network {
    let depths = depths
    let meetings = meetings
    let order = nodes.indices.sorted {
      (depths[$1], meetings[$0]) < (depths[$0], meetings[$1])
    }
    let stageOf = stages.enumerated().reduce(into: [Int: Int]()) { table, stage in
      for node in stage.element.nodes { table[node] = stage.offset }
    }
    var sorted = Network(input: inputShape, name: nodes[0].name)
    var newID = [input: sorted.input]
    var stage: Int?
    for index in order.dropFirst() {
      if let next = stageOf[index], next != stage {
        sorted.beginStage(stages[next].name)
        stage = next
      }
      let node = nodes[index]
      guard let id = self.node(named: node.name) else { continue }
      newID[id] = try sorted.add(node.name, node.layer, to: node.inputs.compactMap { newID[$0] })
    }
    return sorted
  }

  /// Of each node, the number of steps on the longest way to the output.
  private var depths: [Int] {
    var depths = [Int](repeating: 0, count: nodes.count)
    for index in nodes.indices.reversed() {
      for input in nodes[index].inputs {
        depths[input.index] = max(depths[input.index], depths[index] + 1)
      }
    }
    return depths
  }

  /// Of each node, how many nodes a depth-first search from the output meets before it.
  private var meetings: [Int] {
    var meetings = [Int](repeating: nodes.count, count: nodes.count)
    var count = 0
    var waiting = [output]
    while let next = waiting.popLast() {
      guard meetings[next.index] == nodes.count else { continue }
      meetings[next.index] = count
      count += 1
      waiting.append(contentsOf: nodes[next.index].inputs.reversed())
    }
    return meetings
  }
}
