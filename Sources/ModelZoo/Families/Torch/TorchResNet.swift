import NeuralNetworks
import TensorKernels

/// ResNet as timm and torchvision have it (He et al. 2016, arXiv:1512.03385): the stride of a bottleneck is at its
/// 3×3 convolution ("v1.5"), convolutions have no biases and pad alike on all sides.
///
/// Wide ResNets (Zagoruyko and Komodakis 2016, arXiv:1605.07146) and ResNeXt (Xie et al. 2017,
/// arXiv:1611.05431) are the same with other widths and groups inside the bottleneck; ResNet-C and -D (He et al.
/// 2019, arXiv:1812.01187) with three 3×3 convolutions in the stem, ResNet-D also with a pooling in the shortcut.
struct TorchResNet: Sendable {
  var block: ResNet.Block
  /// Blocks in `layer1` … `layer4`.
  var blocks: [Int]
  /// Of the 3×3 convolution of bottlenecks.
  var groups = 1
  /// Channels of each group in `layer1`.
  var groupWidth = 64
  /// Channels of the three 3×3 convolutions in place of a 7×7 one.
  var deepStem: [Int]?
  /// Whether a pooling halves the resolution of a shortcut, rather than the stride of its 1×1 convolution.
  var averagesShortcuts = false

  @Sendable func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("conv1")
    var x = try addStem(in: &net)
    // PyTorch pads with −∞, which behind a ReLU is as good as zeros.
    x = try net.add("maxpool_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("maxpool", MaxPooling2D(3, stride: 2), to: x)
    for (stage, (count, width)) in zip(1..., zip(blocks, [64, 128, 256, 512])) {
      net.beginStage("layer\(stage)")
      for number in 0..<count {
        x = try addBlock(
          width, stride: stage > 1 && number == 0 ? 2 : 1, "layer\(stage).\(number)", in: &net,
          to: x)
      }
    }
    try net.addClassifier(variant, pooling: "global_pool", named: "fc", to: x)
    return net
  }

  private func addStem(in net: inout Network) throws(NetworkError) -> Network.NodeID {
    guard let deepStem else {
      return try net.addTorch(
        TorchConvolution(width: 64, kernel: 7, stride: 2), .number(1), to: net.input)
    }
    // A sequence of convolutions, norms and ReLUs, of which the last norm is a module of its own.
    let names = [
      ConvolutionNames(convolution: "conv1.0", norm: "conv1.1"),
      ConvolutionNames(convolution: "conv1.3", norm: "conv1.4"),
      ConvolutionNames(convolution: "conv1.6", norm: "bn1"),
    ]
    var x = net.input
    for (index, (width, names)) in zip(deepStem, names).enumerated() {
      x = try net.addTorch(
        TorchConvolution(width: width, kernel: 3, stride: index == 0 ? 2 : 1), names, to: x)
    }
    return x
  }

  private func addBlock(
    _ width: Int, stride: Int, _ path: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let convolutions: [TorchConvolution]
    switch block {
    case .basic:
      convolutions = [
        TorchConvolution(width: width, kernel: 3, stride: stride),
        TorchConvolution(width: width, kernel: 3, activation: .linear),
      ]
    case .bottleneck:
      let inner = width * groupWidth / 64 * groups
      convolutions = [
        TorchConvolution(width: inner),
        TorchConvolution(width: inner, kernel: 3, stride: stride, groups: groups),
        TorchConvolution(width: 4 * width, activation: .linear),
      ]
    }
    let output = block == .basic ? width : 4 * width
    let shortcut = try addShortcut(output, stride: stride, path, in: &net, to: x)
    var y = x
    for (number, convolution) in zip(1..., convolutions) {
      y = try net.addTorch(convolution, ConvolutionNames.number(number).below(path), to: y)
    }
    return try net.addTorchSum(path, of: shortcut, and: y, then: .relu)
  }

  /// The block's input, projected where the shape changes.
  private func addShortcut(
    _ width: Int, stride: Int, _ path: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    guard stride > 1 || net[x].shape.channels != width else { return x }
    guard averagesShortcuts else {
      return try net.addTorch(
        TorchConvolution(width: width, stride: stride, activation: .linear),
        ConvolutionNames.numbered.below("\(path).downsample"), to: x)
    }
    var y = x
    if stride > 1 {
      // A window at the border of an odd side has a mean of what is inside.
      y = try net.add(
        "\(path).downsample.0", AveragePooling2D(2, stride: Extent(stride), padding: .same), to: y)
    }
    return try net.addTorch(
      TorchConvolution(width: width, activation: .linear),
      ConvolutionNames(convolution: "1", norm: "2").below("\(path).downsample"), to: y)
  }
}

extension TorchResNet {
  private static func bottleneck(_ blocks: [Int], groups: Int = 1, width: Int = 64) -> TorchResNet {
    TorchResNet(block: .bottleneck, blocks: blocks, groups: groups, groupWidth: width)
  }

  /// With a deep stem of these widths.
  private func deep(_ widths: [Int], averages: Bool = true) -> TorchResNet {
    var network = self
    network.deepStem = widths
    network.averagesShortcuts = averages
    return network
  }

  /// ResNet-C's and -D's stem, GluonCV's "s" and timm's "t".
  private static let cd = [32, 32, 64]
  private static let s = [64, 64, 128]
  private static let t = [24, 32, 64]

  private static let resnet18 = TorchResNet(block: .basic, blocks: ResNet.resnet18)
  private static let resnet34 = TorchResNet(block: .basic, blocks: ResNet.resnet34)
  private static let resnet26 = bottleneck([2, 2, 2, 2])
  private static let resnet50 = bottleneck(ResNet.resnet50)
  private static let resnet101 = bottleneck(ResNet.resnet101)
  private static let resnet152 = bottleneck(ResNet.resnet152)
  private static let resnet200 = bottleneck([3, 24, 36, 3])

  /// Under the same names in both libraries.
  private static let both: [(name: String, network: TorchResNet)] = [
    ("resnet18", resnet18), ("resnet34", resnet34), ("resnet50", resnet50),
    ("resnet101", resnet101), ("resnet152", resnet152),
    ("wide_resnet50_2", bottleneck(ResNet.resnet50, width: 128)),
    ("wide_resnet101_2", bottleneck(ResNet.resnet101, width: 128)),
    ("resnext50_32x4d", bottleneck(ResNet.resnet50, groups: 32, width: 4)),
    ("resnext101_32x8d", bottleneck(ResNet.resnet101, groups: 32, width: 8)),
    ("resnext101_64x4d", bottleneck(ResNet.resnet101, groups: 64, width: 4)),
  ]

  private static let onlyTimm: [(name: String, network: TorchResNet)] = [
    ("resnet10t", TorchResNet(block: .basic, blocks: [1, 1, 1, 1]).deep(t)),
    ("resnet14t", bottleneck([1, 1, 1, 1]).deep(t)), ("resnet18d", resnet18.deep(cd)),
    ("resnet26", resnet26), ("resnet26d", resnet26.deep(cd)), ("resnet26t", resnet26.deep(t)),
    ("resnet34d", resnet34.deep(cd)), ("resnet50c", resnet50.deep(cd, averages: false)),
    ("resnet50d", resnet50.deep(cd)), ("resnet50s", resnet50.deep(s, averages: false)),
    ("resnet50t", resnet50.deep(t)), ("resnet101c", resnet101.deep(cd, averages: false)),
    ("resnet101d", resnet101.deep(cd)), ("resnet101s", resnet101.deep(s, averages: false)),
    ("resnet152c", resnet152.deep(cd, averages: false)), ("resnet152d", resnet152.deep(cd)),
    ("resnet152s", resnet152.deep(s, averages: false)), ("resnet200", resnet200),
    ("resnet200d", resnet200.deep(cd)),
    ("resnext50d_32x4d", bottleneck(ResNet.resnet50, groups: 32, width: 4).deep(cd)),
    ("resnext101_32x4d", bottleneck(ResNet.resnet101, groups: 32, width: 4)),
    ("resnext101_32x16d", bottleneck(ResNet.resnet101, groups: 32, width: 16)),
  ]

  static let timm: [Family] = (both + onlyTimm).map {
    .timm($0.name, paper: ResNet.paper, layers: $0.network.network)
  }
  static let torchvision: [Family] = both.map {
    .torchvision($0.name, paper: ResNet.paper, layers: $0.network.network)
  }
}
