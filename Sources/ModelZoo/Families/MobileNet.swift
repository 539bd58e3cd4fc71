import NeuralNetworks

/// MobileNet (Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
/// Applications", 2017, arXiv:1704.04861): depthwise separable convolutions, all widths times α.
enum MobileNet {
  /// Table 1, one row per pair of depthwise and 1×1 convolution: output channels of the pair, stride
  /// of its depthwise half. The table prints stride 2 for the last one too, but keeps its size; it
  /// is 1 everywhere.
  static let blocks: [(channels: Int, stride: Int)] = [
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1), (512, 1), (512, 1),
    (512, 1), (512, 1), (1024, 2), (1024, 1),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    func scaled(_ channels: Int) -> Int { Int(Double(channels) * variant.alpha) }
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.add(
      "conv1",
      Convolution2D(scaled(32), kernel: 3, stride: 2, padding: .same, bias: false), to: net.input)
    x = try net.addNormAndActivation(after: "conv1", to: x)
    for (b, block) in zip(1..., blocks) {
      if block.stride == 2 {
        let next = blocks[b...].firstIndex { $0.stride == 2 } ?? blocks.count
        net.beginStage("blocks\(b)-\(next)")
        // Keras pads bottom and right at every size, where 'same' would surround an odd one.
        x = try net.add("conv_pad_\(b)", ZeroPadding2D(Edges(bottom: 1, right: 1)), to: x)
      }
      x = try net.add(
        "conv_dw_\(b)",
        DepthwiseConvolution2D(
          kernel: 3, stride: Extent(block.stride), padding: block.stride == 2 ? .valid : .same,
          bias: false), to: x)
      x = try net.addNormAndActivation(after: "conv_dw_\(b)", to: x)
      x = try net.add(
        "conv_pw_\(b)",
        Convolution2D(scaled(block.channels), kernel: 1, padding: .same, bias: false), to: x)
      x = try net.addNormAndActivation(after: "conv_pw_\(b)", to: x)
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_average_pooling2d", GlobalAveragePooling2D(), to: x)
      return net
    }
    x = try net.add(
      "global_average_pooling2d", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    net.beginStage(Network.headStage)
    x = try net.add("dropout", Dropout(1e-3), to: x)
    x = try net.add(
      "conv_preds", Convolution2D(ImageNet.classCount, kernel: 1, padding: .same), to: x)
    x = try net.add("reshape_2", Reshape([ImageNet.classCount]), to: x)
    try net.add("predictions", ActivationLayer(classifier), to: x)
    return net
  }

  /// Top-1 accuracy and SHA-256 by α and image size. The accuracy of α 1.0 at 224 as keras.io lists it,
  /// the others as released with the TensorFlow checkpoints (2017-06-14, in the table beside tf-slim's
  /// mobilenet_v1.py) that Keras's files were converted from. The digests are those of `WEIGHTS_HASHES` in a
  /// later mobilenet.py than that of Keras 3.15; two of them were compared with files (0.25 at 224, no top) or
  /// another source (0.5 at 224, no top).
  static let rows: [(alpha: Double, imageSize: Int, topOne: Double, top: String, noTop: String)] = [
    (
      0.25, 128, 0.413,
      "fe295db7f78635f1403127e3ba8cdc6237f83262bdb745063a67c1d81190c7f8",
      "7d8b7f3c9555cb4579f9659ee233a540e66fd7ad514c0a8b14493b667447c5d6"
    ),
    (
      0.25, 160, 0.460,
      "74b32700eb3f6fb8d0b3f416c3fb52ab5eca35dc82393341eb7bb52676b6b003",
      "c2f18432229c945b816f8b9f9cfa40d2964454b033efea804f6cd03942865bd4"
    ),
    (
      0.25, 192, 0.490,
      "22a302e8a39e545c7372ca96fe8698e3cbbc7d3906f60316e0617c15616f8894",
      "4b7370b9880577f12f31942049d19610a4559c8af38f39dc67d1f90ec9663aa1"
    ),
    (
      0.25, 224, 0.506,
      "98d047950e59f478af63681720906940efc8ce8cecb95bce5c7b47394f8bd63d",
      "dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf"
    ),
    (
      0.5, 128, 0.562,
      "26752cdb9ab8459c85fb4cd0f45475bbd3bd25f9225b87bbedd474f5976da145",
      "7f9871530e19990a9a180626566fcc32fb487c70880306592cae219d67179635"
    ),
    (
      0.5, 160, 0.599,
      "71c742137645f19426ea3540bb2933310b0a5f2d3a2d09ee1aea91e348f6fba7",
      "7b15a4d22079138dd889a78cdea8d921a3b73cf7d313ff12f23634c4f71bcace"
    ),
    (
      0.5, 192, 0.621,
      "fabfe055bd26ea40c1c0798c4e22fe1eb437feab111be9f1f722360dff81e040",
      "b848a83f140e284973d80805dc4c184a0a885dadcc1700630a86879c9103d5b1"
    ),
    (
      0.5, 224, 0.640,
      "b4b134ed41de14fd8d6717ab4e88b53e3113194acae392bc41c012ba463906bb",
      "df860c59562f4c4af7a2fb2ae90731caef39fd5d03e5fcd6ca46988965f0a4b7"
    ),
    (
      0.75, 128, 0.618,
      "cafcb7455c36187c93eb7fb3a68e29f76b5761cb2d946d57d1967578e3b05361",
      "dcc5aaa418bbf397a431e79a52be0ad1a61fb6364a9bb6d68b5258f13669c8ba"
    ),
    (
      0.75, 160, 0.652,
      "3ee6f1daa0f9da149bec3311eacfb4451ca236bc126dc25ee191f5bdc6e641be",
      "6056d87ad4e3b341cc8272d68b54a8a113ef0b0e5ab1399e4a801d2942a064fa"
    ),
    (
      0.75, 192, 0.674,
      "a7a2364ee404c19301edb827de693f46eeb46aad13e2c5e73494545e57749eef",
      "b8ea4352b99a87552c0b84c59b59d146b823b684766026ed8f0c68d3aab9e677"
    ),
    (
      0.75, 224, 0.684,
      "811e0307a7e8895a180b81c191033482d99470a0604ea8e88e8d947005067d84",
      "1da9019b66f05a0256dedfed0f321fcaf8bfa71f9facf3f9117e62820be39aa5"
    ),
    (
      1.0, 128, 0.641,
      "ef1480dcb7f11a75bc5187a74863b3b97c4cfed6b6dd5c78f003ba002a4d7fe6",
      "8fbb8332b956430de61ad4fa1ab261ab5b7922ef1d0f38c30056a485ec0d4ecb"
    ),
    (
      1.0, 160, 0.672,
      "a41aa0195ebe0a5301ab90af589155b42671f78704fd9a2e7dda919c478cd479",
      "22d25b67a8936869b5f0d0c840ba150c90dc89c0b07f8aacd387614be67845d2"
    ),
    (
      1.0, 192, 0.693,
      "bd7e7f6a7cd6690a10aedba3e93bec811240418bd9179546e50c0f4c35899a01",
      "d67556231564ded95aaa7a44004c73aa9696fba267a6817f430eee097af11782"
    ),
    (
      1.0, 224, 0.704,
      "006a2d9484fbea625dd4e6518652c101a3eca052671671c56265fc84f2e1181f",
      "9f9cfd8c925431c06ce96744e1d201575f6a681bf38ae2de38e2ae8f7d7829d3"
    ),
  ]
}

extension Network {
  fileprivate mutating func addNormAndActivation(after name: String, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    let y = try add("\(name)_bn", BatchNormalization(), to: x)
    return try add("\(name)_relu", ActivationLayer(.relu6), to: y)
  }
}

extension Family {
  static let mobilenet = Family(
    name: "mobilenet",
    paper: "Howard et al. 2017, arXiv:1704.04861",
    preprocessing: .signed,
    provenance: .tensorFlowModels,
    published: MobileNet.rows.map { row in
      // Keras writes 0.25 as 2_5 and 1.0 as 1_0.
      let hundredths = Int((row.alpha * 100).rounded())
      let alpha = hundredths == 100 ? "1_0" : "\(hundredths / 10)_\(hundredths % 10)"
      let stem = "mobilenet_\(alpha)_\(row.imageSize)_tf"
      return Published(
        alpha: row.alpha, imageSize: row.imageSize, topOne: row.topOne,
        files: PublishedWeights(
          folder: "mobilenet", top: "\(stem).h5", .sha256(row.top),
          noTop: "\(stem)_no_top.h5", .sha256(row.noTop)))
    }
  ) { variant throws(NetworkError) in
    try MobileNet.network(variant)
  }
}
