import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers of sequences that are layers of images on an image of one row here.
  static let rows: [KerasLayerClass] = [
    // The only row is never left: with a window and a step of one row any height will do.
    KerasLayerClass(
      reads: "DepthwiseConv1D", as: DepthwiseConvolution2D(kernel: 1), stores: .depthwiseAndBias,
      [
        .kernel(\.kernel, axes: 1), .strides(\.stride, axes: 1), .dilation(\.dilation, axes: 1),
        .multiplier(\.multiplier), .bias(\.hasBias), .activation(\.activation),
        .sequencePadding(\.padding),
      ]
    ) { layer, settings throws(LayerError) in
      try .asRow(layer, settings.inputs, storage: .withoutLeading(1))
    },
    KerasLayerClass(
      reads: "SeparableConv1D", "SeparableConvolution1D",
      as: SeparableConvolution2D(1, kernel: 1), stores: .separableAndBias,
      [
        .kernel(\.kernel, axes: 1), .strides(\.stride, axes: 1), .dilation(\.dilation, axes: 1),
        .multiplier(\.multiplier), .bias(\.hasBias), .activation(\.activation),
        .sequencePadding(\.padding), .filters(\.filters),
      ]
    ) { layer, settings throws(LayerError) in
      try .asRow(layer, settings.inputs, storage: .withoutLeading(1))
    },
    KerasLayerClass(
      reads: "Conv1DTranspose", as: TransposedConvolution2D(1, kernel: 1), stores: .kernelAndBias,
      [
        .noOutputPadding(), .filters(\.filters), .kernel(\.kernel, axes: 1),
        .strides(\.stride, axes: 1), .keywordPadding(\.padding), .dilation(\.dilation, axes: 1),
        .bias(\.hasBias), .activation(\.activation),
      ]
    ) { layer, settings throws(LayerError) in
      try .asRow(layer, settings.inputs, storage: .withoutLeading(1))
    },
    KerasLayerClass(
      reads: "LocallyConnected1D", as: LocallyConnected2D(1, kernel: 1),
      [
        .local, .filters(\.filters), .kernel(\.kernel, axes: 1), .strides(\.stride, axes: 1),
        .bias(\.hasBias), .activation(\.activation),
      ]
    ) { layer, settings throws(LayerError) in
      try .asRow(layer, settings.inputs, storage: .biasWithoutLeading)
    },
    KerasLayerClass(
      reads: "UpSampling1D", as: UpSampling2D(1),
      [
        .extent("size", \.factor, axes: 1) { settings throws(LayerError) in
          try settings.extent(["size", "length"], axes: 1, else: .length(2))
        }
      ]
    ) { layer, settings throws(LayerError) in
      try .asRow(layer, settings.inputs)
    },
    KerasLayerClass(reads: "ZeroPadding1D") { settings throws(LayerError) in
      let (left, right) = try settings.border("padding")
      return left + right == 0
        ? .passing()
        : try .asRow(ZeroPadding2D(Edges(left: left, right: right)), settings.inputs)
    },
    KerasLayerClass(reads: "Cropping1D") { settings throws(LayerError) in
      let (left, right) = try settings.border("cropping")
      return try .asRow(Cropping2D(Edges(left: left, right: right)), settings.inputs)
    },
  ]
}
