import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Nodes that share their weights")
struct SharedWeightsTests {
  /// One convolution and its norm on an image and on what they make of it.
  private static func network() throws -> Network {
    var net = Network(input: [6, 6, 4])
    net.beginStage("blocks")
    let conv = Convolution2D(4, kernel: 3, padding: .same, activation: .tanh)
    var x = try net.add("conv", conv, to: net.input)
    x = try net.add("norm", BatchNormalization(), to: x)
    x = try net.add("conv_2", conv, to: [x], sharingWeightsOf: "conv")
    x = try net.add("norm_2", BatchNormalization(), to: [x], sharingWeightsOf: "norm")
    x = try net.add("conv_3", conv, to: [x], sharingWeightsOf: "conv_2")
    x = try net.add("pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "out", classes: 3)
  }

  @Test("are called after the first of them, counted once, and stay so in parts of the network")
  func names() throws {
    let network = try Self.network()
    #expect(
      network.parameters.map(\.name) == [
        "conv/kernel", "conv/bias", "norm/gamma", "norm/beta", "norm/moving_mean",
        "norm/moving_variance", "out/kernel", "out/bias",
      ])
    #expect(network.parameterCount == 3 * 3 * 4 * 4 + 4 + 16 + 15)
    let sharing = network.nodes.filter(\.sharesWeights).map(\.name)
    #expect(sharing == ["conv_2", "norm_2", "conv_3"])
    let part = try network.mapping(
      4..<network.nodes.count, behind: #require(network.node(named: "conv_2")))
    let owners = Set(part.parameters.map(\.node))
    #expect(owners == ["norm", "conv", "out"])
    var other = Network(input: [6, 6, 4])
    try other.add("a", Convolution2D(4, kernel: 3), to: other.input)
    #expect(
      throws: NetworkError(
        node: "b", message: "would share weights of 'a' that have other shapes")
    ) { try other.add("b", Convolution2D(4, kernel: 1), to: [other.output], sharingWeightsOf: "a") }
  }

  @Test("are written once where the network is known, and for each of them in a model")
  func written() throws {
    let scratch = try TemporaryFolder()
    let network = try Self.network()
    let tensors = madeUpTensors(network)
    let images = SplitMix.images(2 * network.inputShape.count)
    let expected = try run(network, tensors, on: images).map(Double.init)
    let weights = scratch.url.appending(path: "weights.h5")
    try writeKerasWeights(network, tensors, to: weights)
    let loaded = try KerasWeightFile(weights).load(network.parameters, for: "the network")
    #expect(loaded.report.unused.isEmpty && loaded.tensors == tensors)
    for format in ["h5", "keras"] {
      let url = scratch.url.appending(path: "model.\(format)")
      let write = format == "keras" ? writeKerasArchive : writeKerasModel
      try write(network, "model", tensors, [], RoundTripTests.metadata, url, nil)
      let file = try KerasWeightFile(url)
      let model = try KerasModel(file)
      let shared = model.network.nodes.filter(\.sharesWeights)
      #expect(shared.isEmpty)
      let found = try run(model.network, model.load(file).tensors, on: images)
      expectClose(found, expected, relative: 1e-6, format)
    }
  }
}

extension SplitMix {
  /// Values of -1..<1.
  fileprivate static func images(_ count: Int) -> [Float] {
    var random = SplitMix(state: 11)
    return (0..<count).map { _ in Float(random.next() >> 40) / Float(1 << 23) - 1 }
  }
}
