import NeuralNetworks

/// VGG (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", 2015, arXiv:1409.1556): stacks of 3×3 convolutions, halved by max pooling.
enum VGG {
  /// Table 1, columns A, B, D and E: five blocks of so many 3×3 convolutions of one width.
  static let vgg11 = [(1, 64), (1, 128), (2, 256), (2, 512), (2, 512)]
  static let vgg13 = [(2, 64), (2, 128), (2, 256), (2, 512), (2, 512)]
  static let vgg16 = [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]
  static let vgg19 = [(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]

  /// - Parameter dropout: The share of fc1 and fc2 that is dropped while training. The paper drops
  ///   half; Keras's network, and so its file, has no such layers.
  static func network(
    _ blocks: [(convolutions: Int, width: Int)], dropout: Float?, _ variant: Variant
  ) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var x = net.input
    for (b, block) in zip(1..., blocks) {
      net.beginStage("block\(b)")
      for c in 1...block.convolutions {
        x = try net.add(
          "block\(b)_conv\(c)",
          Convolution2D(block.width, kernel: 3, padding: .same, activation: .relu), to: x)
      }
      x = try net.add("block\(b)_pool", MaxPooling2D(2, stride: 2), to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add("flatten", Flatten(), to: x)
    for name in ["fc1", "fc2"] {
      x = try net.add(name, Dense(4096, activation: .relu), to: x)
      if let dropout { x = try net.add("\(name)_dropout", Dropout(dropout), to: x) }
    }
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }

  static let paper = "Simonyan and Zisserman 2015, arXiv:1409.1556"

  /// Keras has no weights for columns A and B. Table 3: their errors at one scale are 29.6 and 28.7 %.
  static func untrained(
    _ name: String, _ blocks: [(convolutions: Int, width: Int)], topOne: Double
  ) -> Family {
    Family(name: name, paper: paper, preprocessing: .torch, topOne: topOne) {
      variant throws(NetworkError) in
      try network(blocks, dropout: 0.5, variant)
    }
  }

  static func published(
    _ name: String, _ blocks: [(convolutions: Int, width: Int)], md5 top: String, noTop: String
  ) -> Family {
    Family(
      name: name, paper: paper, preprocessing: .caffe,
      provenance: Provenance(
        origin: "Visual Geometry Group, University of Oxford; converted by Keras",
        licence: "CC BY 4.0"),
      published: [
        Published(
          imageSize: 224, topOne: 0.713,
          files: PublishedWeights(folder: name, stem: name, md5: top, noTop: noTop))
      ],
      classifierNeedsPublishedSize: true
    ) { variant throws(NetworkError) in
      try network(blocks, dropout: nil, variant)
    }
  }
}

extension Family {
  static let vgg11 = VGG.untrained("vgg11", VGG.vgg11, topOne: 0.704)
  static let vgg13 = VGG.untrained("vgg13", VGG.vgg13, topOne: 0.713)
  static let vgg16 = VGG.published(
    "vgg16", VGG.vgg16, md5: "64373286793e3c8b2b4e3219cbf3544b",
    noTop: "6d6bbae143d832006294945121d1f1fc")
  static let vgg19 = VGG.published(
    "vgg19", VGG.vgg19, md5: "cbe5617147190e668d6c5d5026f83318",
    noTop: "253f8cb515780f3b799900260a226db6")
}
