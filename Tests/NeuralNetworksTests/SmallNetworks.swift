import NeuralNetworks
import TensorKernels
import Testing

/// Small networks that contain every kind of block the zoo has.
enum SmallNetwork: String, CaseIterable, CustomTestStringConvertible {
  case plain, residual, invertedResidual, preactivated, squeezeExcite, concatenating
  case rare, sequence, volume, wide, shared, convNeXt

  var testDescription: String { rawValue }

  func make() throws -> Network {
    switch self {
    case .plain: try Self.plain()
    case .residual: try Self.residual()
    case .invertedResidual: try Self.invertedResidual()
    case .preactivated: try Self.preactivated()
    case .squeezeExcite: try Self.squeezeExcite()
    case .concatenating: try Self.concatenating()
    case .rare: try Self.rare()
    case .sequence: try Self.sequence()
    case .volume: try Self.volume()
    case .wide: try Self.wide()
    case .shared: try Self.shared()
    case .convNeXt: try Self.convNeXt()
    }
  }

  /// VGG's shape: biases, max pooling, flatten, two dense layers.
  private static func plain() throws -> Network {
    var net = Network(input: [10, 9, 3])
    net.beginStage("block1")
    var x = try net.add(
      "conv1", Convolution2D(8, kernel: 3, padding: .same, activation: .relu), to: net.input)
    x = try net.add("pool1", MaxPooling2D(2, stride: 2), to: x)
    net.beginStage("block2")
    x = try net.add(
      "conv2", Convolution2D(6, kernel: 3, padding: .same, groups: 2, activation: .relu), to: x)
    x = try net.add("flatten", Flatten(), to: x)
    x = try net.add("fc1", Dense(11, activation: .relu), to: x)
    x = try net.add("predictions", Dense(5), to: x)
    return net
  }

  /// A 3×3 convolution with channels and tiles enough for Winograd's filtering, its norm folded in, a
  /// residual added to it.
  private static func wide() throws -> Network {
    var net = Network(input: [16, 15, 3])
    net.beginStage("stem")
    let stem = try net.add("stem", Convolution2D(32, kernel: 1, activation: .relu), to: net.input)
    net.beginStage("block")
    var x = try net.add(
      "conv", Convolution2D(32, kernel: 3, padding: .same, bias: false), to: stem)
    x = try net.add("bn", BatchNormalization(), to: x)
    x = try net.add("add", Add(), to: x, stem)
    x = try net.add("relu", ActivationLayer(.relu), to: x)
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "predictions", classes: 3)
  }

  /// ResNet's: padded stride, padded pooling, a block with and one without a projection.
  private static func residual() throws -> Network {
    var net = Network(input: [15, 15, 3])
    net.beginStage("conv1")
    var x = try net.add("conv1_pad", ZeroPadding2D(Edges(1)), to: net.input)
    x = try net.add("conv1_conv", Convolution2D(8, kernel: 3, stride: 2), to: x)
    x = try net.add("conv1_bn", BatchNormalization(epsilon: 1.001e-5), to: x)
    x = try net.add("conv1_relu", ActivationLayer(.relu), to: x)
    x = try net.add("pool1_pad", ZeroPadding2D(Edges(1)), to: x)
    x = try net.add("pool1_pool", MaxPooling2D(3, stride: 2), to: x)
    for (block, filters) in [4, 4].enumerated() {
      net.beginStage("conv\(block + 2)")
      let name = "conv\(block + 2)_block1"
      var shortcut = x
      if block == 0 {
        shortcut = try net.add("\(name)_0_conv", Convolution2D(4 * filters, kernel: 1), to: x)
        shortcut = try net.add(
          "\(name)_0_bn", BatchNormalization(epsilon: 1.001e-5), to: shortcut)
      }
      var y = try net.add("\(name)_1_conv", Convolution2D(filters, kernel: 1), to: x)
      y = try net.add("\(name)_1_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
      y = try net.add("\(name)_1_relu", ActivationLayer(.relu), to: y)
      y = try net.add("\(name)_2_conv", Convolution2D(filters, kernel: 3, padding: .same), to: y)
      y = try net.add("\(name)_2_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
      y = try net.add("\(name)_2_relu", ActivationLayer(.relu), to: y)
      y = try net.add("\(name)_3_conv", Convolution2D(4 * filters, kernel: 1), to: y)
      y = try net.add("\(name)_3_bn", BatchNormalization(epsilon: 1.001e-5), to: y)
      x = try net.add("\(name)_add", Add(), to: shortcut, y)
      x = try net.add("\(name)_out", ActivationLayer(.relu), to: x)
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "predictions", classes: 4)
  }

  /// MobileNetV2's: ReLU6, depthwise, asymmetric padding, linear bottlenecks.
  private static func invertedResidual() throws -> Network {
    var net = Network(input: [12, 12, 3])
    net.beginStage("stem")
    let asymmetric = Edges(top: 0, bottom: 1, left: 0, right: 1)
    var x = try net.add("Conv1_pad", ZeroPadding2D(asymmetric), to: net.input)
    x = try net.add("Conv1", Convolution2D(8, kernel: 3, stride: 2, bias: false), to: x)
    x = try net.add("bn_Conv1", BatchNormalization(), to: x)
    x = try net.add("Conv1_relu", ActivationLayer(.relu6), to: x)
    for (block, stride) in [2, 1].enumerated() {
      net.beginStage("block_\(block)")
      let input = x
      let name = "block_\(block)"
      x = try net.add("\(name)_expand", Convolution2D(24, kernel: 1, bias: false), to: x)
      x = try net.add("\(name)_expand_BN", BatchNormalization(), to: x)
      x = try net.add("\(name)_expand_relu", ActivationLayer(.relu6), to: x)
      if stride == 2 { x = try net.add("\(name)_pad", ZeroPadding2D(asymmetric), to: x) }
      x = try net.add(
        "\(name)_depthwise",
        DepthwiseConvolution2D(
          kernel: 3, stride: Extent(stride), padding: stride == 1 ? .same : .valid, bias: false),
        to: x)
      x = try net.add("\(name)_depthwise_BN", BatchNormalization(), to: x)
      x = try net.add("\(name)_depthwise_relu", ActivationLayer(.relu6), to: x)
      x = try net.add("\(name)_project", Convolution2D(8, kernel: 1, bias: false), to: x)
      x = try net.add("\(name)_project_BN", BatchNormalization(), to: x)
      if stride == 1 { x = try net.add("\(name)_add", Add(), to: input, x) }
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    x = try net.add("reshape", Reshape([8]), to: x)
    return try net.addingHead(named: "predictions", classes: 4)
  }

  /// Norms and sums that nothing can swallow: a norm before its convolution, a depthwise multiplier,
  /// a dilated window, an input that is added to itself after a pooling.
  private static func preactivated() throws -> Network {
    var net = Network(input: [9, 8, 4])
    net.beginStage("all")
    var x = try net.add("bn0", BatchNormalization(), to: net.input)
    x = try net.add("relu0", ActivationLayer(.relu), to: x)
    x = try net.add(
      "dw", DepthwiseConvolution2D(kernel: 3, padding: .same, multiplier: 2), to: x)
    let y = try net.add(
      "dilated", Convolution2D(8, kernel: 3, padding: .same, dilation: 2, bias: false), to: x)
    x = try net.add("add", Add(), to: y, x)
    x = try net.add("bn1", BatchNormalization(), to: x)
    x = try net.add("relu1", ActivationLayer(.relu6), to: x)
    let p = try net.add("pool", MaxPooling2D(3, stride: 1, padding: .same), to: x)
    x = try net.add("add2", Add(), to: p, x)
    x = try net.add("pad", ZeroPadding2D(Edges(top: 1)), to: x)
    x = try net.add("pool2", MaxPooling2D(2, stride: 2), to: x)
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "predictions", classes: 3)
  }

  /// EfficientNet's and MobileNetV3's: colours normalised in the graph, swish, channels weighted by
  /// what the whole image says, non-linearities whose gradient needs their input.
  private static func squeezeExcite() throws -> Network {
    var net = Network(input: [11, 10, 3])
    net.beginStage("stem")
    var x = try net.add("rescaling", Rescaling(scale: [0.5]), to: net.input)
    x = try net.add("normalization", Normalization(), to: x)
    x = try net.add("stem_conv", Convolution2D(6, kernel: 3, stride: 2, bias: false), to: x)
    x = try net.add("stem_bn", BatchNormalization(), to: x)
    x = try net.add("stem_activation", ActivationLayer(.swish), to: x)
    for (name, activation) in [("a", Activation.swish), ("b", .hardSwish)] {
      net.beginStage("block_\(name)")
      let input = x
      x = try net.add("\(name)_expand", Convolution2D(12, kernel: 1, bias: false), to: x)
      x = try net.add("\(name)_expand_bn", BatchNormalization(scale: name == "a"), to: x)
      x = try net.add("\(name)_expand_activation", ActivationLayer(activation), to: x)
      x = try net.add(
        "\(name)_dw", DepthwiseConvolution2D(kernel: 5, padding: .same, bias: false), to: x)
      x = try net.add("\(name)_bn", BatchNormalization(center: name == "a"), to: x)
      x = try net.add("\(name)_activation", ActivationLayer(activation), to: x)
      let wide = x
      var s = try net.add(
        "\(name)_squeeze", GlobalAveragePooling2D(keepsDimensions: name == "b"), to: x)
      if name == "a" { s = try net.add("\(name)_reshape", Reshape([1, 1, 12]), to: s) }
      s = try net.add("\(name)_reduce", Convolution2D(3, kernel: 1, activation: activation), to: s)
      s = try net.add(
        "\(name)_expand_se",
        Convolution2D(12, kernel: 1, activation: name == "a" ? .sigmoid : .hardSigmoid()), to: s)
      x =
        name == "a"
        ? try net.add("\(name)_excite", Multiply(), to: wide, s)
        : try net.add("\(name)_excite", Multiply(), to: s, wide)
      x = try net.add("\(name)_project", Convolution2D(6, kernel: 1, bias: false), to: x)
      x = try net.add("\(name)_project_bn", BatchNormalization(), to: x)
      x = try net.add("\(name)_add", Add(), to: x, input)
    }
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "predictions", classes: 4)
  }

  /// DenseNet's and Inception's: branches side by side, a scaled residual, sums of three, a product of
  /// two branches, the same value twice in one concatenation.
  private static func concatenating() throws -> Network {
    var net = Network(input: [9, 9, 3])
    net.beginStage("stem")
    var x = try net.add(
      "stem", Convolution2D(6, kernel: 3, padding: .same, activation: .relu), to: net.input)
    net.beginStage("mixed")
    let a = try net.add("a", Convolution2D(4, kernel: 1, activation: .tanh), to: x)
    let b = try net.add(
      "b", SeparableConvolution2D(5, kernel: 3, padding: .same, activation: .elu(alpha: 1)), to: x)
    x = try net.add("mixed", Concatenate(), to: [x, a, b, a])
    x = try net.add("mixed_bn", BatchNormalization(), to: x)
    x = try net.add("mixed_relu", ActivationLayer(.relu), to: x)
    net.beginStage("residual")
    let up = try net.add("up", Convolution2D(19, kernel: 1), to: x)
    let scaled = try net.add("scaled", Scale(0.17), to: up)
    let gate = try net.add("gate", Convolution2D(19, kernel: 1, activation: .sigmoid), to: x)
    let gated = try net.add("gated", Multiply(), to: up, gate)
    x = try net.add("sum", Add(), to: [x, scaled, gated])
    x = try net.add("sum_relu", ActivationLayer(.relu), to: x)
    x = try net.add("rows", Concatenate(axis: 0), to: [x, x])
    x = try net.add("avg_pool", GlobalAveragePooling2D(), to: x)
    return try net.addingHead(named: "predictions", classes: 3)
  }
}
