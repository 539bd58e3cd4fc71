import NeuralNetworks
import TensorKernels

extension TransposedConvolution2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      "Conv2DTranspose",
      [
        "filters": .int(filters), "kernel_size": kernel.keras, "strides": stride.keras,
        "padding": try padding.keras(), "output_padding": .null,
        "data_format": .string("channels_last"), "dilation_rate": dilation.keras,
        "use_bias": .bool(hasBias), "activation": try activation.keras(),
      ]
    )
  }

  init(_ layer: KerasConfiguration) throws(LayerError) {
    if layer.version == 1 {
      throw LayerError("is of Keras 1, which fixed its output's shape; that is not read")
    }
    if let (name, value) = layer.value(["output_padding"]) {
      throw LayerError("has \(value.brief) for \(name), and only none is read")
    }
    self.init(
      try layer.whole("filters", within: KerasConfiguration.channels),
      kernel: try layer.extent("kernel_size"), stride: try layer.extent("strides", else: 1),
      padding: try layer.padding(), dilation: try layer.extent("dilation_rate", else: 1),
      bias: try layer.flag("use_bias", else: true), activation: try layer.activation())
  }
}

extension LocallyConnected2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (
      "LocallyConnected2D",
      [
        "filters": .int(filters), "kernel_size": kernel.keras, "strides": stride.keras,
        "padding": .string("valid"), "data_format": .string("channels_last"),
        "use_bias": .bool(hasBias), "activation": try activation.keras(),
        "implementation": .int(1),
      ]
    )
  }

  init(_ layer: KerasConfiguration) throws(LayerError) {
    try layer.requireLocal()
    self.init(
      try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels),
      kernel: try layer.kernelExtent(), stride: try layer.extent("strides", "subsample", else: 1),
      bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
  }
}

extension KerasConfiguration {
  fileprivate func requireLocal() throws(LayerError) {
    guard try padding() == .valid else { throw LayerError("pads, which is not read") }
    if let (name, value) = value(["implementation"]), value.int != 1 {
      throw LayerError("stores its kernel in the way \(value.brief) of \(name), and only 1 is read")
    }
  }
}

extension KerasLayerTable {
  /// Transposed convolutions and locally connected layers.
  static func localKernels(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "Conv2DTranspose", "Convolution2DTranspose", "Deconvolution2D":
      return KerasRecipe(try TransposedConvolution2D(layer))
    case "LocallyConnected2D": return KerasRecipe(try LocallyConnected2D(layer))
    case "LocallyConnected1D":
      try layer.requireLocal()
      let local = LocallyConnected2D(
        try layer.whole("filters", "nb_filter", within: KerasConfiguration.channels),
        kernel: .length(try layer.length("kernel_size", "filter_length")),
        stride: Extent(
          height: 1, width: try layer.length("strides", "subsample_length", else: 1)),
        bias: try layer.flag("use_bias", "bias", else: true), activation: try layer.activation())
      return try asRow(local, inputs, storage: .biasWithoutLeading)
    case "Conv1DTranspose":
      if let (name, value) = layer.value(["output_padding"]) {
        throw LayerError("has \(value.brief) for \(name), and only none is read")
      }
      let transposed = TransposedConvolution2D(
        try layer.whole("filters", within: KerasConfiguration.channels),
        kernel: .length(try layer.length("kernel_size")),
        stride: Extent(height: 1, width: try layer.length("strides", else: 1)),
        padding: try layer.padding(),
        dilation: .length(try layer.length("dilation_rate", else: 1)),
        bias: try layer.flag("use_bias", else: true), activation: try layer.activation())
      return try asRow(transposed, inputs, storage: .withoutLeading(1))
    default: return nil
    }
  }
}
