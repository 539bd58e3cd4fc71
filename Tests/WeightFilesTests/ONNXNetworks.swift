import NeuralNetworks
import TensorKernels

/// Small networks that together have every operation a network can be lowered to.
enum ONNXNetworks {
  struct Case: Sendable, CustomStringConvertible {
    let description: String
    let network: @Sendable () throws -> Network
  }

  private static func of(
    _ name: String, _ shape: Shape = [6, 7, 4], _ layers: any Layer...
  ) -> Case {
    Case(description: name) {
      var network = Network(input: shape)
      for (index, layer) in layers.enumerated() {
        try network.add("\(name)_\(index)", layer, to: [network.output])
      }
      return network
    }
  }

  static let all: [Case] = convolutions + poolings + norms + shapes + activations + merging

  private static let convolutions: [Case] = [
    of(
      "convolution", [6, 7, 4],
      Convolution2D(6, kernel: Extent(height: 3, width: 2), stride: 2, padding: .same)),
    of("dilated", [9, 9, 4], Convolution2D(4, kernel: 3, dilation: 2, groups: 2, bias: false)),
    of("depthwise", [6, 7, 4], DepthwiseConvolution2D(kernel: 3, padding: .same, multiplier: 2)),
    of("separable", [6, 7, 4], SeparableConvolution2D(5, kernel: 3, activation: .relu)),
    of("sequence", [12, 3], Convolution1D(4, kernel: 3, stride: 2, padding: .same)),
    of("volume", [4, 5, 6, 2], Convolution3D(3, kernel: .cube(2))),
    of("pointwise_dense", [6, 7, 4], Dense(5)),
    of(
      "transposed", [4, 5, 3],
      TransposedConvolution2D(4, kernel: 3, stride: 2, padding: .same)),
    of("transposed_valid", [4, 5, 3], TransposedConvolution2D(2, kernel: 2, stride: 3)),
    of("unshared", [5, 6, 2], LocallyConnected2D(3, kernel: 2, stride: 2)),
  ]

  private static let poolings: [Case] = [
    of("largest", [7, 7, 4], MaxPooling2D(3, stride: 2, padding: .same)),
    of("mean", [7, 7, 4], AveragePooling2D(3, stride: 2, padding: .same)),
    of("norm", [6, 6, 4], LpPooling2D(2, stride: 2, power: 2)),
    of(
      "expectation", [6, 6, 4], ActivationLayer(.relu),
      StochasticPooling2D(2, stride: 2)),
    of("everywhere", [6, 7, 4], GlobalAveragePooling2D()),
    of("kept", [6, 7, 4], GlobalAveragePooling2D(keepsDimensions: true)),
    of("largest_everywhere", [6, 7, 4], GlobalMaxPooling2D()),
  ]

  private static let norms: [Case] = [
    of("batch", [6, 7, 4], BatchNormalization()),
    of("layer", [6, 7, 4], LayerNormalization()),
    of("layer_of_all", [6, 7, 4], LayerNormalization(axes: 3)),
    of("group", [6, 7, 4], GroupNormalization(groups: 2)),
    of("unit", [6, 7, 4], UnitNormalization()),
    of("response", [6, 7, 8], LocalResponseNormalization()),
    of("layer_scale", [6, 7, 4], LayerScale()),
    of("affine", [6, 7, 4], LearnedAffine()),
    of("rescaling", [6, 7, 4], Rescaling(scale: [2, 3, 4, 5], offset: [1, 0, -1, 2])),
    of("normalization", [6, 7, 4], Normalization()),
    of("position_bias", [6, 7, 4], PositionBias()),
    of("scale", [6, 7, 4], Scale(0.3)),
  ]

  private static let shapes: [Case] = [
    of("padding", [6, 7, 4], ZeroPadding2D(Edges(top: 1, bottom: 2, left: 3, right: 0))),
    of("replicated", [6, 7, 4], BorderPadding2D(Edges(2), mode: .replicate)),
    of("reflected", [6, 7, 4], BorderPadding2D(Edges(2), mode: .reflect)),
    of("cropping", [6, 7, 4], Cropping2D(Edges(top: 1, bottom: 2, left: 0, right: 1))),
    of("nearest", [4, 5, 3], UpSampling2D(2)),
    of("bilinear", [4, 5, 3], UpSampling2D(2, .bilinear)),
    of("resized", [6, 7, 3], Resizing(height: 9, width: 4)),
    of("flatten", [6, 7, 4], Flatten(), Dense(3)),
    of("reshape", [6, 4, 2], Reshape([4, 12])),
    of("permuted", [6, 7, 4], Permute([2, 0, 1])),
    of("vector_to_map", [8], Dense(6), Reshape([1, 1, 6]), Dense(4)),
    of("dropout", [6, 7, 4], Dropout(0.5)),
  ]

  private static let activations: [Case] =
    [
      Activation.relu, .relu6, .leakyRelu(slope: 0.2), .elu(alpha: 1.5), .selu, .tanh, .sigmoid,
      .hardSigmoid(), .hardSigmoid(slope: 0.2), .swish, .hardSwish, .gelu, .geluTanh, .softplus,
      .softsign, .exponential, .mish, .softmax,
    ].enumerated().map { of("activation\($0)", [5, 6, 4], ActivationLayer($1)) }
    + [
      of("softmax", [9], ActivationLayer(.softmax)),
      of(
        "rectifier", [5, 6, 4], ReLU(Rectifier(threshold: 0.3, largest: 0.9, slope: 0.1))),
      of("prelu", [5, 6, 4], PReLU(sharedAxes: [0])),
    ]

  private static let merging: [Case] = [
    merging("sum", Add(), 3), merging("product", Multiply(), 2), merging("most", Maximum(), 2),
    merging("least", Minimum(), 2), merging("joined", Concatenate(), 2),
    merging("joined_rows", Concatenate(axis: 0), 2),
    Case(description: "gate") {
      var network = Network(input: [6, 7, 4])
      let pooled = try network.add(
        "pool", GlobalAveragePooling2D(keepsDimensions: true), to: network.input)
      let gate = try network.add("gate", Dense(4, activation: .sigmoid), to: pooled)
      try network.add("product", Multiply(), to: gate, network.input)
      return network
    },
  ]

  private static func merging(_ name: String, _ layer: any Layer, _ count: Int) -> Case {
    Case(description: name) {
      var network = Network(input: [6, 7, 4])
      let inputs = try (0..<count).map {
        try network.add("branch\($0)", Convolution2D(4, kernel: 1), to: network.input)
      }
      try network.add(name, layer, to: inputs)
      return network
    }
  }
}
