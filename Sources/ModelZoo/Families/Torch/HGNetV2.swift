import NeuralNetworks
import TensorKernels

/// PP-HGNetV2 (PaddleClas, 2023), as timm has it: blocks whose convolutions follow one another and are all
/// joined at the end, depthwise ones in the later stages.
struct HGNetV2: Sendable {
  /// One stage of the table.
  struct Stage: Sendable {
    /// Channels of each convolution inside a block.
    let inside: Int
    /// Of a block's output.
    let width: Int
    let blocks: Int
    /// Whether its convolutions are a 1×1 and a depthwise 5×5 one each, in place of 3×3.
    let isLight: Bool

    init(_ inside: Int, _ width: Int, _ blocks: Int, light: Bool = false) {
      self.inside = inside
      self.width = width
      self.blocks = blocks
      isLight = light
    }
  }

  /// Channels in the stem, and behind it.
  var stem: (inside: Int, width: Int)
  var stages: [Stage]
  /// Convolutions that follow one another in each block.
  var layers: Int
  /// Whether a learned factor and summand stand behind each ReLU.
  var learnsAffine = false

  @Sendable func network(_ variant: Variant) throws(NetworkError) -> Network {
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try addStem(in: &net)
    for (number, stage) in stages.enumerated() {
      net.beginStage("stages.\(number)")
      if number > 0 {
        x = try net.addTorch(
          .depthwise(net[x].shape.channels, kernel: 3, stride: 2, .linear),
          .named.below("stages.\(number).downsample"), to: x)
      }
      for block in 0..<stage.blocks {
        x = try addBlock(
          stage, "stages.\(number).blocks.\(block)", isFirst: block == 0, in: &net, to: x)
      }
    }
    guard let classifier = variant.classifierActivation else {
      try net.add("global_pool", GlobalAveragePooling2D(), to: x)
      return net
    }
    x = try net.add("global_pool", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    net.beginStage(Network.headStage)
    x = try net.add(
      "head.last_conv.0", Convolution2D(2048, kernel: 1, bias: false, activation: .relu), to: x)
    if learnsAffine { x = try net.add("head.last_conv.2", LearnedAffine(), to: x) }
    x = try net.add("head.flatten", Flatten(), to: x)
    try net.add("head.fc", Dense(ImageNet.classCount, activation: classifier), to: x)
    return net
  }

  /// A convolution with norm and ReLU and, where the network has such, the affine map behind it.
  private func add(
    _ convolution: TorchConvolution, _ path: String, in net: inout Network, to x: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let y = try net.addTorch(convolution, .named.below(path), to: x)
    guard learnsAffine else { return y }
    return try net.add("\(path).lab", LearnedAffine(), to: y)
  }

  /// Two branches between a 3×3 convolution and another: two 2×2 convolutions, and a pooling.
  private func addStem(in net: inout Network) throws(NetworkError) -> Network.NodeID {
    let (inside, width) = stem
    // An even kernel keeps the size if there is one row and one column more, below and to the right.
    let edges = Edges(bottom: 1, right: 1)
    var x = try add(
      TorchConvolution(width: inside, kernel: 3, stride: 2), "stem.stem1", in: &net, to: net.input)
    x = try net.add("stem.pad1", ZeroPadding2D(edges), to: x)
    var branch = try add(
      TorchConvolution(width: inside / 2, kernel: 2), "stem.stem2a", in: &net, to: x)
    branch = try net.add("stem.pad2", ZeroPadding2D(edges), to: branch)
    branch = try add(
      TorchConvolution(width: inside, kernel: 2), "stem.stem2b", in: &net, to: branch)
    let pooled = try net.add("stem.pool", MaxPooling2D(2, stride: 1), to: x)
    x = try net.add("stem.concat", Concatenate(), to: pooled, branch)
    x = try add(
      TorchConvolution(width: inside, kernel: 3, stride: 2), "stem.stem3", in: &net, to: x)
    return try add(TorchConvolution(width: width), "stem.stem4", in: &net, to: x)
  }

  /// The convolutions, what all of them and the input say together brought to the output's width by way of half
  /// of it, and the shortcut of all but a stage's first block.
  private func addBlock(
    _ stage: Stage, _ path: String, isFirst: Bool, in net: inout Network, to input: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    var outputs = [input]
    for layer in 0..<layers {
      let name = "\(path).layers.\(layer)"
      var x = outputs[layer]
      if stage.isLight {
        x = try net.addTorch(
          TorchConvolution(width: stage.inside, activation: .linear), .named.below("\(name).conv1"),
          to: x)
        x = try add(.depthwise(stage.inside, kernel: 5), "\(name).conv2", in: &net, to: x)
      } else {
        x = try add(TorchConvolution(width: stage.inside, kernel: 3), name, in: &net, to: x)
      }
      outputs.append(x)
    }
    var x = try net.add("\(path).concat", Concatenate(), to: outputs)
    x = try add(
      TorchConvolution(width: stage.width / 2), "\(path).aggregation.0", in: &net, to: x)
    x = try add(TorchConvolution(width: stage.width), "\(path).aggregation.1", in: &net, to: x)
    return isFirst ? x : try net.addTorchSum(path, of: input, and: x)
  }
}

extension HGNetV2 {
  private static let variants: [(name: String, network: HGNetV2)] = [
    (
      "hgnetv2_b0",
      HGNetV2(
        stem: (16, 16),
        stages: [
          Stage(16, 64, 1), Stage(32, 256, 1), Stage(64, 512, 2, light: true),
          Stage(128, 1024, 1, light: true),
        ], layers: 3, learnsAffine: true)
    ),
    (
      "hgnetv2_b1",
      HGNetV2(
        stem: (24, 32),
        stages: [
          Stage(32, 64, 1), Stage(48, 256, 1), Stage(96, 512, 2, light: true),
          Stage(192, 1024, 1, light: true),
        ], layers: 3, learnsAffine: true)
    ),
    (
      "hgnetv2_b2",
      HGNetV2(
        stem: (24, 32),
        stages: [
          Stage(32, 96, 1), Stage(64, 384, 1), Stage(128, 768, 3, light: true),
          Stage(256, 1536, 1, light: true),
        ], layers: 4, learnsAffine: true)
    ),
    (
      "hgnetv2_b3",
      HGNetV2(
        stem: (24, 32),
        stages: [
          Stage(32, 128, 1), Stage(64, 512, 1), Stage(128, 1024, 3, light: true),
          Stage(256, 2048, 1, light: true),
        ], layers: 5, learnsAffine: true)
    ),
    (
      "hgnetv2_b4",
      HGNetV2(
        stem: (32, 48),
        stages: [
          Stage(48, 128, 1), Stage(96, 512, 1), Stage(192, 1024, 3, light: true),
          Stage(384, 2048, 1, light: true),
        ], layers: 6)
    ),
    (
      "hgnetv2_b5",
      HGNetV2(
        stem: (32, 64),
        stages: [
          Stage(64, 128, 1), Stage(128, 512, 2), Stage(256, 1024, 5, light: true),
          Stage(512, 2048, 2, light: true),
        ], layers: 6)
    ),
    (
      "hgnetv2_b6",
      HGNetV2(
        stem: (48, 96),
        stages: [
          Stage(96, 192, 2), Stage(192, 512, 3), Stage(384, 1024, 6, light: true),
          Stage(768, 2048, 3, light: true),
        ], layers: 6)
    ),
  ]

  static let timm: [Family] = variants.map {
    .timm(
      $0.name, paper: "PaddleClas 2023, PP-HGNetV2; arXiv:2103.05959 (weights)",
      layers: $0.network.network)
  }
}
