import NeuralNetworks

/// VGG (Simonyan and Zisserman, "Very Deep Convolutional Networks for Large-Scale Image
/// Recognition", 2015, arXiv:1409.1556): stacks of 3×3 convolutions, halved by max pooling.
enum VGG {
  /// Table 1, column D: five blocks of so many 3×3 convolutions of one width.
  static let vgg16: [(convolutions: Int, width: Int)] = [
    (2, 64), (2, 128), (3, 256), (3, 512), (3, 512),
  ]

  static func network(
    _ blocks: [(convolutions: Int, width: Int)], _ variant: Variant
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
    // The paper drops out half of fc1 and fc2; Keras's network, and so its file, has no such layers.
    x = try net.add("fc1", Dense(4096, activation: .relu), to: x)
    x = try net.add("fc2", Dense(4096, activation: .relu), to: x)
    try net.add("predictions", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }
}

extension Family {
  static let vgg16 = Family(
    name: "vgg16",
    paper: "Simonyan and Zisserman 2015, arXiv:1409.1556",
    preprocessing: .caffe,
    provenance: Provenance(
      origin: "Visual Geometry Group, University of Oxford; converted by Keras",
      licence: "CC BY 4.0"),
    published: [
      Published(
        imageSize: 224, topOne: 0.713,
        files: PublishedWeights(
          folder: "vgg16",
          top: "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
          .md5("64373286793e3c8b2b4e3219cbf3544b"),
          noTop: "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
          .md5("6d6bbae143d832006294945121d1f1fc")))
    ],
    classifierNeedsPublishedSize: true
  ) { variant throws(NetworkError) in
    try VGG.network(VGG.vgg16, variant)
  }
}
