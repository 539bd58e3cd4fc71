/// The nodes through which every path from input to output passes.
package struct NetworkCuts {
  /// Ascending; the input is one.
  package let nodes: [Int]
  private let isCut: [Bool]

  package init(_ network: Network) {
    var isCut = [Bool](repeating: false, count: network.nodes.count)
    // The first node that a node behind the present one reads.
    var earliest = network.nodes.count
    for index in network.nodes.indices.reversed() {
      isCut[index] = earliest >= index
      for read in network.nodes[index].inputs { earliest = min(earliest, read.index) }
    }
    self.isCut = isCut
    nodes = isCut.indices.filter { isCut[$0] }
  }

  package func contains(_ index: Int) -> Bool { isCut[index] }

  /// The last one before a node.
  package func last(before index: Int) -> Int { nodes.last { $0 < index } ?? 0 }
}
