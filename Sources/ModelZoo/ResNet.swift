import NeuralNetworks

/// ResNet (He, Zhang, Ren and Sun, "Deep Residual Learning for Image Recognition", 2016,
/// arXiv:1512.03385): bottleneck blocks around identity shortcuts.
enum ResNet {
  /// Table 1, "50-layer": blocks per stage, width of the bottleneck, stride of the first block.
  static let resnet50: [(stage: String, blocks: Int, width: Int, stride: Extent)] = [
    ("conv2", 3, 64, 1), ("conv3", 4, 128, 2), ("conv4", 6, 256, 2), ("conv5", 3, 512, 2),
  ]

  static func network(
    _ stages: [(stage: String, blocks: Int, width: Int, stride: Extent)], _ variant: Variant
  ) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.add("conv1_pad", ZeroPadding2D(Edges(3)), to: net.input)
    x = try net.addConvolution(64, kernel: 7, stride: 2, named: "conv1", to: x)
    x = try net.add("pool1_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("pool1_pool", MaxPooling2D(3, stride: 2), to: x)
    for stage in stages {
      net.beginStage(stage.stage)
      for block in 1...stage.blocks {
        x = try net.addBottleneck(
          stage.width, stride: block == 1 ? stage.stride : 1, projects: block == 1,
          named: "\(stage.stage)_block\(block)", to: x)
      }
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    guard let classifier = variant.classifierActivation else { return net }
    net.beginStage(Network.headStage)
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }
}

extension Network {
  /// A convolution with bias (Keras's ResNets have one, the paper has none) and its batch norm.
  fileprivate mutating func addNormalized(
    _ width: Int, kernel: Extent = 1, stride: Extent = 1, padding: Padding = .valid,
    named name: String,
    to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let y = try add(
      "\(name)_conv", Convolution2D(width, kernel: kernel, stride: stride, padding: padding), to: x)
    return try add("\(name)_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
  }

  fileprivate mutating func addConvolution(
    _ width: Int, kernel: Extent = 1, stride: Extent = 1, padding: Padding = .valid,
    named name: String,
    to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let y = try addNormalized(
      width, kernel: kernel, stride: stride, padding: padding, named: name, to: x)
    return try add("\(name)_relu", ActivationLayer(.relu), to: y)
  }

  /// Figure 5, right: 1×1, 3×3, 1×1 and the shortcut, which a 1×1 convolution projects in the first
  /// block of a stage. As in the paper and in Keras the first 1×1 convolution carries the stride.
  fileprivate mutating func addBottleneck(
    _ width: Int, stride: Extent, projects: Bool, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    var y = try addConvolution(width, stride: stride, named: "\(name)_1", to: x)
    y = try addConvolution(width, kernel: 3, padding: .same, named: "\(name)_2", to: y)
    guard projects else {
      y = try addNormalized(4 * width, named: "\(name)_3", to: y)
      y = try add("\(name)_add", Add(), to: x, y)
      return try add("\(name)_out", ActivationLayer(.relu), to: y)
    }
    // Keras lists the layers of the two branches by depth, and reads old weight files by position:
    // what we write has to have this order.
    let shortcut = try add(
      "\(name)_0_conv", Convolution2D(4 * width, kernel: 1, stride: stride), to: x)
    y = try add("\(name)_3_conv", Convolution2D(4 * width, kernel: 1), to: y)
    let projected = try add("\(name)_0_bn", BatchNormalization(epsilon: 1.001e-5), to: shortcut)
    y = try add("\(name)_3_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
    y = try add("\(name)_add", Add(), to: projected, y)
    return try add("\(name)_out", ActivationLayer(.relu), to: y)
  }
}

extension Family {
  static let resnet50 = Family(
    name: "resnet50",
    paper: "He et al. 2016, arXiv:1512.03385",
    preprocessing: .caffe,
    provenance: Provenance(
      origin: "Kaiming He et al., Microsoft Research; converted by Keras", licence: "MIT"),
    published: [
      Published(
        imageSize: 224, topOne: 0.749,
        files: PublishedWeights(
          folder: "resnet",
          top: "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
          .md5("2cb95161c43110f7111970584f804107"),
          noTop: "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
          .md5("4d473c1dd8becc155b73f8504c6f6626")))
    ]
  ) { variant throws(NetworkError) in
    try ResNet.network(ResNet.resnet50, variant)
  }
}
