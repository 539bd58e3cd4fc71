import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("A network opened at one of its nodes")
struct NodeProbeTests {
  /// A block with a shortcut: its branch is no node that every path passes.
  private static func network() throws -> Network {
    var net = Network(input: [6, 5, 3])
    let first = try net.add("first", Convolution2D(4, kernel: 3, activation: .tanh), to: net.input)
    let branch = try net.add("branch", Convolution2D(4, kernel: 1), to: first)
    let swish = try net.add("swish", ActivationLayer(.swish), to: branch)
    net.beginStage("second")
    let sum = try net.add("sum", Add(), to: [first, swish])
    let pool = try net.add("pool", GlobalAveragePooling2D(), to: sum)
    try net.add("scores", Dense(3), to: pool)
    return net
  }

  @Test(
    "gives the node's values, the outputs and the score's derivatives by finite differences",
    arguments: ["input_1", "first", "branch", "swish", "sum", "pool"],
    [BackendChoice.oneDNN, .openBLAS])
  func derivatives(name: String, backend: BackendChoice) throws {
    let network = try Self.network()
    let tensors = network.randomTensors(seed: 2)
    var random = SeededValues(seed: 9)
    let input = random.values(network.inputShape.count)
    let node = try #require(network.node(named: name))
    let probe = try NodeProbe(
      network, tensors, at: node, backend: backend, pool: WorkerPool(count: 2))
    let weights: [Float] = [0.5, -2, 1]
    let found = try probe.observe(input) { _ in weights }
    #expect(try maximumDifference(found.outputs, network.infer(input, tensors)) < 1e-5)
    #expect(
      try maximumDifference(
        found.values, node.index == 0 ? input : network.cut(after: node).infer(input, tensors))
        < 1e-5)

    // A bias behind the node that is not 0 moves its values.
    let moved = try network.inserting(PositionBias(), named: "by", behind: node)
    let shape = network[node].shape
    func score(_ place: Int, _ change: Float) throws -> Double {
      var bias = Tensor(repeating: 0, shape)
      bias.values[place] = change
      let outputs = try moved.infer(input, tensors.merging(["by/bias": bias]) { old, _ in old })
      return zip(outputs, weights).reduce(0) { $0 + Double($1.0 * $1.1) }
    }
    #expect(found.gradient.count == shape.count)
    for place in stride(from: 0, to: shape.count, by: 7) {
      let slope = try (score(place, 0.02) - score(place, -0.02)) / 0.04
      #expect(abs(Double(found.gradient[place]) - slope) < 2e-3, "\(name) \(place)")
    }
  }

  @Test("A node more leaves what the others compute, their weights and their stages")
  func inserting() throws {
    let network = try Self.network()
    let tensors = network.randomTensors(seed: 4)
    let node = try #require(network.node(named: "first"))
    let longer = try network.inserting(ActivationLayer(.linear), named: "more", behind: node)
    var random = SeededValues(seed: 1)
    let input = random.values(network.inputShape.count)
    #expect(try longer.infer(input, tensors) == network.infer(input, tensors))
    #expect(longer.parameters == network.parameters)
    #expect(longer.nodes.map(\.name).filter { $0 != "more" } == network.nodes.map(\.name))
    #expect(longer.stages.map(\.name) == ["second"])
    #expect(longer.stages.first.map { longer.nodes[$0.nodes.lowerBound].name } == "sum")
    #expect(throws: NetworkError.self) {
      try network.inserting(ActivationLayer(.relu), named: "pool", behind: node)
    }
  }

  @Test("A softmax within the network is refused, for it gives no gradient")
  func softmax() throws {
    var network = try Self.network()
    try network.add("soft", ActivationLayer(.softmax), to: network.output)
    try network.add("end", Dense(2), to: network.output)
    let node = try #require(network.node(named: "sum"))
    #expect(
      throws: NetworkError(
        node: "soft", message: "is a softmax within the network, which gives no gradient")
    ) {
      _ = try NodeProbe(
        network, network.randomTensors(seed: 1), at: node, backend: .oneDNN,
        pool: WorkerPool(count: 1))
    }
  }

  @Test(
    "The last non-linearity comes off, whether it is a layer of its own or a layer's end",
    arguments: [
      [Dense(3, activation: .softmax)] as [any Layer], [Dense(3), ActivationLayer(.relu6)],
    ])
  func lastActivation(layers: [any Layer]) throws {
    let network = try Network([4], chain: layers)
    let tensors = network.randomTensors(seed: 5)
    let open = try network.withoutLastActivation()
    let linear = try Network([4], chain: [Dense(3)])
    var random = SeededValues(seed: 3)
    let input = random.values(4)
    #expect(try open.infer(input, tensors) == linear.infer(input, tensors))
    #expect(try open.withoutLastActivation().infer(input, tensors) == linear.infer(input, tensors))
  }
}

private func maximumDifference(_ left: [Float], _ right: [Float]) -> Float {
  left.count == right.count ? zip(left, right).map { abs($0 - $1) }.max() ?? 0 : .infinity
}
