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
    return try mapping(order.dropFirst(), behind: input)
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
