import NeuralNetworks

extension SmallNetwork {
  /// ConvNeXt's: patches, two blocks of wide depthwise filters, norms of positions, dense layers on images,
  /// factors of channels; between them a smaller resolution.
  static func convNeXt() throws -> Network {
    var net = Network(input: [12, 16, 3])
    net.beginStage("stage0")
    var x = try net.add("stem", Convolution2D(24, kernel: 4, stride: 4), to: net.input)
    x = try net.add("stem_norm", LayerNormalization(epsilon: 1e-6), to: x)
    x = try addBlock("block0", width: 24, to: x, in: &net)
    net.beginStage("stage1")
    x = try net.add("down_norm", LayerNormalization(epsilon: 1e-6), to: x)
    x = try net.add("down", Convolution2D(19, kernel: 2, stride: 2), to: x)
    x = try addBlock("block1", width: 19, to: x, in: &net)
    x = try net.add("pool", GlobalAveragePooling2D(), to: x)
    x = try net.add("norm", LayerNormalization(epsilon: 1e-6), to: x)
    return try net.addingHead(named: "predictions", classes: 4)
  }

  private static func addBlock(
    _ name: String, width: Int, to input: Network.NodeID, in net: inout Network
  ) throws -> Network.NodeID {
    let depthwise = DepthwiseConvolution2D(kernel: 7, padding: .same)
    var x = try net.add("\(name)_dw", depthwise, to: input)
    x = try net.add("\(name)_norm", LayerNormalization(epsilon: 1e-6), to: x)
    x = try net.add("\(name)_fc1", Dense(2 * width, activation: .gelu), to: x)
    x = try net.add("\(name)_fc2", Dense(width, bias: width == 24), to: x)
    x = try net.add("\(name)_scale", LayerScale(), to: x)
    return try net.add("\(name)_add", Add(), to: input, x)
  }

  /// AlexNet's local response, unshared kernels, an hourglass, a bias per position.
  static func rare() throws -> Network {
    var net = Network(input: [10, 9, 4])
    net.beginStage("down")
    var x = try net.add("border", BorderPadding2D(Edges(1), mode: .reflect), to: net.input)
    x = try net.add("conv", Convolution2D(8, kernel: 3, activation: .tanh), to: x)
    let skip = try net.add("lrn", LocalResponseNormalization(alpha: 0.05, bias: 1), to: x)
    x = try net.add("pool", LpPooling2D(2, stride: 2, padding: .same, power: 2), to: skip)
    net.beginStage("up")
    x = try net.add(
      "deconv", TransposedConvolution2D(8, kernel: 3, stride: 2, padding: .same), to: x)
    x = try net.add("bn", BatchNormalization(), to: x)
    x = try net.add("crop", Cropping2D(Edges(right: 1)), to: x)
    x = try net.add("add", Add(), to: skip, x)
    x = try net.add("average", AveragePooling2D(2, stride: 2), to: x)
    x = try net.add("local", LocallyConnected2D(5, kernel: 2, activation: .tanh), to: x)
    x = try net.add("up", UpSampling2D(2), to: x)
    x = try net.add("position", PositionBias(), to: x)
    x = try net.add("adaptive", AdaptivePooling2D(3, kind: .average), to: x)
    x = try net.add("flatten", Flatten(), to: x)
    return try net.addingHead(named: "predictions", classes: 4)
  }

  /// Two branches that have their weights together, in layers of every kind; the larger and the smaller of
  /// both; norms of each example.
  static func shared() throws -> Network {
    var net = Network(input: [9, 8, 4])
    net.beginStage("branches")
    let left = try net.add("left", AveragePooling2D(2, stride: 1, padding: .same), to: net.input)
    func branch(_ name: String, _ from: Network.NodeID, like other: String?) throws
      -> Network.NodeID
    {
      func owner(_ layer: String) -> String? { other.map { "\($0)_\(layer)" } }
      var x = try net.add(
        "\(name)_conv", Convolution2D(8, kernel: 3, padding: .same, activation: .tanh), to: [from],
        sharingWeightsOf: owner("conv"))
      x = try net.add(
        "\(name)_dw", DepthwiseConvolution2D(kernel: 3, padding: .same), to: [x],
        sharingWeightsOf: owner("dw"))
      x = try net.add(
        "\(name)_norm", GroupNormalization(groups: 2), to: [x], sharingWeightsOf: owner("norm"))
      return try net.add(
        "\(name)_prelu", PReLU(sharedAxes: [0, 1]), to: [x], sharingWeightsOf: owner("prelu"))
    }
    let a = try branch("a", net.input, like: nil)
    let b = try branch("b", left, like: "a")
    net.beginStage("join")
    let largest = try net.add("largest", Maximum(), to: a, b)
    let smallest = try net.add("smallest", Minimum(), to: a, b, net.output)
    var rows: [Network.NodeID] = []
    for (name, from) in [("first", largest), ("second", smallest)] {
      let pooled = try net.add("\(name)_pool", GlobalAveragePooling2D(), to: from)
      rows.append(
        try net.add(
          "\(name)_dense", Dense(6, activation: .tanh), to: [pooled],
          sharingWeightsOf: name == "second" ? "first_dense" : nil))
    }
    _ = try net.add("rows", Concatenate(), to: rows)
    return try net.addingHead(named: "predictions", classes: 3)
  }

  /// A network for sequences.
  static func sequence() throws -> Network {
    var net = Network(input: [24, 4])
    net.beginStage("conv1")
    var x = try net.add(
      "conv1", Convolution1D(8, kernel: 5, padding: .same, bias: false), to: net.input)
    x = try net.add("bn1", BatchNormalization(), to: x)
    x = try net.add("tanh1", ActivationLayer(.tanh), to: x)
    x = try net.add("pool1", AveragePooling1D(2, stride: 2), to: x)
    net.beginStage("conv2")
    let y = try net.add(
      "conv2", Convolution1D(8, kernel: 3, padding: .causal(kernel: 3, dilation: 2), dilation: 2),
      to: x)
    x = try net.add("add", Add(), to: y, x)
    x = try net.add("pool2", GlobalAveragePooling1D(), to: x)
    return try net.addingHead(named: "predictions", classes: 3)
  }

  /// A network for volumes.
  static func volume() throws -> Network {
    var net = Network(input: [6, 7, 8, 2])
    net.beginStage("conv1")
    var x = try net.add(
      "conv1", Convolution3D(6, kernel: .cube(3), padding: .same, activation: .tanh), to: net.input)
    x = try net.add("pool1", AveragePooling3D(.cube(2), stride: .cube(2)), to: x)
    net.beginStage("conv2")
    x = try net.add("conv2", Convolution3D(8, kernel: .cube(2), bias: false), to: x)
    x = try net.add("bn2", BatchNormalization(), to: x)
    x = try net.add("pool2", GlobalAveragePooling3D(), to: x)
    return try net.addingHead(named: "predictions", classes: 3)
  }
}
