import NeuralNetworks
import TensorKernels

extension Convolution: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      Self.kind,
      [
        "filters": .int(filters), "kernel_size": Space.keras(kernel),
        "strides": Space.keras(stride),
        "padding": isCausal ? .string("causal") : try padding.keras(),
        "data_format": .string("channels_last"), "dilation_rate": Space.keras(dilation),
        "groups": .int(groups), "use_bias": .bool(hasBias), "activation": try activation.keras(),
      ]
    )
  }
}

extension ConvolutionLayer {
  /// Whether its padding is what Keras calls causal.
  var isCausal: Bool {
    let (kernel, dilation) = (Space.extent(kernel).width, Space.extent(dilation).width)
    return Space.count == 1 && padding != .valid
      && padding == .causal(kernel: kernel, dilation: dilation)
  }
}

extension Convolution2D {
  init(_ layer: KerasConfiguration) throws(LayerError) {
    self.init(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels),
      kernel: try layer.kernelExtent(), stride: try layer.extent("strides", "subsample", else: 1),
      padding: try layer.padding(),
      dilation: try layer.extent("dilation_rate", "atrous_rate", else: 1),
      groups: try layer.whole("groups", within: KerasConfiguration.channels, else: 1),
      bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
  }
}

extension DepthwiseConvolution2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      "DepthwiseConv2D",
      [
        "kernel_size": kernel.keras, "strides": stride.keras, "padding": try padding.keras(),
        "data_format": .string("channels_last"), "dilation_rate": dilation.keras,
        "depth_multiplier": .int(multiplier), "use_bias": .bool(hasBias),
        "activation": try activation.keras(),
      ]
    )
  }

  init(_ layer: KerasConfiguration) throws(LayerError) {
    self.init(
      kernel: try layer.kernelExtent(), stride: try layer.extent("strides", "subsample", else: 1),
      padding: try layer.padding(), dilation: try layer.extent("dilation_rate", else: 1),
      multiplier: try layer.multiplier(), bias: try layer.flag("use_bias", "bias", else: true),
      activation: try layer.activation())
  }
}

extension SeparableConvolution2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      "SeparableConv2D",
      [
        "filters": .int(filters), "kernel_size": kernel.keras, "strides": stride.keras,
        "padding": try padding.keras(), "data_format": .string("channels_last"),
        "dilation_rate": dilation.keras, "depth_multiplier": .int(multiplier),
        "use_bias": .bool(hasBias), "activation": try activation.keras(),
      ]
    )
  }

  init(_ layer: KerasConfiguration) throws(LayerError) {
    self.init(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels),
      kernel: try layer.kernelExtent(), stride: try layer.extent("strides", "subsample", else: 1),
      padding: try layer.padding(), dilation: try layer.extent("dilation_rate", else: 1),
      multiplier: try layer.multiplier(), bias: try layer.flag("use_bias", "bias", else: true),
      activation: try layer.activation())
  }
}

extension Convolution1D {
  init(_ layer: KerasConfiguration) throws(LayerError) {
    let kernel = try layer.length("kernel_size", "filter_length")
    let dilation = try layer.length("dilation_rate", "atrous_rate", else: 1)
    let isCausal = try layer.text("padding", "border_mode", else: "valid") == "causal"
    self.init(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels), kernel: kernel,
      stride: try layer.length("strides", "subsample_length", "subsample", else: 1),
      padding: isCausal ? .causal(kernel: kernel, dilation: dilation) : try layer.padding(),
      dilation: dilation,
      groups: try layer.whole("groups", within: KerasConfiguration.channels, else: 1),
      bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
  }
}

extension Convolution3D {
  init(_ layer: KerasConfiguration) throws(LayerError) {
    var kernel: Extent
    if layer.value(["kernel_size"]) == nil {
      func side(_ axis: Int) throws(LayerError) -> Int {
        try layer.whole("kernel_dim\(axis)", within: KerasConfiguration.sides)
      }
      kernel = Extent(depth: try side(1), height: try side(2), width: try side(3))
    } else {
      kernel = try layer.volume("kernel_size")
    }
    self.init(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels), kernel: kernel,
      stride: try layer.volume("strides", "subsample", else: .cube(1)),
      padding: try layer.padding(), dilation: try layer.volume("dilation_rate", else: .cube(1)),
      groups: try layer.whole("groups", within: KerasConfiguration.channels, else: 1),
      bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
  }
}

extension Dense: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      "Dense",
      ["units": .int(units), "use_bias": .bool(hasBias), "activation": try activation.keras()]
    )
  }

  init(_ layer: KerasConfiguration) throws(LayerError) {
    self.init(
      try layer.whole("units", "output_dim", within: KerasConfiguration.channels),
      bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
  }
}

extension KerasConfiguration {
  /// The window of an image: one setting since Keras 2, two before.
  func kernelExtent() throws(LayerError) -> Extent {
    if value(["kernel_size"]) == nil, value(["nb_row", "nb_col"]) != nil {
      return Extent(
        height: try whole("nb_row", within: Self.sides),
        width: try whole("nb_col", within: Self.sides))
    }
    return try extent("kernel_size")
  }

  fileprivate func multiplier() throws(LayerError) -> Int {
    try whole("depth_multiplier", within: Self.sides, else: 1)
  }
}

extension KerasLayerTable {
  /// Layers with kernels.
  static func kernels(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "Conv2D", "Convolution2D", "AtrousConv2D", "AtrousConvolution2D":
      return KerasRecipe(try Convolution2D(layer))
    case "DepthwiseConv2D", "DepthwiseConvolution2D":
      return KerasRecipe(try DepthwiseConvolution2D(layer))
    case "SeparableConv2D", "SeparableConvolution2D":
      return KerasRecipe(try SeparableConvolution2D(layer))
    case "Conv1D", "Convolution1D", "AtrousConv1D", "AtrousConvolution1D":
      return KerasRecipe(
        try Convolution1D(layer), storage: layer.version == 1 ? .withSecondAxis : .same)
    case "Conv3D", "Convolution3D": return KerasRecipe(try Convolution3D(layer))
    case "DepthwiseConv1D", "SeparableConv1D", "SeparableConvolution1D":
      return try onRows(layer, inputs)
    case "Dense": return try dense(layer, inputs)
    default: return nil
    }
  }

  /// A dense layer maps the innermost axis: of anything but a vector that is a convolution with a
  /// window of one position.
  private static func dense(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe
  {
    let dense = try Dense(layer)
    let (units, bias, activation) = (dense.units, dense.hasBias, dense.activation)
    switch inputs.first?.rank ?? 1 {
    case 1: return KerasRecipe(dense)
    case 2:
      return KerasRecipe(
        Convolution1D(units, kernel: 1, bias: bias, activation: activation),
        storage: .withoutLeading(1))
    case 3:
      return KerasRecipe(
        Convolution2D(units, kernel: 1, bias: bias, activation: activation),
        storage: .withoutLeading(2))
    default:
      return KerasRecipe(
        Convolution3D(units, kernel: .cube(1), bias: bias, activation: activation),
        storage: .withoutLeading(3))
    }
  }

  /// Depthwise and separable convolutions of a sequence, as those of an image of one row.
  private static func onRows(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe
  {
    let kernel = Extent.length(try layer.length("kernel_size"))
    let stride = try layer.length("strides", else: 1)
    let dilation = Extent.length(try layer.length("dilation_rate", else: 1))
    let multiplier = try layer.multiplier()
    let bias = try layer.flag("use_bias", else: true)
    let activation = try layer.activation()
    let isCausal = try layer.text("padding", else: "valid") == "causal"
    let padding: Padding =
      isCausal
      ? .causal(kernel: kernel.width, dilation: dilation.width) : try layer.padding()
    // The only row is never left: with a window and a step of one row any height will do.
    let step = Extent(height: 1, width: stride)
    if layer.className.hasPrefix("Depthwise") {
      let depthwise = DepthwiseConvolution2D(
        kernel: kernel, stride: step, padding: padding, dilation: dilation,
        multiplier: multiplier, bias: bias, activation: activation)
      return try asRow(depthwise, inputs, storage: .withoutLeading(1))
    }
    let separable = SeparableConvolution2D(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels),
      kernel: kernel, stride: step, padding: padding, dilation: dilation, multiplier: multiplier,
      bias: bias, activation: activation)
    return try asRow(separable, inputs, storage: .withoutLeading(1))
  }
}
