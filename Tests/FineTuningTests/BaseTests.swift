import FineTuning
import ImagePipeline
import NeuralNetworks
import TensorKernels
import Testing

@Suite("A base")
struct BaseTests {
  static func network(_ last: some Layer) throws -> Network {
    var network = Network(input: [8, 8, 3])
    try network.add("pool", GlobalAveragePooling2D(), to: network.output)
    try network.add("last", last, to: network.output)
    return network
  }

  static func make(_ network: Network) -> Base {
    Base(
      name: "own", network: network, tensors: network.initialTensors(seed: 1), weights: .random,
      preprocessing: .signed)
  }

  @Test("ends in features: an embedding is one")
  func features() throws {
    let base = Self.make(try Self.network(Dense(5, activation: .relu)))
    #expect(base.dimension == 5 && base.imageSize == 8)
    #expect(base.weights.sha256 == nil)
  }

  @Test("does not end in probabilities: a classifier is refused")
  func classifier() async {
    await #expect(processExitsWith: .failure) {
      _ = BaseTests.make(try BaseTests.network(Dense(5, activation: .softmax)))
    }
    await #expect(processExitsWith: .failure) {
      _ = BaseTests.make(try BaseTests.network(ActivationLayer(.softmax)))
    }
  }
}
