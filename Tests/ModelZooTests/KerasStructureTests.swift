import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

/// What `Tools/keras/make_goldens.py` found out about one network of real Keras.
struct Structure: Sendable, CustomTestStringConvertible {
  let name: String
  let alpha: Double?
  let imageSize: Int
  let channels: Int?
  let top: Bool
  let layers: Int
  let parameters: Int
  /// Of the layers as text.
  let digest: UInt64

  init(
    _ name: String, _ alpha: Double?, _ imageSize: Int, _ channels: Int?, _ top: Bool,
    _ layers: Int, _ parameters: Int, _ digest: UInt64
  ) {
    self.name = name
    self.alpha = alpha
    self.imageSize = imageSize
    self.channels = channels
    self.top = top
    self.layers = layers
    self.parameters = parameters
    self.digest = digest
  }

  var testDescription: String {
    let width = alpha.map { " α \($0)" } ?? ""
    return "\(name)\(width) \(imageSize)\(channels.map { "×\($0)" } ?? "")\(top ? "" : " features")"
  }
}

@Suite("Structure of the zoo")
struct KerasStructureTests {
  @Test(
    "a network is Keras's, layer by layer and in its order: names, shapes, inputs, weights",
    arguments: KerasStructures.all)
  func structure(_ keras: Structure) throws {
    let network = try Model.named(
      keras.name, alpha: keras.alpha, imageSize: ImageSize(side: keras.imageSize),
      channels: keras.channels,
      top: keras.top ? .logits : .features
    ).network
    #expect(network.parameterCount == keras.parameters)
    #expect(network.nodes.count == keras.layers)
    let text = text(of: network)
    #expect(HashedWeights.digest(text) == keras.digest, "\(text)")
  }

  /// The text that `Tools/keras/common.py` writes about a real Keras model.
  private func text(of network: Network) -> String {
    func extents(_ shape: Shape) -> String {
      shape.dimensions.map(String.init).joined(separator: "x")
    }
    return network.nodes.map { node in
      let inputs = node.inputs.map { network[$0].name }.joined(separator: ",")
      let weights = node.parameters.map { "\($0.name):\(extents($0.shape))" }
      let line = (["\(node.name) \(extents(node.shape)) <- \(inputs)"] + weights).joined(
        separator: " ")
      return line.hasSuffix(" ") ? String(line.dropLast()) : line
    }.joined(separator: "\n")
  }

  /// What Keras has, or could have.
  private static let listed = Model.catalogue.filter { !$0.name.contains("/") }

  @Test("every variant of the catalogue has been compared with Keras's")
  func completeness() {
    let compared = KerasStructures.all.filter(\.top).map { "\($0.name) \($0.alpha ?? 0)" }
    let listed = Self.listed.map { "\($0.name) \($0.alpha ?? 0)" }
    #expect(Set(compared) == Set(listed))
    #expect(Set(compared).count == compared.count)
    #expect(Set(KerasGoldens.outputs.map(\.name)) == Set(Model.names.filter { !$0.contains("/") }))
  }

  @Test("the catalogue counts what Keras counts", arguments: listed)
  func counts(_ entry: CatalogueEntry) throws {
    let keras = try #require(
      KerasStructures.all.first { $0.top && $0.name == entry.name && $0.alpha == entry.alpha })
    #expect(entry.parameters == keras.parameters)
  }

  @Test(
    "batch norms have Keras's epsilon and momentum",
    arguments: [
      ("resnet50", 1.001e-5, 0.99), ("resnet101v2", 1.001e-5, 0.99),
      ("densenet121", 1.001e-5, 0.99), ("mobilenet", 1e-3, 0.99), ("mobilenetv2", 1e-3, 0.999),
      ("mobilenetv3small", 1e-3, 0.999), ("efficientnetb0", 1e-3, 0.99),
      ("efficientnetv2b0", 1e-3, 0.9), ("efficientnetv2s", 1e-3, 0.9), ("xception", 1e-3, 0.99),
      ("inceptionv3", 1e-3, 0.99), ("inceptionresnetv2", 1e-3, 0.99),
    ] as [(String, Float, Float)])
  func norms(_ name: String, _ epsilon: Float, _ momentum: Float) throws {
    let network = try Model.named(name, top: .features).network
    let norms = network.nodes.compactMap { $0.layer as? BatchNormalization }
    #expect(!norms.isEmpty)
    #expect(norms.allSatisfy { $0.epsilon == epsilon && $0.momentum == momentum })
  }

  @Test(
    "stochastic depth grows with the block, to Keras's last rate",
    arguments: [
      ("efficientnetb0", "block6d_drop", 0.2 * 14 / 16), ("efficientnetb0", "block2b_drop", 0.025),
      ("efficientnetb7", "block7d_drop", 0.2 * 54 / 55),
      ("efficientnetv2b0", "block6h_drop", 0.2 * 20 / 21),
      // Scaled in depth, but divided by the number of blocks before.
      ("efficientnetv2b3", "block6l_drop", 0.2 * 31 / 21),
      ("efficientnetv2s", "block1b_drop", 0.2 / 40),
    ] as [(String, String, Float)])
  func stochasticDepth(_ name: String, _ node: String, _ rate: Float) throws {
    let network = try Model.named(name, top: .features).network
    let id = try #require(network.node(named: node))
    let dropout = try #require(network[id].layer as? Dropout)
    #expect(abs(dropout.rate - rate) < 1e-6)
    #expect(dropout.noise == .example)
  }
}
