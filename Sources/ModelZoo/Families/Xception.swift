import NeuralNetworks

/// Xception (Chollet, "Xception: Deep Learning with Depthwise Separable Convolutions", 2017,
/// arXiv:1610.02357): separable convolutions around shortcuts.
///
/// Keras numbers the projections of the shortcuts by itself (`AutomaticNames`).
enum Xception {
  /// Figure 5: widths of the two separable convolutions of each block that projects its shortcut and
  /// halves the resolution; eight middle blocks of three stand between the last two.
  static let reducing: [(block: Int, widths: [Int])] = [
    (2, [128, 128]), (3, [256, 256]), (4, [728, 728]), (13, [728, 1024]),
  ]
  static let middle = 5...12

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var names = AutomaticNames()
    net.beginStage("block1")
    var x = try net.add(
      "block1_conv1", Convolution2D(32, kernel: 3, stride: 2, bias: false), to: net.input)
    x = try net.addNorm("block1_conv1", to: x)
    x = try net.add("block1_conv1_act", ActivationLayer(.relu), to: x)
    x = try net.add("block1_conv2", Convolution2D(64, kernel: 3, bias: false), to: x)
    x = try net.addNorm("block1_conv2", to: x)
    x = try net.add("block1_conv2_act", ActivationLayer(.relu), to: x)
    for row in reducing {
      // The middle blocks have the resolution that block 4 leaves.
      net.beginStage(
        row.block == 4 ? "block4-12" : row.block == 13 ? "block13-14" : "block\(row.block)")
      x = try net.addReducing(row.widths, block: row.block, &names, to: x)
      guard row.block == 4 else { continue }
      for block in middle {
        var y = x
        for number in 1...3 { y = try net.addSeparable(728, block: block, number, to: y) }
        x = try net.add(names.next("add"), Add(), to: y, x)
      }
    }
    for (number, width) in [(1, 1536), (2, 2048)] {
      let name = "block14_sepconv\(number)"
      x = try net.add(
        name, SeparableConvolution2D(width, kernel: 3, padding: .same, bias: false), to: x)
      x = try net.addNorm(name, to: x)
      x = try net.add("\(name)_act", ActivationLayer(.relu), to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    net.beginStage(Network.headStage)
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }
}

extension Network {
  fileprivate mutating func addNorm(_ name: String, to x: NodeID) throws(NetworkError) -> NodeID {
    try add("\(name)_bn", BatchNormalization(), to: x)
  }

  /// ReLU, separable convolution, norm. The first of block 2 follows a ReLU and needs none.
  fileprivate mutating func addSeparable(_ width: Int, block: Int, _ number: Int, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    let name = "block\(block)_sepconv\(number)"
    let isActivated = block == 2 && number == 1
    var y = isActivated ? x : try add("\(name)_act", ActivationLayer(.relu), to: x)
    y = try add(name, SeparableConvolution2D(width, kernel: 3, padding: .same, bias: false), to: y)
    return try addNorm(name, to: y)
  }

  fileprivate mutating func addReducing(
    _ widths: [Int], block: Int, _ names: inout AutomaticNames, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    var shortcut = try add(
      names.next("conv2d"),
      Convolution2D(widths[1], kernel: 1, stride: 2, padding: .same, bias: false), to: x)
    shortcut = try add(names.next("batch_normalization"), BatchNormalization(), to: shortcut)
    var y = x
    for (number, width) in zip(1..., widths) {
      y = try addSeparable(width, block: block, number, to: y)
    }
    y = try add("block\(block)_pool", MaxPooling2D(3, stride: 2, padding: .same), to: y)
    return try add(names.next("add"), Add(), to: y, shortcut)
  }
}

extension Family {
  static let xception = Family(
    name: "xception",
    paper: "Chollet 2017, arXiv:1610.02357",
    preprocessing: .signed,
    provenance: Provenance(origin: "François Chollet, Keras", licence: "MIT"),
    published: [
      Published(
        imageSize: 299, topOne: 0.790,
        files: PublishedWeights(
          folder: "xception", stem: "xception", md5: "0a58e3b7378bc2990ea3b43d5981f1f6",
          noTop: "b0042744bf5b25fce3cb969f33bebb97"))
    ],
    defaultImageSize: 299, minimumImageSize: 71
  ) { variant throws(NetworkError) in
    try Xception.network(variant)
  }
}
