import ImagePipeline
import NeuralNetworks
import TensorKernels

extension Model {
  /// A network that is not of the zoo, as a model: nobody publishes weights for it.
  ///
  /// - Parameters:
  ///   - name: for messages and for what is written.
  ///   - network: reads `[height, width, channels]`.
  package init(
    named name: String, top: Top, network: Network, preprocessing: Preprocessing
  ) {
    self.init(
      name: name, alpha: nil, imageSize: network.inputShape.imageSize,
      channels: network.inputShape.channels, top: top, network: network,
      preprocessing: preprocessing, resize: .crop, weightFiles: nil, provenance: nil,
      classifierLayers: [])
  }

  /// The same model with another end, for which nobody publishes weights.
  /// - Parameter network: with the input of this model's.
  package func ending(in network: Network, _ top: Top) -> Model {
    Model(
      name: name, alpha: alpha, imageSize: imageSize, channels: channels, top: top,
      network: network, preprocessing: preprocessing, resize: resize, weightFiles: nil,
      provenance: nil,
      classifierLayers: [])
  }

  /// The preprocessing of the family of the zoo that a network is built like: most of the family's
  /// layers with weights are found in it under their own names. Names that Keras made by counting
  /// (`conv2d_3`) prove nothing. `nil` when there is no such family.
  package static func preprocessing(likeThatOf network: Network) -> (family: String, Preprocessing)?
  {
    let present = Set(network.nodes.map(\.name))
    var best: (family: Family, found: Int)?
    // A Keras file's layers have no paths of modules for names.
    for family in Family.all where !family.name.contains("/") {
      let variant = Variant(
        alpha: 1, imageSize: ImageSize(side: family.defaultImageSize), channels: family.channels,
        top: .features)
      guard let built = try? family.layers(variant) else { continue }
      let telling = built.nodes.filter { !$0.parameters.isEmpty && !$0.hasCountedName }.map(\.name)
      let found = telling.count(where: present.contains)
      guard telling.count >= 8, found * 10 >= telling.count * 9, found > best?.found ?? 0 else {
        continue
      }
      best = (family, found)
    }
    return best.map { ($0.family.name, $0.family.preprocessing) }
  }
}

extension Network.Node {
  /// Whether the name is the layer's class and a number, as Keras makes them up.
  fileprivate var hasCountedName: Bool {
    let stem = String(name.reversed().drop { $0.isNumber }.drop { $0 == "_" }.reversed())
    let classes = [
      "conv2d", "batch_normalization", "dense", "depthwise_conv2d", "separable_conv2d",
    ]
    return classes.contains(stem)
  }
}
