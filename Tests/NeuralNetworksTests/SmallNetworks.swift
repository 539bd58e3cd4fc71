import NeuralNetworks
import Testing

/// Small networks that contain every kind of block the zoo has.
enum SmallNetwork: String, CaseIterable, CustomTestStringConvertible {
  case plain, residual, invertedResidual, preactivated

  var testDescription: String { rawValue }

  func make() throws -> Network {
    switch self {
    case .plain: try Self.plain()
    case .residual: try Self.residual()
    case .invertedResidual: try Self.invertedResidual()
    case .preactivated: try Self.preactivated()
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
}
