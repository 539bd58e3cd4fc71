import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("The compiler")
struct CompilerTests {
  @Test("takes a time that grows as the network does")
  func manyLayers() throws {
    var network = Network(input: [1, 1, 2])
    for number in 0..<20_000 {
      try network.add("a\(number)", ActivationLayer(.relu), to: network.output)
    }
    var graph = Graph(network, outputs: [network.output])
    let start = ContinuousClock.now
    for pass in Pass.allCases { pass.apply(to: &graph) }
    #expect(graph.operations.count == network.nodes.count)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  static let combinations: [[Pass]] =
    Pass.allCases.map { left in Pass.allCases.filter { $0 != left } } + [[]]

  @Test("leaves the function as it was, whichever pass is left out", arguments: combinations)
  func passes(passes: [Pass]) throws {
    for small in SmallNetwork.allCases {
      let network = try small.make()
      let tensors = network.randomTensors(seed: 8)
      var random = SeededValues(seed: 9)
      let images = random.values(4 * network.inputShape.count)
      var results: [(outputs: [Float], gradients: [String: [Float]])] = []
      for chosen in [Pass.allCases, passes] {
        let weights = try NetworkWeights(network, tensors)
        let executor = try makeExecutor(
          network, weights,
          ExecutionOptions(batchSize: 4, trainable: Set(network.nodes.map(\.name))),
          backend: .oneDNN, pool: WorkerPool(count: 2), passes: chosen)
        var outputs = [Float](repeating: 0, count: 4 * executor.outputCount)
        _ = try executor.computeGradients(
          images, count: 4, loss: CrossEntropy(labels: [0, 1, 2, 0]), step: 0, outputs: &outputs)
        let box = GradientBox()
        executor.update { _, parameter, _, gradient in
          box.keep(parameter.name, Array(gradient))
        }
        let names = executor.trainedParameters.map(\.name)
        results.append(
          (outputs, Dictionary(uniqueKeysWithValues: names.map { ($0, box[$0] ?? []) })))
      }
      expectClose(
        results[1].outputs, results[0].outputs.map(Double.init), relative: 1e-5, "\(small)")
      for (name, gradient) in results[0].gradients {
        expectClose(
          results[1].gradients[name] ?? [], gradient.map(Double.init), relative: 1e-4,
          absolute: 1e-6, "\(small) \(name)")
      }
    }
  }

  @Test("merges everything a ResNet block has into its convolutions")
  func residualBlock() throws {
    let network = try SmallNetwork.residual.make()
    var graph = Graph(network, outputs: [network.output])
    for pass in Pass.allCases { pass.apply(to: &graph) }
    let nodes = graph.operations.map(\.node)
    #expect(
      nodes == [
        "input_1", "conv1_conv", "pool1_pool", "conv2_block1_0_conv", "conv2_block1_1_conv",
        "conv2_block1_2_conv", "conv2_block1_3_conv", "conv3_block1_1_conv",
        "conv3_block1_2_conv", "conv3_block1_3_conv", "avg_pool", "predictions",
      ])
  }

  @Test("leaves of a ConvNeXt block its convolutions and its norm")
  func convNeXtBlock() throws {
    let network = try SmallNetwork.convNeXt.make()
    var graph = Graph(network, outputs: [network.output])
    for pass in Pass.allCases { pass.apply(to: &graph) }
    #expect(
      graph.operations.map(\.node) == [
        "input_1", "stem", "stem_norm", "block0_dw", "block0_norm", "block0_fc1", "block0_fc2",
        "down_norm", "down", "block1_dw", "block1_norm", "block1_fc1", "block1_fc2", "pool",
        "norm", "predictions",
      ])
  }

  @Test("never swallows a value that somebody wants to see")
  func observed() throws {
    let network = try SmallNetwork.residual.make()
    let tensors = network.randomTensors(seed: 8)
    var random = SeededValues(seed: 9)
    let images = random.values(2 * network.inputShape.count)
    let wanted = try ["conv1_bn", "conv2_block1_add", "predictions"].map {
      try #require(network.node(named: $0))
    }
    let executor = try makeExecutor(
      network, NetworkWeights(network, tensors), ExecutionOptions(batchSize: 2, outputs: wanted),
      backend: .oneDNN, pool: WorkerPool(count: 1))
    var outputs = [Float](repeating: 0, count: 2 * executor.outputCount)
    try executor.infer(images, count: 2, into: &outputs)
    let size = network.inputShape.count
    let batch = (0..<2).map { images[($0 * size)..<(($0 + 1) * size)].map(Double.init) }
    let values = NaiveNetwork(network, tensors).run(batch)
    let expected = (0..<2).flatMap { image in wanted.flatMap { values[$0.index][image] } }
    expectClose(outputs, expected, relative: 1e-5)
  }

  @Test(
    "puts the boundary where every path passes, before what trains",
    arguments: [
      ("conv3_block1_1_conv", "conv2_block1_out"),
      ("conv3_block1_3_conv", "conv2_block1_out"),
      ("conv2_block1_0_conv", "pool1_pool"),
      ("conv2_block1_2_conv", "pool1_pool"),
      ("predictions", "avg_pool"),
      ("conv1_conv", "conv1_pad"),
    ])
  func boundary(trained: String, last: String) throws {
    let network = try SmallNetwork.residual.make()
    let first = try #require(network.node(named: trained))
    #expect(network.nodes[NetworkCuts(network).last(before: first.index)].name == last)
  }

  @Test("keeps fewer activations where less learns")
  func memory() throws {
    let network = try SmallNetwork.residual.make()
    let tensors = network.randomTensors(seed: 1)
    let trainable = [Set(network.nodes.map(\.name)), ["conv3_block1_3_conv", "predictions"]]
    let pool = WorkerPool(count: 1)
    let executors = try trainable.map {
      try makeExecutor(
        network, NetworkWeights(network, tensors),
        ExecutionOptions(batchSize: 8, trainable: $0), backend: .openBLAS, pool: pool)
    }
    #expect(executors[0].memoryByteCount > executors[1].memoryByteCount)
  }

  @Test("a training step maps no memory", arguments: BackendChoice.allCases)
  func noAllocation(backend: BackendChoice) throws {
    let network = try SmallNetwork.residual.make()
    let weights = try NetworkWeights(network, network.randomTensors(seed: 1))
    let executor = try makeExecutor(
      network, weights,
      ExecutionOptions(batchSize: 8, trainable: Set(network.nodes.map(\.name))),
      backend: backend, pool: WorkerPool(count: 2))
    var random = SeededValues(seed: 2)
    let images = random.values(8 * network.inputShape.count)
    func step(_ index: Int) throws {
      _ = try executor.computeGradients(
        images, count: 8, loss: CrossEntropy(labels: [0, 1, 2, 3, 0, 1, 2, 3]), step: index,
        outputs: nil)
      executor.update { _, _, values, gradient in
        for index in values.indices { values[index] -= 0.01 * gradient[index] }
      }
    }
    let before = executor.memoryByteCount
    for index in 0..<20 { try step(index) }
    #expect(executor.memoryByteCount == before)
  }

  @Test(
    "dropout scales what it keeps, depends on step and example only, and does nothing in inference")
  func dropout() throws {
    var network = Network(input: [400])
    try network.add("drop", Dropout(0.25), to: network.input)
    let dense = Dense(400, bias: false)
    try network.add("dense", dense, to: network.output)
    var identity = [Float](repeating: 0, count: 160_000)
    for index in 0..<400 { identity[index * 401] = 1 }
    let weights = try NetworkWeights(
      network, ["dense/kernel": Tensor([400, 400], identity)])
    let images = [Float](repeating: 1, count: 1200)
    func run(workers: Int, step: Int) throws -> [Float] {
      let executor = try makeExecutor(
        network, weights, ExecutionOptions(batchSize: 3, trainable: ["drop", "dense"], seed: 4),
        backend: .oneDNN, pool: WorkerPool(count: workers))
      var outputs = [Float](repeating: 0, count: 1200)
      _ = try executor.computeGradients(
        images, count: 3, loss: LinearLoss(), step: step, outputs: &outputs)
      return outputs
    }
    let first = try run(workers: 1, step: 0)
    #expect(try run(workers: 2, step: 0) == first)
    #expect(try run(workers: 1, step: 1) != first)
    #expect(Set(first) == [0, 1 / 0.75])
    let kept = first.count { $0 > 0 }
    #expect((820...980).contains(kept), "\(kept) of 1200 kept at a rate of 0.25")
    #expect(Array(first[0..<400]) != Array(first[400..<800]), "examples have masks of their own")
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: 3, trainable: ["drop", "dense"]),
      backend: .oneDNN, pool: WorkerPool(count: 1))
    var outputs = [Float](repeating: 0, count: 1200)
    try executor.infer(images, count: 3, into: &outputs)
    #expect(outputs == images)
  }
}
