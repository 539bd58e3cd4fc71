import NeuralNetworks
import Testing

@Suite("Networks copied node by node")
struct MappingTests {
  /// Two stages: `a` and `b` in the first, `c` with a shortcut from `a` in the second.
  private func network() throws -> Network {
    var network = Network(input: [8, 8, 3], name: "photo")
    network.beginStage("first")
    let start = try network.add("a", Convolution2D(4, kernel: 3), to: network.input)
    try network.add("b", BatchNormalization(momentum: 0.9), to: start)
    network.beginStage("second")
    try network.add("c", Add(), to: start, network.output)
    try network.add("d", Flatten(), to: network.output)
    return network
  }

  @Test("Names, stages and shapes stay; layers are what they are mapped to")
  func mapped() throws {
    let network = try network()
    let all = 1..<network.nodes.count
    let copy = try network.mapping(all, behind: network.input, input: [6, 6, 3]) {
      $0.name == "b" ? ActivationLayer(.relu) as any Layer : $0.layer
    }
    #expect(copy.nodes.map(\.name) == network.nodes.map(\.name))
    #expect(copy.stages == network.stages)
    #expect(copy.inputShape == [6, 6, 3] && copy.outputShape == [64])
    #expect(copy.nodes[2].layer is ActivationLayer && copy.nodes[3].inputs.map(\.index) == [1, 2])
  }

  @Test("A part is in the stages it was in, or in those that are named")
  func part() throws {
    let network = try network()
    let a = try #require(network.node(named: "a"))
    let part = try network.mapping(2..<4, behind: a)
    #expect(part.nodes.map(\.name) == ["a", "b", "c"])
    #expect(part.stages.map(\.name) == ["first", "second"])
    #expect(part.stages.map(\.nodes) == [1..<2, 2..<3])
    let renamed = try network.mapping(2..<4, behind: a, stages: [(3, "only")])
    #expect(renamed.stages.map(\.name) == ["only"])
  }

  @Test("A node that reads what is not copied is named")
  func unread() throws {
    let network = try network()
    let b = try #require(network.node(named: "b"))
    #expect(throws: NetworkError(node: "c", message: "reads 'a', which lies before 'b'")) {
      try network.mapping(3..<4, behind: b)
    }
  }
}
