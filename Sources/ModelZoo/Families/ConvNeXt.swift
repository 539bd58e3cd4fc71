import ImagePipeline
import NeuralNetworks
import TensorKernels

/// ConvNeXt (Liu et al., "A ConvNet for the 2020s", 2022, arXiv:2201.03545): a ResNet with the manners of
/// a Transformer. Wide depthwise filters, one norm and one non-linearity a block, norms of each position.
enum ConvNeXt {
  /// What a variant is made of.
  struct Size: Sendable {
    /// Blocks of the four stages.
    let depths: [Int]
    /// Their channels.
    let widths: [Int]
    var stem = Stem.patches
    /// Whether the last map is normalised before it is averaged, not after.
    var normalisesMap = false
  }

  /// What comes before the first stage.
  enum Stem: Sendable {
    /// One convolution of patches of 4×4 pixels.
    case patches
    /// Two overlapping 3×3 convolutions with stride 2, so many channels between them.
    case overlapping(Int)
  }

  /// Section 3, "Results": the authors' sizes.
  static let tiny = Size(depths: [3, 3, 9, 3], widths: [96, 192, 384, 768])
  static let small = Size(depths: [3, 3, 27, 3], widths: [96, 192, 384, 768])
  static let base = Size(depths: [3, 3, 27, 3], widths: [128, 256, 512, 1024])
  static let large = Size(depths: [3, 3, 27, 3], widths: [192, 384, 768, 1536])
  static let xlarge = Size(depths: [3, 3, 27, 3], widths: [256, 512, 1024, 2048])

  /// What the implementations call the layers, and what else they do in ways of their own.
  struct Conventions: Sendable {
    /// The layers of a block.
    struct Block: Sendable {
      var depthwise: String
      var norm: String
      var widening: String
      var activation: String
      var narrowing: String
      var scale: String
      /// A layer that would drop the branch at random, at a rate of 0; `nil` for none.
      var identity: String?
      /// `nil` for the next of Keras's automatic names.
      var sum: String?
    }

    let stage: @Sendable (Int) -> String
    /// The convolutions, then the norm.
    let stem: [String]
    /// Between a stage and the one before it; the first is before stage 1.
    let downsampling: @Sendable (Int) -> (norm: String, convolution: String)
    let block: @Sendable (_ stage: Int, _ index: Int) -> Block
    /// The last two nodes of features.
    let end: @Sendable (_ hasClassifier: Bool) -> (pooling: String, norm: String)
    let classifier: String
    /// The name of a layer that takes bytes and normalises their colours; `nil` where preprocessing does.
    var colours: String?
    /// Whether the depthwise kernel is stored as that of a convolution in groups, `[7, 7, 1, channels]`.
    var depthwiseIsGrouped = false
    /// Whether the kernels of matrix products are stored as those of 1×1 convolutions.
    var productsAreConvolutions = false
  }

  static func network(_ size: Size, _ conventions: Conventions, _ variant: Variant)
    throws(NetworkError) -> Network
  {
    var builder = Builder(net: Network(input: variant.inputShape), conventions: conventions)
    var x = builder.net.input
    for (stage, (depth, width)) in zip(size.depths, size.widths).enumerated() {
      builder.net.beginStage(conventions.stage(stage))
      x =
        stage == 0
        ? try builder.addStem(size.stem, width) : try builder.addDownsampling(stage, width, to: x)
      for index in 0..<depth { x = try builder.addBlock(stage, index, width, to: x) }
    }
    let end = conventions.end(variant.top != .features)
    if size.normalisesMap { x = try builder.net.add(end.norm, norm, to: x) }
    x = try builder.net.add(end.pooling, GlobalAveragePooling2D(), to: x)
    if !size.normalisesMap { x = try builder.net.add(end.norm, norm, to: x) }
    if let activation = variant.classifierActivation {
      builder.net.beginStage(Network.headStage)
      let classifier = Dense(ImageNet.classCount, activation: activation)
      try builder.net.add(conventions.classifier, classifier, to: x)
    }
    return builder.net
  }

  fileprivate static let norm = LayerNormalization(epsilon: 1e-6)

  fileprivate struct Builder {
    var net: Network
    let conventions: Conventions
    var names = AutomaticNames()
  }
}

extension ConvNeXt.Builder {
  fileprivate mutating func addStem(_ stem: ConvNeXt.Stem, _ width: Int) throws(NetworkError)
    -> Network.NodeID
  {
    var x = net.input
    if let name = conventions.colours, let colours { x = try net.add(name, colours, to: x) }
    let convolutions =
      switch stem {
      case .patches: [Convolution2D(width, kernel: 4, stride: 4)]
      case .overlapping(let middle):
        [middle, width].map {
          Convolution2D($0, kernel: 3, stride: 2, padding: .explicit(Edges(1)))
        }
      }
    for (name, convolution) in zip(conventions.stem, convolutions) {
      x = try net.add(name, convolution, to: x)
    }
    return try net.add(conventions.stem[convolutions.count], ConvNeXt.norm, to: x)
  }

  /// ImageNet's colours, of a grey picture their means; `nil` for what is no picture.
  private var colours: Rescaling? {
    let all = Preprocessing.torch
    let colours = net.inputShape.channels == 1 ? all.gray : all
    guard colours.mean.count == net.inputShape.channels else { return nil }
    return Rescaling(
      scale: colours.deviation.map { 1 / (255 * $0) },
      offset: zip(colours.mean, colours.deviation).map { -$0 / $1 })
  }

  fileprivate mutating func addDownsampling(_ stage: Int, _ width: Int, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    let names = conventions.downsampling(stage)
    let y = try net.add(names.norm, ConvNeXt.norm, to: x)
    return try net.add(names.convolution, Convolution2D(width, kernel: 2, stride: 2), to: y)
  }

  /// Figure 4, right: 7×7 depthwise, norm, four times as wide, GELU, as narrow as before, a factor for
  /// each channel, and the shortcut around it all.
  fileprivate mutating func addBlock(
    _ stage: Int, _ index: Int, _ width: Int, to input: Network.NodeID
  ) throws(NetworkError) -> Network.NodeID {
    let names = conventions.block(stage, index)
    var x =
      conventions.depthwiseIsGrouped
      ? try net.add(
        names.depthwise, Convolution2D(width, kernel: 7, padding: .same, groups: width), to: input)
      : try net.add(
        names.depthwise, DepthwiseConvolution2D(kernel: 7, padding: .same), to: input)
    x = try net.add(names.norm, ConvNeXt.norm, to: x)
    x = try addProduct(names.widening, 4 * width, to: x)
    x = try net.add(names.activation, ActivationLayer(.gelu), to: x)
    x = try addProduct(names.narrowing, width, to: x)
    x = try net.add(names.scale, LayerScale(), to: x)
    if let identity = names.identity { x = try net.add(identity, ActivationLayer(.linear), to: x) }
    return try net.add(names.sum ?? self.names.next("add"), Add(), to: input, x)
  }

  private mutating func addProduct(_ name: String, _ width: Int, to x: Network.NodeID)
    throws(NetworkError) -> Network.NodeID
  {
    conventions.productsAreConvolutions
      ? try net.add(name, Convolution2D(width, kernel: 1), to: x)
      : try net.add(name, Dense(width), to: x)
  }
}

// MARK: Keras

extension ConvNeXt.Conventions {
  /// Keras's, whose networks normalise colours themselves.
  /// - Parameter name: of the network, for example `convnext_tiny`, with which all names begin.
  static func keras(_ name: String) -> Self {
    Self(
      stage: { "stage_\($0)" },
      stem: ["\(name)_stem_conv", "\(name)_stem_layernorm"],
      downsampling: {
        ("\(name)_downsampling_layernorm_\($0 - 1)", "\(name)_downsampling_conv_\($0 - 1)")
      },
      block: { stage, index in
        let block = "\(name)_stage_\(stage)_block_\(index)"
        return Block(
          depthwise: "\(block)_depthwise_conv", norm: "\(block)_layernorm",
          widening: "\(block)_pointwise_conv_1", activation: "\(block)_gelu",
          narrowing: "\(block)_pointwise_conv_2", scale: "\(block)_layer_scale",
          identity: "\(block)_identity")
      },
      // Without its classifier Keras lets the last two name themselves.
      end: {
        $0
          ? ("\(name)_head_gap", "\(name)_head_layernorm")
          : ("global_average_pooling2d", "layer_normalization")
      },
      classifier: "\(name)_head_dense", colours: "\(name)_prestem_normalization",
      depthwiseIsGrouped: true)
  }
}

extension ConvNeXt {
  /// Sizes, ImageNet's top 1 (keras.io) and the digests of Keras's files. The three largest were trained
  /// with ImageNet-22k first.
  static let keras: [(name: String, size: Size, topOne: Double, top: String, noTop: String)] = [
    (
      "tiny", tiny, 0.813, "8ae6e78ce2933352b1ef4008e6dd2f17bc40771563877d156bc6426c7cf503ff",
      "d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1"
    ),
    (
      "small", small, 0.823, "ce1277d8f1ee5a0ef0e171469089c18f5233860ceaf9b168049cb9263fd7483c",
      "6fc8009faa2f00c1c1dfce59feea9b0745eb260a7dd11bee65c8e20843da6eab"
    ),
    (
      "base", base, 0.853, "52cbb006d3dadd03f6e095a8ca1aca47aecdd75acb4bc74bce1f5c695d0086e6",
      "40a20c5548a5e9202f69735ecc06c990e6b7c9d2de39f0361e27baeb24cb7c45"
    ),
    (
      "large", large, 0.863, "070c5ed9ed289581e477741d3b34beffa920db8cf590899d6d2c67fba2a198a6",
      "96f02b6f0753d4f543261bc9d09bed650f24dd6bc02ddde3066135b63d23a1cd"
    ),
    (
      "xlarge", xlarge, 0.867, "c1f5ccab661354fc3a79a10fa99af82f0fbf10ec65cb894a3ae0815f17a889ee",
      "de3f8a54174130e0cecdc71583354753d557fcf1f4487331558e2a16ba0cfe05"
    ),
  ]

  static let paper = "Liu et al. 2022, arXiv:2201.03545"

  static let families: [Family] = keras.map { row in
    let file = "convnext_\(row.name)"
    return Family(
      name: "convnext\(row.name)", paper: paper, preprocessing: .none,
      provenance: Provenance(
        origin: "Zhuang Liu et al., Facebook AI Research; converted by Keras", licence: "MIT"),
      published: [
        Published(
          imageSize: 224, topOne: row.topOne,
          files: PublishedWeights(
            folder: "convnext", top: "\(file).h5", .sha256(row.top), noTop: "\(file)_notop.h5",
            .sha256(row.noTop)))
      ]
    ) { variant throws(NetworkError) in
      try network(row.size, .keras(file), variant)
    }
  }
}
