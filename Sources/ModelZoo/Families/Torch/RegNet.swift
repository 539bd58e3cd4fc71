import NeuralNetworks
import TensorKernels

/// RegNet (Radosavovic et al. 2020, "Designing Network Design Spaces", arXiv:2003.13678): bottlenecks as wide
/// inside as outside, with grouped convolutions; RegNetY has squeeze-and-excitation in front of the last.
struct RegNet: Sendable {
  /// Blocks in each stage, of which the first halves the resolution.
  var blocks: [Int]
  /// Channels in each stage.
  var widths: [Int]
  /// Channels of each group, or all that there are.
  var groupWidth: Int
  /// Whether it is a RegNetY.
  var excites: Bool

  /// What a library calls the modules.
  enum Names: Sendable {
    /// `s1.b1.conv1.conv`.
    case timm
    /// `trunk_output.block1.block1-0.f.a.0`.
    case torchvision
  }

  func network(_ names: Names, _ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try net.addTorch(
      TorchConvolution(width: 32, kernel: 3, stride: 2), names.pair.below("stem"), to: net.input)
    for (stage, (count, width)) in zip(1..., zip(blocks, widths)) {
      net.beginStage("s\(stage)")
      for number in 1...count {
        x = try addBlock(
          width, stride: number == 1 ? 2 : 1, names, names.block(stage, number), in: &net, to: x)
      }
    }
    try net.addClassifier(
      variant, pooling: "global_pool", named: names == .timm ? "head.fc" : "fc", to: x)
    return net
  }

  private func addBlock(
    _ width: Int, stride: Int, _ names: Names, _ path: String, in net: inout Network,
    to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    func named(_ part: Part) -> ConvolutionNames { names.pair.below(names.part(part, of: path)) }
    let input = net[x].shape.channels
    var shortcut = x
    if stride > 1 || input != width {
      shortcut = try net.addTorch(
        TorchConvolution(width: width, stride: stride, activation: .linear), named(.shortcut),
        to: x)
    }
    var y = try net.addTorch(TorchConvolution(width: width), named(.first), to: x)
    y = try net.addTorch(
      TorchConvolution(
        width: width, kernel: 3, stride: stride, groups: width / min(groupWidth, width)),
      named(.second), to: y)
    if excites {
      // A quarter of what the block reads.
      let excitation = TorchExcitation(
        squeezed: input / 4, activation: .relu, reduce: "fc1", expand: "fc2")
      y = try net.addTorch(excitation, names.part(.excitation, of: path), to: y)
    }
    y = try net.addTorch(
      TorchConvolution(width: width, activation: .linear), named(.third), to: y)
    return try net.addTorchSum(path, of: shortcut, and: y, then: .relu)
  }

  fileprivate enum Part { case shortcut, first, second, excitation, third }
}

extension RegNet.Names {
  /// The two modules of a convolution with its norm.
  fileprivate var pair: ConvolutionNames { self == .timm ? .named : .numbered }

  fileprivate func block(_ stage: Int, _ number: Int) -> String {
    self == .timm
      ? "s\(stage).b\(number)" : "trunk_output.block\(stage).block\(stage)-\(number - 1)"
  }

  fileprivate func part(_ part: RegNet.Part, of block: String) -> String {
    let name =
      switch (part, self) {
      case (.shortcut, .timm): "downsample"
      case (.first, .timm): "conv1"
      case (.second, .timm): "conv2"
      case (.excitation, .timm): "se"
      case (.third, .timm): "conv3"
      case (.shortcut, .torchvision): "proj"
      case (.first, .torchvision): "f.a"
      case (.second, .torchvision): "f.b"
      case (.excitation, .torchvision): "f.se"
      case (.third, .torchvision): "f.c"
      }
    return "\(block).\(name)"
  }
}

extension RegNet {
  private static func x(_ blocks: [Int], _ widths: [Int], groups: Int) -> RegNet {
    RegNet(blocks: blocks, widths: widths, groupWidth: groups, excites: false)
  }

  private static func y(_ blocks: [Int], _ widths: [Int], groups: Int) -> RegNet {
    RegNet(blocks: blocks, widths: widths, groupWidth: groups, excites: true)
  }

  /// timm's name, which ends in the multiply-adds in units of ten million, and torchvision's where it has the
  /// network, too. Blocks, widths and groups are those of Tables 7 and 8 but for the ones with a `_tv`, whose
  /// widths torchvision rounds in its own way.
  static let variants: [(timm: String, torchvision: String?, network: RegNet)] = [
    ("regnetx_002", nil, x([1, 1, 4, 7], [24, 56, 152, 368], groups: 8)),
    ("regnetx_004", nil, x([1, 2, 7, 12], [32, 64, 160, 384], groups: 16)),
    ("regnetx_004_tv", "regnet_x_400mf", x([1, 2, 7, 12], [32, 64, 160, 400], groups: 16)),
    ("regnetx_006", nil, x([1, 3, 5, 7], [48, 96, 240, 528], groups: 24)),
    ("regnetx_008", "regnet_x_800mf", x([1, 3, 7, 5], [64, 128, 288, 672], groups: 16)),
    ("regnetx_016", "regnet_x_1_6gf", x([2, 4, 10, 2], [72, 168, 408, 912], groups: 24)),
    ("regnetx_032", "regnet_x_3_2gf", x([2, 6, 15, 2], [96, 192, 432, 1008], groups: 48)),
    ("regnetx_040", nil, x([2, 5, 14, 2], [80, 240, 560, 1360], groups: 40)),
    ("regnetx_064", nil, x([2, 4, 10, 1], [168, 392, 784, 1624], groups: 56)),
    ("regnetx_080", "regnet_x_8gf", x([2, 5, 15, 1], [80, 240, 720, 1920], groups: 120)),
    ("regnetx_120", nil, x([2, 5, 11, 1], [224, 448, 896, 2240], groups: 112)),
    ("regnetx_160", "regnet_x_16gf", x([2, 6, 13, 1], [256, 512, 896, 2048], groups: 128)),
    ("regnetx_320", "regnet_x_32gf", x([2, 7, 13, 1], [336, 672, 1344, 2520], groups: 168)),
    ("regnety_002", nil, y([1, 1, 4, 7], [24, 56, 152, 368], groups: 8)),
    ("regnety_004", "regnet_y_400mf", y([1, 3, 6, 6], [48, 104, 208, 440], groups: 8)),
    ("regnety_006", nil, y([1, 3, 7, 4], [48, 112, 256, 608], groups: 16)),
    ("regnety_008", nil, y([1, 3, 8, 2], [64, 128, 320, 768], groups: 16)),
    ("regnety_008_tv", "regnet_y_800mf", y([1, 3, 8, 2], [64, 144, 320, 784], groups: 16)),
    ("regnety_016", "regnet_y_1_6gf", y([2, 6, 17, 2], [48, 120, 336, 888], groups: 24)),
    ("regnety_032", "regnet_y_3_2gf", y([2, 5, 13, 1], [72, 216, 576, 1512], groups: 24)),
    ("regnety_040", nil, y([2, 6, 12, 2], [128, 192, 512, 1088], groups: 64)),
    ("regnety_064", nil, y([2, 7, 14, 2], [144, 288, 576, 1296], groups: 72)),
    ("regnety_080", nil, y([2, 4, 10, 1], [168, 448, 896, 2016], groups: 56)),
    ("regnety_080_tv", "regnet_y_8gf", y([2, 4, 10, 1], [224, 448, 896, 2016], groups: 56)),
    ("regnety_120", nil, y([2, 5, 11, 1], [224, 448, 896, 2240], groups: 112)),
    ("regnety_160", "regnet_y_16gf", y([2, 4, 11, 1], [224, 448, 1232, 3024], groups: 112)),
    ("regnety_320", "regnet_y_32gf", y([2, 5, 12, 1], [232, 696, 1392, 3712], groups: 232)),
  ]

  private static let paper = "Radosavovic et al. 2020, arXiv:2003.13678"

  static let timm: [Family] = variants.map { row in
    .timm(row.timm, paper: paper) { variant throws(NetworkError) in
      try row.network.network(.timm, variant)
    }
  }

  static let torchvision: [Family] = variants.compactMap { row in
    row.torchvision.map { name in
      .torchvision(name, paper: paper) { variant throws(NetworkError) in
        try row.network.network(.torchvision, variant)
      }
    }
  }
}
