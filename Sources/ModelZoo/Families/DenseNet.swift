import NeuralNetworks

/// DenseNet (Huang, Liu, van der Maaten and Weinberger, "Densely Connected Convolutional Networks",
/// 2017, arXiv:1608.06993): each layer reads the outputs of all before it in its block.
enum DenseNet {
  /// Table 1: layers in the four dense blocks.
  static let densenet121 = [6, 12, 24, 16]
  static let densenet169 = [6, 12, 32, 32]
  static let densenet201 = [6, 12, 48, 32]
  /// Channels that a layer adds: k in the paper.
  static let growth = 32

  static func network(_ blocks: [Int], _ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.add("zero_padding2d", ZeroPadding2D(Edges(3)), to: net.input)
    x = try net.add("conv1_conv", Convolution2D(64, kernel: 7, stride: 2, bias: false), to: x)
    x = try net.addNorm("conv1_bn", then: "conv1_relu", to: x)
    x = try net.add("zero_padding2d_1", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("pool1", MaxPooling2D(3, stride: 2), to: x)
    for (stage, layers) in zip(2..., blocks) {
      net.beginStage("conv\(stage)")
      for layer in 1...layers {
        x = try net.addDenseLayer("conv\(stage)_block\(layer)", to: x)
      }
      if stage < 5 { x = try net.addTransition("pool\(stage)", to: x) }
    }
    x = try net.addNorm("bn", then: "relu", to: x)
    try net.addClassifier(variant, to: x)
    return net
  }

  static func published(
    _ name: String, _ blocks: [Int], topOne: Double, md5 top: String, noTop: String
  ) -> Family {
    Family(
      name: name, paper: "Huang et al. 2017, arXiv:1608.06993", preprocessing: .torch,
      provenance: Provenance(
        origin: "Zhuang Liu and Gao Huang; converted by Keras", licence: "BSD 3-Clause"),
      published: [
        Published(
          imageSize: 224, topOne: topOne,
          files: PublishedWeights(folder: "densenet", stem: name, md5: top, noTop: noTop))
      ]
    ) { variant throws(NetworkError) in
      try network(blocks, variant)
    }
  }
}

extension Network {
  /// Norm, ReLU, 1×1 to four times the growth, norm, ReLU, 3×3; appended to what it read.
  fileprivate mutating func addDenseLayer(_ name: String, to x: NodeID) throws(NetworkError)
    -> NodeID
  {
    var y = try addNorm("\(name)_0_bn", then: "\(name)_0_relu", to: x)
    y = try add(
      "\(name)_1_conv", Convolution2D(4 * DenseNet.growth, kernel: 1, bias: false), to: y)
    y = try addNorm("\(name)_1_bn", then: "\(name)_1_relu", to: y)
    y = try add(
      "\(name)_2_conv", Convolution2D(DenseNet.growth, kernel: 3, padding: .same, bias: false),
      to: y)
    return try add("\(name)_concat", Concatenate(), to: x, y)
  }

  /// Halves the channels (θ = 0.5 in the paper), then the resolution.
  fileprivate mutating func addTransition(_ name: String, to x: NodeID) throws(NetworkError)
    -> NodeID
  {
    var y = try addNorm("\(name)_bn", then: "\(name)_relu", to: x)
    let width = self[x].shape.channels / 2
    y = try add("\(name)_conv", Convolution2D(width, kernel: 1, bias: false), to: y)
    return try add("\(name)_pool", AveragePooling2D(2, stride: 2), to: y)
  }
}

extension Family {
  static let densenet121 = DenseNet.published(
    "densenet121", DenseNet.densenet121, topOne: 0.750, md5: "9d60b8095a5708f2dcce2bca79d332c7",
    noTop: "30ee3e1110167f948a6b9946edeeb738")
  static let densenet169 = DenseNet.published(
    "densenet169", DenseNet.densenet169, topOne: 0.762, md5: "d699b8f76981ab1b30698df4c175e90b",
    noTop: "b8c4d4c20dd625c148057b9ff1c1176b")
  static let densenet201 = DenseNet.published(
    "densenet201", DenseNet.densenet201, topOne: 0.773, md5: "1ceb130c1ea1b78c3bf6114dbdfd8807",
    noTop: "c13680b51ded0fb44dff2d8f86ac8bb1")
}
