import NeuralNetworks
import TensorKernels

/// MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019, arXiv:1905.02244): MobileNetV2's
/// blocks with squeeze-and-excitation and hard-swish, their sizes found by search.
///
/// The minimalistic ones of the same authors do without both and without 5×5 kernels. They are other
/// networks with other weights, not other widths, so they have names of their own: Keras's class name
/// and its flag, `mobilenetv3smallminimalistic`.
enum MobileNetV3 {
  /// A row of Tables 1 and 2: how much wider the block is inside than its input (the papers' "exp
  /// size" over it), output channels, side of the depthwise kernel, stride, whether it has
  /// squeeze-and-excitation, its activation.
  struct Row: Sendable {
    let expansion: Double
    let channels: Int
    let kernel: Int
    let stride: Int
    let excites: Bool
    let activation: Activation
    init(
      _ expansion: Double, _ channels: Int, _ kernel: Int, _ stride: Int, _ excites: Bool,
      _ activation: Activation
    ) {
      self.expansion = expansion
      self.channels = channels
      self.kernel = kernel
      self.stride = stride
      self.excites = excites
      self.activation = activation
    }
  }

  struct Architecture: Sendable {
    let rows: [Row]
    /// Channels of the last hidden layer, at α up to 1.
    let lastWidth: Int
    var isMinimalistic = false

    var minimalistic: Architecture {
      var architecture = self
      architecture.isMinimalistic = true
      return architecture
    }
  }

  /// Table 1.
  static let large = Architecture(
    rows: [
      Row(1, 16, 3, 1, false, .relu), Row(4, 24, 3, 2, false, .relu),
      Row(3, 24, 3, 1, false, .relu),
      Row(3, 40, 5, 2, true, .relu), Row(3, 40, 5, 1, true, .relu), Row(3, 40, 5, 1, true, .relu),
      Row(6, 80, 3, 2, false, .hardSwish), Row(2.5, 80, 3, 1, false, .hardSwish),
      Row(2.3, 80, 3, 1, false, .hardSwish), Row(2.3, 80, 3, 1, false, .hardSwish),
      Row(6, 112, 3, 1, true, .hardSwish), Row(6, 112, 3, 1, true, .hardSwish),
      Row(6, 160, 5, 2, true, .hardSwish), Row(6, 160, 5, 1, true, .hardSwish),
      Row(6, 160, 5, 1, true, .hardSwish),
    ], lastWidth: 1280)

  /// Table 2.
  static let small = Architecture(
    rows: [
      Row(1, 16, 3, 2, true, .relu), Row(72 / 16, 24, 3, 2, false, .relu),
      Row(88 / 24, 24, 3, 1, false, .relu), Row(4, 40, 5, 2, true, .hardSwish),
      Row(6, 40, 5, 1, true, .hardSwish), Row(6, 40, 5, 1, true, .hardSwish),
      Row(3, 48, 5, 1, true, .hardSwish), Row(3, 48, 5, 1, true, .hardSwish),
      Row(6, 96, 5, 2, true, .hardSwish), Row(6, 96, 5, 1, true, .hardSwish),
      Row(6, 96, 5, 1, true, .hardSwish),
    ], lastWidth: 1024)

  static func network(_ architecture: Architecture, _ variant: Variant) throws(NetworkError)
    -> Network
  {
    var builder = Builder(net: Network(input: variant.inputShape))
    let activation: Activation = architecture.isMinimalistic ? .relu : .hardSwish
    let rows = architecture.rows
    builder.net.beginStage("conv")
    var x = try builder.net.add(
      "rescaling", Rescaling(scale: [1 / 127.5], offset: [-1]), to: builder.net.input)
    x = try builder.net.add(
      "conv", Convolution2D(16, kernel: 3, stride: 2, padding: .same, bias: false), to: x)
    x = try builder.addNorm("conv_bn", activation, to: x)
    for (number, row) in rows.enumerated() {
      if row.stride == 2 {
        let next = rows[(number + 1)...].firstIndex { $0.stride == 2 } ?? rows.count
        builder.net.beginStage("blocks\(number)-\(next - 1)")
      }
      x = try builder.addBlock(
        row, channels: MobileNetV2.divisibleByEight(Double(row.channels) * variant.alpha),
        isMinimalistic: architecture.isMinimalistic,
        named: number == 0 ? "expanded_conv" : "expanded_conv_\(number)", to: x)
    }
    let width = MobileNetV2.divisibleByEight(Double(builder.net[x].shape.channels * 6))
    x = try builder.net.add(
      "conv_1", Convolution2D(width, kernel: 1, padding: .same, bias: false), to: x)
    x = try builder.addNorm("conv_1_bn", activation, to: x)
    guard let classifier = variant.classifierActivation else {
      try builder.net.add("avg_pool", GlobalAveragePooling2D(), to: x)
      return builder.net
    }
    let last =
      variant.alpha > 1
      ? MobileNetV2.divisibleByEight(Double(architecture.lastWidth) * variant.alpha)
      : architecture.lastWidth
    try builder.addHead(last, activation, classifier, to: x)
    return builder.net
  }

  fileprivate struct Builder {
    var net: Network
    var names = AutomaticNames()
  }

  static func published(
    _ name: String, _ architecture: Architecture, file: String,
    _ rows: [(alpha: Double, topOne: Double, top: String, noTop: String)]
  ) -> Family {
    Family(
      name: name, paper: "Howard et al. 2019, arXiv:1905.02244", preprocessing: .none,
      provenance: .tensorFlowModels,
      published: rows.map { row in
        let stem = "weights_mobilenet_v3_\(file)_224_\(row.alpha)_float"
        return Published(
          alpha: row.alpha, imageSize: 224, topOne: row.topOne,
          files: PublishedWeights(
            folder: "mobilenet_v3", top: "\(stem).h5", .md5(row.top),
            noTop: "\(stem)_no_top_v2.h5", .md5(row.noTop)))
      }
    ) { variant throws(NetworkError) in
      try network(architecture, variant)
    }
  }
}

extension MobileNetV3.Builder {
  fileprivate mutating func addActivation(_ activation: Activation, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    let kind = activation == .hardSwish ? "activation" : "re_lu"
    return try net.add(names.next(kind), ActivationLayer(activation), to: x)
  }

  fileprivate mutating func addNorm(
    _ name: String, _ activation: Activation = .linear, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let y = try net.add(name, BatchNormalization(momentum: 0.999), to: x)
    return activation == .linear ? y : try addActivation(activation, to: y)
  }

  /// 1×1 expansion (absent for the first block), depthwise, squeeze-and-excitation, 1×1 linear
  /// projection, and the shortcut where input and output have one shape.
  fileprivate mutating func addBlock(
    _ row: MobileNetV3.Row, channels: Int, isMinimalistic: Bool, named name: String,
    to input: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let activation = isMinimalistic ? .relu : row.activation
    let kernel = isMinimalistic ? 3 : row.kernel
    let width = net[input].shape.channels
    let inside = MobileNetV2.divisibleByEight(Double(width) * row.expansion)
    var x = input
    if name != "expanded_conv" {
      x = try net.add(
        "\(name)_expand", Convolution2D(inside, kernel: 1, padding: .same, bias: false), to: x)
      x = try addNorm("\(name)_expand_bn", activation, to: x)
    }
    if row.stride == 2 {
      x = try net.add(
        "\(name)_depthwise_pad", ZeroPadding2D(.beforeStride2(kernel: kernel, net[x].shape)), to: x)
    }
    x = try net.add(
      "\(name)_depthwise",
      DepthwiseConvolution2D(
        kernel: Extent(kernel), stride: Extent(row.stride),
        padding: row.stride == 2 ? .valid : .same, bias: false), to: x)
    x = try addNorm("\(name)_depthwise_bn", activation, to: x)
    if row.excites, !isMinimalistic {
      x = try addExcitation(named: "\(name)_squeeze_excite", to: x)
    }
    x = try net.add(
      "\(name)_project", Convolution2D(channels, kernel: 1, padding: .same, bias: false), to: x)
    x = try addNorm("\(name)_project_bn", to: x)
    guard row.stride == 1, width == channels else { return x }
    return try net.add("\(name)_add", Add(), to: input, x)
  }

  /// Squeeze-and-excitation (Hu et al., 2018) with a hard sigmoid, which Keras writes as
  /// ReLU6(x + 3) / 6 around an unnamed ReLU.
  private mutating func addExcitation(named name: String, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    let width = net[x].shape.channels
    let squeezed = MobileNetV2.divisibleByEight(Double(width) * 0.25)
    var y = try net.add(
      "\(name)_avg_pool", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    y = try net.add("\(name)_conv", Convolution2D(squeezed, kernel: 1, padding: .same), to: y)
    y = try net.add("\(name)_relu", ActivationLayer(.relu), to: y)
    y = try net.add("\(name)_conv_1", Convolution2D(width, kernel: 1, padding: .same), to: y)
    y = try addActivation(.hardSigmoid(slope: 1 / 6), to: y)
    return try net.add("\(name)_mul", Multiply(), to: x, y)
  }

  fileprivate mutating func addHead(
    _ width: Int, _ activation: Activation, _ classifier: Activation, to x: Network.NodeID
  ) throws(NetworkError) {
    var y = try net.add(
      "global_average_pooling2d", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    net.beginStage(Network.headStage)
    y = try net.add("conv_2", Convolution2D(width, kernel: 1, padding: .same), to: y)
    y = try addActivation(activation, to: y)
    y = try net.add("dropout", Dropout(0.2), to: y)
    y = try net.add("logits", Convolution2D(ImageNet.classCount, kernel: 1, padding: .same), to: y)
    y = try net.add("flatten", Flatten(), to: y)
    try net.add("predictions", ActivationLayer(classifier), to: y)
  }
}

extension Family {
  static let mobilenetV3Small = MobileNetV3.published(
    "mobilenetv3small", MobileNetV3.small, file: "small",
    [
      (
        0.75, 0.654, "cb65d4e5be93758266aa0a7f2c6708b7", "ebdb5cc8e0b497cd13a7c275d475c819"
      ),
      (1.0, 0.681, "8768d4c2e7dee89b9d02b2d03d65d862", "d3e8ec802a04aa4fc771ee12a9a9b836"),
    ])
  static let mobilenetV3SmallMinimalistic = MobileNetV3.published(
    "mobilenetv3smallminimalistic", MobileNetV3.small.minimalistic, file: "small_minimalistic",
    [(1.0, 0.619, "99cd97fb2fcdad2bf028eb838de69e37", "cde8136e733e811080d9fcd8a252f7e4")])
  static let mobilenetV3Large = MobileNetV3.published(
    "mobilenetv3large", MobileNetV3.large, file: "large",
    [
      (
        0.75, 0.733, "765b44a33ad4005b3ac83185abf1d0eb", "40af19a13ebea4e2ee0c676887f69a2e"
      ),
      (1.0, 0.756, "59e551e166be033d707958cf9e29a6a7", "07fb09a5933dd0c8eaafa16978110389"),
    ])
  static let mobilenetV3LargeMinimalistic = MobileNetV3.published(
    "mobilenetv3largeminimalistic", MobileNetV3.large.minimalistic, file: "large_minimalistic",
    [(1.0, 0.723, "675e7b876c45c57e9e63e6d90a36599c", "ec5221f64a2f6d1ef965a614bdae7973")])
}
