import NeuralNetworks

/// The block of both EfficientNets: widen, filter depthwise, squeeze-and-excite, narrow; with a
/// shortcut where input and output have one shape.
struct MobileBlock {
  let kernel: Int
  let stride: Int
  let input: Int
  let output: Int
  /// How much wider it is inside than its input.
  let expansion: Int
  let excites: Bool
  /// How often the block is left out in training: stochastic depth.
  let drop: Float
  /// Of the norms.
  let momentum: Float
  /// Whether zeros are laid around the image by a layer of their own where it is strided, as in the
  /// first version.
  let pads: Bool

  /// Keras's letter for a block within its stage.
  static func letter(_ index: Int) -> Character {
    Character(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
  }
}

extension Network {
  mutating func addNormAndSwish(
    _ norm: String, _ activation: String, momentum: Float = 0.99, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let y = try add(norm, BatchNormalization(momentum: momentum), to: x)
    return try add(activation, ActivationLayer(.swish), to: y)
  }

  mutating func addMobileBlock(_ block: MobileBlock, named name: String, to input: NodeID)
    throws(NetworkError) -> NodeID
  {
    var x = input
    if block.expansion != 1 {
      x = try add(
        "\(name)expand_conv",
        Convolution2D(block.input * block.expansion, kernel: 1, padding: .same, bias: false), to: x)
      x = try addNormAndSwish(
        "\(name)expand_bn", "\(name)expand_activation", momentum: block.momentum, to: x)
    }
    if block.pads, block.stride == 2 {
      x = try add(
        "\(name)dwconv_pad", ZeroPadding2D(.beforeStride2(kernel: block.kernel, self[x].shape)),
        to: x)
    }
    x = try add(
      block.pads ? "\(name)dwconv" : "\(name)dwconv2",
      DepthwiseConvolution2D(
        kernel: Extent(block.kernel), stride: Extent(block.stride),
        padding: block.pads && block.stride == 2 ? .valid : .same, bias: false), to: x)
    x = try addNormAndSwish("\(name)bn", "\(name)activation", momentum: block.momentum, to: x)
    if block.excites {
      x = try addExcitation(squeezed: max(1, block.input / 4), named: name, to: x)
    }
    x = try add(
      "\(name)project_conv", Convolution2D(block.output, kernel: 1, padding: .same, bias: false),
      to: x)
    x = try add("\(name)project_bn", BatchNormalization(momentum: block.momentum), to: x)
    return try addShortcut(block, named: name, from: input, to: x)
  }

  /// Squeeze-and-excitation (Hu et al., 2018); the squeezed width goes by the block's input.
  mutating func addExcitation(squeezed: Int, named name: String, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    let width = self[x].shape.channels
    var y = try add("\(name)se_squeeze", GlobalAveragePooling2D(), to: x)
    y = try add("\(name)se_reshape", Reshape([1, 1, width]), to: y)
    y = try add(
      "\(name)se_reduce",
      Convolution2D(squeezed, kernel: 1, padding: .same, activation: .swish), to: y)
    y = try add(
      "\(name)se_expand", Convolution2D(width, kernel: 1, padding: .same, activation: .sigmoid),
      to: y)
    return try add("\(name)se_excite", Multiply(), to: x, y)
  }

  /// The sum with the block's input, where the shapes are one; in training the block's result is
  /// sometimes left out of it.
  mutating func addShortcut(
    _ block: MobileBlock, named name: String, from input: NodeID, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    guard block.stride == 1, block.input == block.output else { return x }
    var y = x
    if block.drop > 0 {
      y = try add("\(name)drop", Dropout(block.drop, noise: .example), to: y)
    }
    return try add("\(name)add", Add(), to: y, input)
  }

  /// Pooled features, and the classifier if there is one.
  mutating func finishEfficientNet(dropout: Float, _ variant: Variant, after x: NodeID)
    throws(NetworkError)
  {
    var y = try add("avg_pool", GlobalAveragePooling2D(), to: x)
    guard let classifier = variant.classifierActivation else { return }
    beginStage(Network.headStage)
    y = try add("top_dropout", Dropout(dropout), to: y)
    try add("predictions", Dense(ImageNet.classCount, activation: classifier), to: y)
  }
}
