import ImagePipeline
import NeuralNetworks

/// EfficientNetV2 (Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021,
/// arXiv:2104.00298): in the early stages the depthwise convolution and the 1×1 before it become one
/// 3×3 convolution.
enum EfficientNetV2 {
  /// A row of Table 4: whether widening and filtering are fused, how much wider the block is inside,
  /// stride of the first block, input and output channels, blocks. Blocks that are not fused have
  /// squeeze-and-excitation.
  typealias Row = (
    isFused: Bool, expansion: Int, stride: Int, input: Int, output: Int, blocks: Int
  )

  static let b: [Row] = [
    (true, 1, 1, 32, 16, 1), (true, 4, 2, 16, 32, 2), (true, 4, 2, 32, 48, 2),
    (false, 4, 2, 48, 96, 3), (false, 6, 1, 96, 112, 5), (false, 6, 2, 112, 192, 8),
  ]
  static let s: [Row] = [
    (true, 1, 1, 24, 24, 2), (true, 4, 2, 24, 48, 4), (true, 4, 2, 48, 64, 4),
    (false, 4, 2, 64, 128, 6), (false, 6, 1, 128, 160, 9), (false, 6, 2, 160, 256, 15),
  ]
  static let m: [Row] = [
    (true, 1, 1, 24, 24, 3), (true, 4, 2, 24, 48, 5), (true, 4, 2, 48, 80, 5),
    (false, 4, 2, 80, 160, 7), (false, 6, 1, 160, 176, 14), (false, 6, 2, 176, 304, 18),
    (false, 6, 1, 304, 512, 5),
  ]
  static let l: [Row] = [
    (true, 1, 1, 32, 32, 4), (true, 4, 2, 32, 64, 7), (true, 4, 2, 64, 96, 7),
    (false, 4, 2, 96, 192, 10), (false, 6, 1, 192, 224, 19), (false, 6, 2, 224, 384, 25),
    (false, 6, 1, 384, 640, 7),
  ]

  /// Rows, how they are scaled in width and depth, image size, ImageNet's top 1 (keras.io) and the
  /// digests of Keras's files.
  static let variants:
    [(
      name: String, rows: [Row], width: Double, depth: Double, imageSize: Int, topOne: Double,
      top: String, noTop: String
    )] = [
      (
        "b0", b, 1.0, 1.0, 224, 0.787,
        "21ecbf6da12460d5c40bb2f29ceb2188", "893217f2bb855e2983157299931e43ff"
      ),
      (
        "b1", b, 1.0, 1.1, 240, 0.798,
        "069f0534ff22adf035c89e2d9547a9dc", "0e80663031ca32d657f9caa404b6ec37"
      ),
      (
        "b2", b, 1.1, 1.2, 260, 0.805,
        "424e49f28180edbde1e94797771950a7", "1dfe2e7a5d45b6632553a8961ea609eb"
      ),
      (
        "b3", b, 1.2, 1.4, 300, 0.820,
        "1f1fc43bd98a6e4fd8fdfd551e02c7a0", "f6abf7b5849ac99a89b50dd3fd532856"
      ),
      (
        "s", s, 1.0, 1.0, 384, 0.839,
        "e1d88a8495beba45748fedd0cecbe016", "af0682fb74e8c54910f2d4393339c070"
      ),
      (
        "m", m, 1.0, 1.0, 480, 0.853,
        "a3bf6aa3276309f4fc6a34aa114c95cd", "1b8dc055df72dde80d614482840fe342"
      ),
      (
        "l", l, 1.0, 1.0, 480, 0.857,
        "27e6d408b53c7ebc868fefa357689935", "b0b66b5c863aef5b46e8608fe1711615"
      ),
    ]

  static func network(
    _ rows: [Row], width: Double, depth: Double, normalizes: Bool, _ variant: Variant
  ) throws(NetworkError) -> Network {
    // Unlike the first version, without the tenth that rounding may take away at most.
    func scaled(_ channels: Int) -> Int { max(8, Int(Double(channels) * width + 4) / 8 * 8) }
    var net = Network(input: variant.inputShape)
    net.beginStage("stem")
    var x = try net.addRescaling(normalizes: normalizes && variant.channels == 3)
    x = try net.add(
      "stem_conv",
      Convolution2D(scaled(rows[0].input), kernel: 3, stride: 2, padding: .same, bias: false), to: x
    )
    x = try net.addNormAndSwish("stem_bn", "stem_activation", momentum: momentum, to: x)
    // Keras divides by the number of blocks before scaling, so the last drop a little more often than
    // one in five times.
    let count = rows.reduce(0) { $0 + $1.blocks }
    var number = 0
    for (stage, row) in zip(1..., rows) {
      if row.stride == 2 {
        let next = rows[stage...].firstIndex { $0.stride == 2 } ?? rows.count
        net.beginStage(next == stage ? "block\(stage)" : "block\(stage)-\(next)")
      }
      for index in 0..<Int((depth * Double(row.blocks)).rounded(.up)) {
        let isFirst = index == 0
        let block = MobileBlock(
          kernel: 3, stride: isFirst ? row.stride : 1,
          input: scaled(isFirst ? row.input : row.output), output: scaled(row.output),
          expansion: row.expansion, excites: !row.isFused,
          drop: 0.2 * Float(number) / Float(count), momentum: momentum, pads: false)
        let name = "block\(stage)\(MobileBlock.letter(index))_"
        x =
          row.isFused
          ? try net.addFusedBlock(block, named: name, to: x)
          : try net.addMobileBlock(block, named: name, to: x)
        number += 1
      }
    }
    x = try net.add(
      "top_conv", Convolution2D(scaled(1280), kernel: 1, padding: .same, bias: false), to: x)
    x = try net.addNormAndSwish("top_bn", "top_activation", momentum: momentum, to: x)
    try net.finishEfficientNet(dropout: 0.2, variant, after: x)
    return net
  }

  static let momentum: Float = 0.9

  /// With one channel Keras gives B0 to B3 the rescaling of S, M and L in place of ImageNet's: what
  /// was x / (255 · deviation) is x / 128 then.
  static let kernelScaleForOneChannel =
    128 / 255 / (Preprocessing.torch.deviation.reduce(0, +) / 3)

  static let families: [Family] = variants.map { row in
    let file = "efficientnetv2-\(row.name)"
    return Family(
      name: "efficientnetv2\(row.name)", paper: "Tan and Le 2021, arXiv:2104.00298",
      preprocessing: .none,
      provenance: Provenance(
        origin: "Google, AutoML repository; converted by Keras", licence: "Apache 2.0"),
      published: [
        Published(
          imageSize: row.imageSize, topOne: row.topOne,
          files: PublishedWeights(
            folder: "efficientnet_v2", top: "\(file).h5", .md5(row.top),
            noTop: "\(file)_notop.h5", .md5(row.noTop)))
      ],
      defaultImageSize: row.imageSize
    ) { variant throws(NetworkError) in
      try network(
        row.rows, width: row.width, depth: row.depth, normalizes: row.name.hasPrefix("b"), variant)
    }
  }
}

extension Network {
  /// B0 to B3: 0...1, normalised by ImageNet's colours; the others x / 128 − 1.
  fileprivate mutating func addRescaling(normalizes: Bool) throws(NetworkError) -> NodeID {
    guard normalizes else {
      return try add("rescaling", Rescaling(scale: [1 / 128], offset: [-1]), to: input)
    }
    let x = try add("rescaling", Rescaling(scale: [1 / 255]), to: input)
    // A Normalization with constants in Keras, and so without weights.
    let colours = Preprocessing.torch
    return try add(
      "normalization",
      Rescaling(
        scale: colours.deviation.map { 1 / $0 },
        offset: zip(colours.mean, colours.deviation).map { -$0 / $1 }), to: x)
  }

  /// Figure 2, right: one 3×3 convolution widens and filters, a 1×1 narrows; where nothing is widened
  /// the 3×3 is all there is.
  fileprivate mutating func addFusedBlock(
    _ block: MobileBlock, named name: String, to input: NodeID
  ) throws(NetworkError) -> NodeID {
    var x = input
    let widens = block.expansion != 1
    if widens {
      x = try add(
        "\(name)expand_conv",
        Convolution2D(
          block.input * block.expansion, kernel: Extent(block.kernel),
          stride: Extent(block.stride), padding: .same, bias: false), to: x)
      x = try addNormAndSwish(
        "\(name)expand_bn", "\(name)expand_activation", momentum: block.momentum, to: x)
    }
    x = try add(
      "\(name)project_conv",
      Convolution2D(
        block.output, kernel: widens ? 1 : Extent(block.kernel),
        stride: widens ? 1 : Extent(block.stride), padding: .same, bias: false), to: x)
    x = try add("\(name)project_bn", BatchNormalization(momentum: block.momentum), to: x)
    if !widens { x = try add("\(name)project_activation", ActivationLayer(.swish), to: x) }
    return try addShortcut(block, named: name, from: input, to: x)
  }
}
