import NeuralNetworks

/// EfficientNet (Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural
/// Networks", 2019, arXiv:1905.11946): one searched network, B0, scaled in width, depth and
/// resolution together.
enum EfficientNet {
  /// Table 1, stages 2 to 8: side of the kernel, blocks, input and output channels, expansion inside
  /// the block, stride of the first block.
  static let rows:
    [(kernel: Int, blocks: Int, input: Int, output: Int, expansion: Int, stride: Int)] = [
      (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
      (5, 3, 80, 112, 6, 1), (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
    ]

  /// How B0 is scaled, with the authors' dropout before the classifier, ImageNet's top 1 (Table 2 and
  /// keras.io), and the digests of Keras's files.
  static let variants:
    [(
      name: String, width: Double, depth: Double, imageSize: Int, dropout: Float, topOne: Double,
      top: String, noTop: String
    )] = [
      (
        "b0", 1.0, 1.0, 224, 0.2, 0.771,
        "902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"
      ),
      (
        "b1", 1.0, 1.1, 240, 0.2, 0.791,
        "1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"
      ),
      (
        "b2", 1.1, 1.2, 260, 0.3, 0.801,
        "b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"
      ),
      (
        "b3", 1.2, 1.4, 300, 0.3, 0.816,
        "ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"
      ),
      (
        "b4", 1.4, 1.8, 380, 0.4, 0.829,
        "18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"
      ),
      (
        "b5", 1.6, 2.2, 456, 0.4, 0.836,
        "ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"
      ),
      (
        "b6", 1.8, 2.6, 528, 0.5, 0.840,
        "165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"
      ),
      (
        "b7", 2.0, 3.1, 600, 0.5, 0.843,
        "8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"
      ),
    ]

  static func network(width: Double, depth: Double, dropout: Float, _ variant: Variant)
    throws(NetworkError) -> Network
  {
    func scaled(_ channels: Int) -> Int { MobileNetV2.divisibleByEight(Double(channels) * width) }
    func repeated(_ blocks: Int) -> Int { Int((depth * Double(blocks)).rounded(.up)) }
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try net.add("rescaling", Rescaling(scale: [1 / 255]), to: net.input)
    // The official weights want the colours divided by the deviation, not by its root.
    x = try net.add("normalization", Normalization(takesDeviationsOfImageNet: true), to: x)
    x = try net.add(
      "stem_conv_pad", ZeroPadding2D(.beforeStride2(kernel: 3, net[x].shape)), to: x)
    x = try net.add(
      "stem_conv", Convolution2D(scaled(32), kernel: 3, stride: 2, bias: false), to: x)
    x = try net.addNormAndSwish("stem_bn", "stem_activation", to: x)
    let count = rows.reduce(0) { $0 + repeated($1.blocks) }
    var number = 0
    for (stage, row) in zip(1..., rows) {
      if row.stride == 2 {
        let next = rows[stage...].firstIndex { $0.stride == 2 } ?? rows.count
        net.beginStage(next == stage ? "block\(stage)" : "block\(stage)-\(next)")
      }
      for block in 0..<repeated(row.blocks) {
        let isFirst = block == 0
        x = try net.addMobileBlock(
          MobileBlock(
            kernel: row.kernel, stride: isFirst ? row.stride : 1,
            input: scaled(isFirst ? row.input : row.output), output: scaled(row.output),
            expansion: row.expansion, excites: true,
            drop: 0.2 * Float(number) / Float(count), momentum: 0.99, pads: true),
          named: "block\(stage)\(MobileBlock.letter(block))_", to: x)
        number += 1
      }
    }
    x = try net.add(
      "top_conv", Convolution2D(scaled(1280), kernel: 1, padding: .same, bias: false), to: x)
    x = try net.addNormAndSwish("top_bn", "top_activation", to: x)
    try net.finishEfficientNet(dropout: dropout, variant, after: x)
    return net
  }

  static let families: [Family] = variants.map { row in
    let name = "efficientnet\(row.name)"
    return Family(
      name: name, paper: "Tan and Le 2019, arXiv:1905.11946", preprocessing: .none,
      provenance: Provenance(
        origin: "Google, TPU model repository; converted by Keras", licence: "Apache 2.0"),
      published: [
        Published(
          imageSize: row.imageSize, topOne: row.topOne,
          files: PublishedWeights(
            folder: "", site: WeightFile.efficientNetURL, top: "\(name).h5", .md5(row.top),
            noTop: "\(name)_notop.h5", .md5(row.noTop)))
      ],
      defaultImageSize: row.imageSize
    ) { variant throws(NetworkError) in
      try network(width: row.width, depth: row.depth, dropout: row.dropout, variant)
    }
  }
}
