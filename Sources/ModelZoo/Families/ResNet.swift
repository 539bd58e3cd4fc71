import NeuralNetworks

/// ResNet (He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016,
/// arXiv:1512.03385): blocks around identity shortcuts.
enum ResNet {
  /// Table 1: blocks in conv2 … conv5; the block is Figure 5's left one up to 34 layers, its right one
  /// from 50 on.
  static let resnet18 = [2, 2, 2, 2]
  static let resnet34 = [3, 4, 6, 3]
  static let resnet50 = [3, 4, 6, 3]
  static let resnet101 = [3, 4, 23, 3]
  static let resnet152 = [3, 8, 36, 3]

  enum Block { case basic, bottleneck }

  static func network(_ block: Block, _ blocks: [Int], _ variant: Variant) throws(NetworkError)
    -> Network
  {
    var net = Network(input: variant.inputShape)
    // Keras's ResNets have biases in their convolutions, the paper has none.
    let hasBias = block == .bottleneck
    net.beginStage("conv1")
    var x = try net.add("conv1_pad", ZeroPadding2D(Edges(3)), to: net.input)
    x = try net.addConvolution(64, kernel: 7, stride: 2, bias: hasBias, named: "conv1", to: x)
    x = try net.add("pool1_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("pool1_pool", MaxPooling2D(3, stride: 2), to: x)
    for (stage, (count, width)) in zip(2..., zip(blocks, [64, 128, 256, 512])) {
      net.beginStage("conv\(stage)")
      for number in 1...count {
        let name = "conv\(stage)_block\(number)"
        let stride: Extent = stage > 2 && number == 1 ? 2 : 1
        switch block {
        case .basic: x = try net.addBasic(width, stride: stride, named: name, to: x)
        case .bottleneck:
          x = try net.addBottleneck(
            width, stride: stride, projects: number == 1, named: name, to: x)
        }
      }
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    guard let classifier = variant.classifierActivation else { return net }
    net.beginStage(Network.headStage)
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }

  static let paper = "He et al. 2016, arXiv:1512.03385"

  static func untrained(_ name: String, _ blocks: [Int], topOne: Double?) -> Family {
    Family(name: name, paper: paper, preprocessing: .torch, topOne: topOne) {
      variant throws(NetworkError) in
      try network(.basic, blocks, variant)
    }
  }

  static func published(
    _ name: String, _ blocks: [Int], topOne: Double, md5 top: String, noTop: String
  ) -> Family {
    Family(
      name: name, paper: paper, preprocessing: .caffe,
      provenance: Provenance(
        origin: "Kaiming He et al., Microsoft Research; converted by Keras", licence: "MIT"),
      published: [
        Published(
          imageSize: 224, topOne: topOne,
          files: PublishedWeights(folder: "resnet", stem: name, md5: top, noTop: noTop))
      ]
    ) { variant throws(NetworkError) in
      try network(.bottleneck, blocks, variant)
    }
  }
}

extension Network {
  /// A convolution and its batch norm.
  fileprivate mutating func addNormalized(
    _ width: Int, kernel: Extent = 1, stride: Extent = 1, padding: Padding = .valid,
    bias: Bool = true, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let convolution = Convolution2D(
      width, kernel: kernel, stride: stride, padding: padding, bias: bias)
    let y = try add("\(name)_conv", convolution, to: x)
    return try add("\(name)_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
  }

  fileprivate mutating func addConvolution(
    _ width: Int, kernel: Extent = 1, stride: Extent = 1, padding: Padding = .valid,
    bias: Bool = true, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let y = try addNormalized(
      width, kernel: kernel, stride: stride, padding: padding, bias: bias, named: name, to: x)
    return try add("\(name)_relu", ActivationLayer(.relu), to: y)
  }

  /// Figure 5, right: 1×1, 3×3, 1×1 and the shortcut, which a 1×1 convolution projects in the first
  /// block of a stage. As in the paper and in Keras the first 1×1 convolution carries the stride.
  fileprivate mutating func addBottleneck(
    _ width: Int, stride: Extent, projects: Bool, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let shortcut =
      projects ? try addNormalized(4 * width, stride: stride, named: "\(name)_0", to: x) : x
    var y = try addConvolution(width, stride: stride, named: "\(name)_1", to: x)
    y = try addConvolution(width, kernel: 3, padding: .same, named: "\(name)_2", to: y)
    y = try addNormalized(4 * width, named: "\(name)_3", to: y)
    y = try add("\(name)_add", Add(), to: shortcut, y)
    return try add("\(name)_out", ActivationLayer(.relu), to: y)
  }

  /// Figure 5, left: two 3×3 convolutions around which the shortcut leads; where the shape changes, a
  /// 1×1 convolution projects it (option B). Padded on all sides, which 'same' would not be at stride 2.
  fileprivate mutating func addBasic(
    _ width: Int, stride: Extent, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let projects = stride != 1 || self[x].shape.channels != width
    let shortcut =
      projects
      ? try addNormalized(width, stride: stride, bias: false, named: "\(name)_0", to: x) : x
    var y = try add("\(name)_1_pad", ZeroPadding2D(Edges(1)), to: x)
    y = try addConvolution(
      width, kernel: 3, stride: stride, bias: false, named: "\(name)_1", to: y)
    y = try addNormalized(
      width, kernel: 3, padding: .same, bias: false, named: "\(name)_2", to: y)
    y = try add("\(name)_add", Add(), to: shortcut, y)
    return try add("\(name)_out", ActivationLayer(.relu), to: y)
  }
}

extension Family {
  // The paper gives 18 layers' error for shortcuts that pad with zeros only; for 34 layers with
  // projections Table 3 has 24.52 % on ten crops.
  static let resnet18 = ResNet.untrained("resnet18", ResNet.resnet18, topOne: nil)
  static let resnet34 = ResNet.untrained("resnet34", ResNet.resnet34, topOne: 0.7548)
  static let resnet50 = ResNet.published(
    "resnet50", ResNet.resnet50, topOne: 0.749, md5: "2cb95161c43110f7111970584f804107",
    noTop: "4d473c1dd8becc155b73f8504c6f6626")
  static let resnet101 = ResNet.published(
    "resnet101", ResNet.resnet101, topOne: 0.764, md5: "f1aeb4b969a6efcfb50fad2f0c20cfc5",
    noTop: "88cf7a10940856eca736dc7b7e228a21")
  static let resnet152 = ResNet.published(
    "resnet152", ResNet.resnet152, topOne: 0.766, md5: "100835be76be38e30d865e96f2aaae62",
    noTop: "ee4c566cf9a93f14d82f913c2dc6dd0c")
}
