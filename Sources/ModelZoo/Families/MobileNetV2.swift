import NeuralNetworks

/// MobileNetV2 (Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018,
/// arXiv:1801.04381): blocks that widen, filter depthwise and narrow again.
enum MobileNetV2 {
  /// Table 2: expansion `t`, output channels `c`, repeats `n`, stride `s` of the first repeat.
  static let rows: [(t: Int, c: Int, n: Int, s: Int)] = [
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
  ]

  static func network(_ variant: Variant) throws(NetworkError) -> Network {
    let alpha = variant.alpha
    var net = Network(input: variant.inputShape)
    net.beginStage("Conv1")
    var x = try net.add(
      "Conv1",
      Convolution2D(
        divisibleByEight(32 * alpha), kernel: 3, stride: 2, padding: .same, bias: false),
      to: net.input)
    x = try net.addNorm("bn_Conv1", to: x)
    x = try net.add("Conv1_relu", ActivationLayer(.relu6), to: x)
    let blocks = rows.flatMap { row in
      (0..<row.n).map { (expansion: row.t, channels: row.c, stride: $0 == 0 ? row.s : 1) }
    }
    for (b, block) in blocks.enumerated() {
      if block.stride == 2 {
        let next = blocks[(b + 1)...].firstIndex { $0.stride == 2 } ?? blocks.count
        net.beginStage("blocks\(b)-\(next - 1)")
      }
      x = try net.addInvertedResidual(
        expansion: block.expansion, stride: block.stride,
        // Truncated before it is rounded to eights: so does Keras.
        channels: divisibleByEight(Double(Int(Double(block.channels) * alpha))),
        named: b == 0 ? "expanded_conv" : "block_\(b)", to: x)
    }
    // The paper keeps 1280 for α < 1: a narrow last layer costs accuracy.
    let last = alpha > 1 ? divisibleByEight(1280 * alpha) : 1280
    x = try net.add("Conv_1", Convolution2D(last, kernel: 1, bias: false), to: x)
    x = try net.addNorm("Conv_1_bn", to: x)
    x = try net.add("out_relu", ActivationLayer(.relu6), to: x)
    try net.addClassifier(variant, pooling: "global_average_pooling2d", to: x)
    return net
  }

  /// The multiple of eight nearest to `channels`, at least eight and not more than a tenth below.
  static func divisibleByEight(_ channels: Double) -> Int {
    let rounded = max(8, Int(channels + 4) / 8 * 8)
    return Double(rounded) < 0.9 * channels ? rounded + 8 : rounded
  }

  /// Top-1 accuracy by α and image size. α 1.0 at 224 as keras.io lists it, the others as Keras 2's
  /// source listed them: those of the TensorFlow checkpoints that its files were converted from.
  static let accuracies: [(alpha: Double, topOne: [(imageSize: Int, accuracy: Double)])] = [
    (0.35, [(96, 0.455), (128, 0.508), (160, 0.557), (192, 0.582), (224, 0.603)]),
    (0.5, [(96, 0.512), (128, 0.577), (160, 0.610), (192, 0.639), (224, 0.654)]),
    (0.75, [(96, 0.588), (128, 0.632), (160, 0.664), (192, 0.687), (224, 0.698)]),
    (1.0, [(96, 0.603), (128, 0.653), (160, 0.688), (192, 0.707), (224, 0.713)]),
    (1.3, [(224, 0.744)]),
    (1.4, [(224, 0.750)]),
  ]

  /// By file name. Keras publishes none; these are what others found the files at its address to have:
  /// the MD5 as MIAnalyzer checks them, the SHA-256 as a PyTorch port of that file does, with its size.
  static let digests: [String: WeightFile.Digest] = [
    "\(stem)_0.35_224_no_top.h5": .sha256(
      "df1c3db1d0d9193719c4c70f707c56f7021f999f825bdc57454c275cf6def19f"),
    "\(stem)_1.0_224.h5": .md5("321911b381f6fd09b744356f6796ee18"),
    "\(stem)_1.0_224_no_top.h5": .md5("f1a68526548f7541cda07e19ba6c85f4"),
  ]
  static let stem = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels"
}

extension Network {
  fileprivate mutating func addNorm(_ name: String, to x: NodeID) throws(NetworkError) -> NodeID {
    try add(name, BatchNormalization(momentum: 0.999), to: x)
  }

  /// Figure 4(d): 1×1 expansion (absent for the first block), 3×3 depthwise, 1×1 linear projection,
  /// and the shortcut where input and output have one shape.
  fileprivate mutating func addInvertedResidual(
    expansion: Int, stride: Int, channels: Int, named name: String, to input: NodeID
  ) throws(NetworkError) -> NodeID {
    let width = self[input].shape.channels
    var x = input
    if expansion > 1 {
      x = try add(
        "\(name)_expand",
        Convolution2D(expansion * width, kernel: 1, padding: .same, bias: false), to: x)
      x = try addNorm("\(name)_expand_BN", to: x)
      x = try add("\(name)_expand_relu", ActivationLayer(.relu6), to: x)
    }
    if stride == 2 {
      x = try add(
        "\(name)_pad", ZeroPadding2D(.beforeStride2(kernel: 3, self[x].shape)), to: x)
    }
    x = try add(
      "\(name)_depthwise",
      DepthwiseConvolution2D(
        kernel: 3, stride: Extent(stride), padding: stride == 2 ? .valid : .same, bias: false),
      to: x)
    x = try addNorm("\(name)_depthwise_BN", to: x)
    x = try add("\(name)_depthwise_relu", ActivationLayer(.relu6), to: x)
    x = try add(
      "\(name)_project", Convolution2D(channels, kernel: 1, padding: .same, bias: false), to: x)
    x = try addNorm("\(name)_project_BN", to: x)
    guard stride == 1, width == channels else { return x }
    return try add("\(name)_add", Add(), to: input, x)
  }
}

extension Family {
  static let mobilenetv2 = Family(
    name: "mobilenetv2",
    paper: "Sandler et al. 2018, arXiv:1801.04381",
    preprocessing: .signed,
    provenance: .tensorFlowModels,
    published: MobileNetV2.accuracies.flatMap { row in
      row.topOne.map { size, accuracy in
        let stem = "\(MobileNetV2.stem)_\(row.alpha)_\(size)"
        let (top, noTop) = ("\(stem).h5", "\(stem)_no_top.h5")
        return Published(
          alpha: row.alpha, imageSize: size, topOne: accuracy,
          files: PublishedWeights(
            folder: "mobilenet_v2", top: top, MobileNetV2.digests[top],
            noTop: noTop, MobileNetV2.digests[noTop]))
      }
    }
  ) { variant throws(NetworkError) in
    try MobileNetV2.network(variant)
  }
}
