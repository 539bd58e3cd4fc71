import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers with kernels.
  static let kernels: [KerasLayerClass] = [
    KerasLayerClass(
      "Conv2D", "Convolution2D", "AtrousConv2D", "AtrousConvolution2D",
      as: Convolution2D(1, kernel: 1), stores: .kernelAndBias,
      [
        .filters(\.filters), .kernel(\.kernel), .strides(\.stride), .padding(\.padding),
        .dilation(\.dilation), .groups(\.groups), .bias(\.hasBias), .activation(\.activation),
        .channelsLast,
      ]),
    KerasLayerClass(
      "DepthwiseConv2D", "DepthwiseConvolution2D",
      as: DepthwiseConvolution2D(kernel: 1), stores: .depthwiseAndBias,
      [
        .kernel(\.kernel), .strides(\.stride), .padding(\.padding), .dilation(\.dilation),
        .multiplier(\.multiplier), .bias(\.hasBias), .activation(\.activation), .channelsLast,
      ]
    )
    .alsoWriting { (_: LayerScale) in DepthwiseConvolution2D(kernel: 1, bias: false) },
    KerasLayerClass(
      "SeparableConv2D", "SeparableConvolution2D",
      as: SeparableConvolution2D(1, kernel: 1), stores: .separableAndBias,
      [
        .filters(\.filters), .kernel(\.kernel), .strides(\.stride), .padding(\.padding),
        .dilation(\.dilation), .multiplier(\.multiplier), .bias(\.hasBias),
        .activation(\.activation), .channelsLast,
      ]),
    KerasLayerClass(
      "Conv1D", "Convolution1D", "AtrousConv1D", "AtrousConvolution1D",
      as: Convolution1D(1, kernel: 1), stores: .kernelAndBias,
      [
        .length, .filters(\.filters), .groups(\.groups), .bias(\.hasBias),
        .activation(\.activation), .channelsLast,
      ]
    ) { layer, settings in
      KerasRecipe(layer, storage: settings.version == 1 ? .withSecondAxis : .same)
    },
    KerasLayerClass(
      "Conv3D", "Convolution3D", as: Convolution3D(1, kernel: 1), stores: .kernelAndBias,
      [
        .kernel(\.kernel, axes: 3), .filters(\.filters), .strides(\.stride, axes: 3),
        .padding(\.padding), .dilation(\.dilation, axes: 3), .groups(\.groups), .bias(\.hasBias),
        .activation(\.activation), .channelsLast,
      ]),
    KerasLayerClass(
      "Dense", as: Dense(1), stores: .kernelAndBias,
      [
        .whole("units", "output_dim", in: \.units, within: KerasSettings.channels),
        .bias(\.hasBias), .activation(\.activation),
      ]),
    KerasLayerClass(
      "Conv2DTranspose", "Convolution2DTranspose", "Deconvolution2D",
      as: TransposedConvolution2D(1, kernel: 1), stores: .kernelAndBias,
      [
        .noOutputPadding(since: 2), .filters(\.filters), .kernel(\.kernel), .strides(\.stride),
        .keywordPadding(\.padding), .dilation(\.dilation), .bias(\.hasBias),
        .activation(\.activation), .channelsLast,
      ]),
    KerasLayerClass(
      "LocallyConnected2D", as: LocallyConnected2D(1, kernel: 1),
      [
        .local, .filters(\.filters), .kernel(\.kernel), .strides(\.stride), .bias(\.hasBias),
        .activation(\.activation), .channelsLast, .constant("implementation", .int(1)),
      ]),
  ]
}

extension KerasField<Convolution1D> {
  /// Window, step, padding and dilation of a sequence, which Keras can be told is causal.
  fileprivate static var length: KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.kernel = try settings.kernel(axes: 1).width
      layer.stride = try settings.strides(axes: 1).width
      layer.padding = try settings.sequencePadding()
      layer.dilation = try settings.dilation(axes: 1).width
    } write: { layer, description throws(LayerError) in
      for (name, value) in [
        ("kernel_size", layer.kernel), ("strides", layer.stride), ("dilation_rate", layer.dilation),
      ] { description.settings[name] = .list([.int(value)]) }
      let causal = Padding.causal(kernel: layer.kernel, dilation: layer.dilation)
      guard layer.padding == causal else {
        return try KerasField.padding(\.padding).write(layer, &description)
      }
      description.settings["padding"] = .string("causal")
    }
  }
}

extension KerasField {
  /// What a transposed convolution must not be asked for.
  /// - Parameter version: of Keras that came before this one fixed its output's shape.
  static func noOutputPadding(since version: Int = 1) -> KerasField {
    demand("output_padding", .null) { settings throws(LayerError) in
      if settings.version < version {
        throw LayerError("is of Keras 1, which fixed its output's shape; that is not read")
      }
      if let (name, value) = settings.value(["output_padding"]) {
        throw LayerError("has \(value.brief) for \(name), and only none is read")
      }
    }
  }

  /// How a locally connected layer is read: without padding, its kernel as it is here.
  static var local: KerasField {
    demand("padding", .string("valid")) { settings throws(LayerError) in
      guard try settings.padding() == .valid else { throw LayerError("pads, which is not read") }
      if let (name, value) = settings.value(["implementation"]), value.int != 1 {
        throw LayerError(
          "stores its kernel in the way \(value.brief) of \(name), and only 1 is read")
      }
    }
  }
}
