import NeuralNetworks

/// Network in Network (Lin, Chen and Yan, 2014, arXiv:1312.4400, Figure 2): 1×1 convolutions as small
/// networks that slide over the image, and global average pooling in place of dense layers. The one for
/// CIFAR-10, with the sizes of the authors' published configuration.
enum NetworkInNetwork {
  static let classCount = 10

  /// Side of the kernel and the widths of the three layers of each small network.
  static let blocks: [(kernel: Int, widths: [Int])] = [
    (5, [192, 160, 96]), (5, [192, 192, 192]), (3, [192, 192, classCount]),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    var x = net.input
    for (number, block) in zip(1..., blocks) {
      net.beginStage("block\(number)")
      for (layer, width) in zip(1..., block.widths) {
        // The last layer has a channel per class: it is the classifier.
        if number == blocks.count, layer == block.widths.count { break }
        x = try net.add(
          layer == 1 ? "block\(number)_conv" : "block\(number)_cccp\(layer - 1)",
          Convolution2D(
            width, kernel: layer == 1 ? Extent(block.kernel) : 1, padding: .same,
            activation: .relu), to: x)
      }
      switch number {
      case 1:
        x = try net.add("block1_pool", MaxPooling2D(3, stride: 2, padding: .same), to: x)
        x = try net.add("block1_drop", Dropout(0.5), to: x)
      case 2:
        x = try net.add("block2_pool", AveragePooling2D(3, stride: 2, padding: .same), to: x)
        x = try net.add("block2_drop", Dropout(0.5), to: x)
      default: break
      }
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    net.beginStage(Network.headStage)
    x = try net.add(
      "block3_cccp2", Convolution2D(classCount, kernel: 1, padding: .same, activation: .relu), to: x
    )
    x = try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
    try net.add("predictions", ActivationLayer(classifier), to: x)
    return net
  }
}

extension Family {
  static let networkInNetwork = Family(
    name: "networkinnetwork", paper: "Lin et al. 2014, arXiv:1312.4400", preprocessing: .torch,
    defaultImageSize: 32, minimumImageSize: 8
  ) { variant throws(NetworkError) in
    try NetworkInNetwork.network(variant)
  }
}
