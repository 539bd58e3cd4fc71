import NeuralNetworks

/// ResNet V2 (He, Zhang, Ren and Sun, "Identity Mappings in Deep Residual Networks", 2016,
/// arXiv:1603.05027): norm and ReLU move in front of the convolutions, the shortcut stays untouched.
enum ResNetV2 {
  /// Blocks in conv2 … conv5, as in the first version. In Keras the last block of a stage carries the
  /// stride, not the first of the next one; conv5 has none.
  static func network(_ blocks: [Int], _ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var names = AutomaticNames()
    net.beginStage("conv1")
    var x = try net.add("conv1_pad", ZeroPadding2D(Edges(3)), to: net.input)
    x = try net.add("conv1_conv", Convolution2D(64, kernel: 7, stride: 2), to: x)
    x = try net.add("pool1_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("pool1_pool", MaxPooling2D(3, stride: 2), to: x)
    for (stage, (count, width)) in zip(2..., zip(blocks, [64, 128, 256, 512])) {
      net.beginStage("conv\(stage)")
      for number in 1...count {
        x = try net.addPreactivated(
          width, stride: number == count && stage < 5 ? 2 : 1, projects: number == 1,
          named: "conv\(stage)_block\(number)", &names, to: x)
      }
    }
    x = try net.addNorm("post_bn", then: "post_relu", to: x)
    try net.addClassifier(variant, to: x)
    return net
  }

  static func published(
    _ name: String, _ blocks: [Int], topOne: Double, md5 top: String, noTop: String
  ) -> Family {
    Family(
      name: name, paper: "He et al. 2016, arXiv:1603.05027", preprocessing: .signed,
      provenance: Provenance(
        origin: "Facebook AI Research, fb.resnet.torch; converted by Keras", licence: "BSD"),
      published: [
        Published(
          imageSize: 224, topOne: topOne,
          files: PublishedWeights(folder: "resnet", stem: name, md5: top, noTop: noTop))
      ]
    ) { variant throws(NetworkError) in
      try network(blocks, variant)
    }
  }
}

extension Network {
  /// Figure 4(e) with a bottleneck. A projection reads what the first norm made, every other shortcut
  /// the block's own input; where the block strides, Keras picks every second position of it.
  fileprivate mutating func addPreactivated(
    _ width: Int, stride: Int, projects: Bool, named name: String, _ names: inout AutomaticNames,
    to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let preactivated = try addNorm("\(name)_preact_bn", then: "\(name)_preact_relu", to: x)
    var shortcut = x
    if projects {
      shortcut = try add(
        "\(name)_0_conv", Convolution2D(4 * width, kernel: 1, stride: Extent(stride)),
        to: preactivated)
    } else if stride > 1 {
      shortcut = try add(
        names.next("max_pooling2d"), MaxPooling2D(1, stride: Extent(stride)), to: x)
    }
    var y = try add(
      "\(name)_1_conv", Convolution2D(width, kernel: 1, bias: false), to: preactivated)
    y = try addNorm("\(name)_1_bn", then: "\(name)_1_relu", to: y)
    y = try add("\(name)_2_pad", ZeroPadding2D(Edges(1)), to: y)
    y = try add(
      "\(name)_2_conv", Convolution2D(width, kernel: 3, stride: Extent(stride), bias: false), to: y)
    y = try addNorm("\(name)_2_bn", then: "\(name)_2_relu", to: y)
    y = try add("\(name)_3_conv", Convolution2D(4 * width, kernel: 1), to: y)
    return try add("\(name)_out", Add(), to: shortcut, y)
  }
}

extension Family {
  static let resnet50v2 = ResNetV2.published(
    "resnet50v2", ResNet.resnet50, topOne: 0.760, md5: "3ef43a0b657b3be2300d5770ece849e0",
    noTop: "fac2f116257151a9d068a22e544a4917")
  static let resnet101v2 = ResNetV2.published(
    "resnet101v2", ResNet.resnet101, topOne: 0.772, md5: "6343647c601c52e1368623803854d971",
    noTop: "c0ed64b8031c3730f411d2eb4eea35b5")
  static let resnet152v2 = ResNetV2.published(
    "resnet152v2", ResNet.resnet152, topOne: 0.780, md5: "a49b44d1979771252814e80f8ec446f9",
    noTop: "ed17cf2e0169df9d443503ef94b23b33")
}
