import NeuralNetworks

/// ResNet as timm and torchvision have it (He et al. 2016, arXiv:1512.03385): the stride of a bottleneck is at its
/// 3×3 convolution ("v1.5"), convolutions have no biases and pad alike on all sides.
///
/// Wide ResNets (Zagoruyko and Komodakis 2016, arXiv:1605.07146) and ResNeXt (Xie et al. 2017,
/// arXiv:1611.05431) are the same with other widths and groups inside the bottleneck.
struct TorchResNet: Sendable {
  var block: ResNet.Block
  /// Blocks in `layer1` … `layer4`.
  var blocks: [Int]
  /// Of the 3×3 convolution of bottlenecks.
  var groups = 1
  /// Channels of each group in `layer1`.
  var groupWidth = 64

  static let resnet18 = TorchResNet(block: .basic, blocks: [2, 2, 2, 2])
  static let resnet50 = TorchResNet(block: .bottleneck, blocks: [3, 4, 6, 3])

  @Sendable func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try net.addTorchConvolution(64, kernel: 7, stride: 2, named: "conv1", to: net.input)
    x = try net.addTorchNorm("bn1", then: .relu, named: "act1", to: x)
    // PyTorch pads with −∞, which behind a ReLU is as good as zeros.
    x = try net.add("maxpool_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("maxpool", MaxPooling2D(3, stride: 2), to: x)
    for (stage, (count, width)) in zip(1..., zip(blocks, [64, 128, 256, 512])) {
      net.beginStage("layer\(stage)")
      for number in 0..<count {
        let stride = stage > 1 && number == 0 ? 2 : 1
        let name = "layer\(stage).\(number)"
        switch block {
        case .basic: x = try addBasic(width, stride: stride, named: name, in: &net, to: x)
        case .bottleneck:
          x = try addBottleneck(width, stride: stride, named: name, in: &net, to: x)
        }
      }
    }
    try net.addClassifier(variant, pooling: "global_pool", named: "fc", to: x)
    return net
  }

  private func addBasic(
    _ width: Int, stride: Int, named name: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let shortcut = try addShortcut(width, stride: stride, named: name, in: &net, to: x)
    var y = try net.addTorchConvolution(
      width, kernel: 3, stride: stride, named: "\(name).conv1", to: x)
    y = try net.addTorchNorm("\(name).bn1", then: .relu, named: "\(name).act1", to: y)
    y = try net.addTorchConvolution(width, kernel: 3, named: "\(name).conv2", to: y)
    y = try net.addTorchNorm("\(name).bn2", to: y)
    return try addSum(shortcut, y, named: name, in: &net)
  }

  private func addBottleneck(
    _ width: Int, stride: Int, named name: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let shortcut = try addShortcut(4 * width, stride: stride, named: name, in: &net, to: x)
    let inner = width * groupWidth / 64 * groups
    var y = try net.addTorchConvolution(inner, named: "\(name).conv1", to: x)
    y = try net.addTorchNorm("\(name).bn1", then: .relu, named: "\(name).act1", to: y)
    y = try net.addTorchConvolution(
      inner, kernel: 3, stride: stride, groups: groups, named: "\(name).conv2", to: y)
    y = try net.addTorchNorm("\(name).bn2", then: .relu, named: "\(name).act2", to: y)
    y = try net.addTorchConvolution(4 * width, named: "\(name).conv3", to: y)
    y = try net.addTorchNorm("\(name).bn3", to: y)
    return try addSum(shortcut, y, named: name, in: &net)
  }

  /// The block's input, projected where the shape changes.
  private func addShortcut(
    _ width: Int, stride: Int, named name: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    guard stride > 1 || net[x].shape.channels != width else { return x }
    let y = try net.addTorchConvolution(
      width, stride: stride, named: "\(name).downsample.0", to: x)
    return try net.addTorchNorm("\(name).downsample.1", to: y)
  }

  private func addSum(
    _ shortcut: Network.NodeID, _ y: Network.NodeID, named name: String, in net: inout Network
  ) throws(NetworkError) -> Network.NodeID {
    let sum = try net.add("\(name).add", Add(), to: shortcut, y)
    return try net.add("\(name).out", ActivationLayer(.relu), to: sum)
  }
}

extension TorchResNet {
  static let torchvision: [Family] = [
    .torchvision(
      "resnet18", paper: ResNet.paper,
      [TorchvisionRow(tag: "v1", file: "resnet18-f37072fd.pth", topOne: 0.69758)],
      layers: resnet18.network),
    .torchvision(
      "resnet50", paper: ResNet.paper,
      [
        TorchvisionRow(tag: "v1", file: "resnet50-0676ba61.pth", topOne: 0.7613),
        TorchvisionRow(tag: "v2", file: "resnet50-11ad3fa6.pth", resize: 232, topOne: 0.80858),
      ], layers: resnet50.network),
  ]

  static let timm: [Family] = [
    .timm(
      "resnet18", paper: ResNet.paper,
      [
        .rsb("a1_in1k"), .rsb("a2_in1k"), .rsb160("a3_in1k"), .torchvision("tv_in1k"),
      ], layers: resnet18.network),
    .timm(
      "resnet50", paper: ResNet.paper,
      [
        .rsb("a1_in1k", topOne: 0.804), .rsb("a2_in1k"), .rsb160("a3_in1k"), .rsb("b1k_in1k"),
        .rsb("c1_in1k"), .rsb("d_in1k"), .torchvision("tv_in1k"), .torchvision2("tv2_in1k"),
      ], layers: resnet50.network),
  ]
}

/// Recipes of timm's ResNets.
extension TimmRow {
  /// "ResNet strikes back" (Wightman et al. 2021, arXiv:2110.00476).
  static func rsb(_ tag: String, topOne: Double? = nil) -> TimmRow {
    TimmRow(tag: tag, crop: 0.95, test: (288, 1), topOne: topOne)
  }

  /// The same, trained at 160 pixels.
  static func rsb160(_ tag: String, topOne: Double? = nil) -> TimmRow {
    TimmRow(tag: tag, size: 160, crop: 0.95, test: (224, 0.95), topOne: topOne)
  }

  /// torchvision's first weights.
  static func torchvision(_ tag: String, topOne: Double? = nil) -> TimmRow {
    TimmRow(
      tag: tag, filter: .bilinear, topOne: topOne, licence: "BSD 3-Clause",
      origin: "PyTorch, torchvision")
  }

  /// torchvision's later ones, trained at 176 pixels.
  static func torchvision2(_ tag: String, topOne: Double? = nil) -> TimmRow {
    TimmRow(
      tag: tag, size: 176, filter: .bilinear, test: (224, 0.965), topOne: topOne,
      licence: "BSD 3-Clause", origin: "PyTorch, torchvision")
  }
}
