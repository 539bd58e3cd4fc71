import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers that move values.
  static let structure: [KerasLayerClass] = [
    KerasLayerClass("Flatten", as: Flatten(), [.channelsLast]),
    KerasLayerClass("Reshape", as: Reshape([1]), [.targetShape]),
    KerasLayerClass("Permute", as: Permute([0]), [.order]),
    KerasLayerClass(reads: KerasModelConfiguration.Layer.channelOrder) {
      settings throws(LayerError) in try reordering(settings)
    },
    // Where a model begins; it is never called.
    KerasLayerClass("InputLayer", as: Input(shape: [1]), [.batchShape]) { _, _ throws(LayerError) in
      throw LayerError(unsupported)
    },
  ]

  /// Channels in another order, by a pointwise kernel of zeros and ones.
  private static func reordering(_ settings: KerasSettings) throws(LayerError) -> KerasRecipe {
    let order = settings.values["order"]?.list?.compactMap(\.int) ?? []
    let input = settings.inputs[0]
    let channels = input.channels
    guard input.rank == 3, channels <= 64, order.sorted() == Array(0..<channels) else {
      throw LayerError("does not fit an input of \(input)")
    }
    var kernel = [Float](repeating: 0, count: channels * channels)
    for (output, source) in order.enumerated() { kernel[source * channels + output] = 1 }
    return KerasRecipe(steps: [
      .init(
        layer: Convolution2D(channels, kernel: 1, bias: false), reads: [.input(0)],
        kernel: Tensor([1, 1, channels, channels], kernel))
    ])
  }
}

extension KerasField<Input> {
  fileprivate static var batchShape: KerasField {
    KerasField { _, _ in
    } write: { layer, description in
      description.settings["batch_input_shape"] =
        .list([.null] + layer.shape.dimensions.map(JSONValue.int))
    }
  }
}

extension KerasField<Permute> {
  /// Keras counts the batch axis.
  fileprivate static var order: KerasField {
    KerasField { settings, layer throws(LayerError) in
      let rank = settings.inputs.first?.rank ?? 1
      layer.order = try settings.wholes(["dims"], count: rank, within: 1...rank).map { $0 - 1 }
    } write: { layer, description in
      description.settings["dims"] = .list(layer.order.map { .int($0 + 1) })
    }
  }
}

extension KerasField<Reshape> {
  fileprivate static var targetShape: KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.shape = try settings.targetShape()
    } write: { layer, description in
      description.settings["target_shape"] = .list(layer.shape.dimensions.map(JSONValue.int))
    }
  }
}

extension KerasSettings {
  /// The shape to be taken, in which one −1 stands for what is left.
  fileprivate func targetShape() throws(LayerError) -> Shape {
    guard let list = value(["target_shape", "dims"])?.value.list, let input = inputs.first,
      (1...4).contains(list.count)
    else { throw LayerError("has no target_shape of one to four axes") }
    var sides: [Int] = []
    for item in list {
      guard let side = item.int, side == -1 || (1...input.count).contains(side) else {
        throw LayerError("has \(item.brief) in target_shape for an input of \(input)")
      }
      sides.append(side)
    }
    var known = 1
    for side in sides where side > 0 {
      let (product, isTooLarge) = known.multipliedReportingOverflow(by: side)
      guard !isTooLarge else { throw LayerError("has too large a target_shape") }
      known = product
    }
    let open = sides.filter { $0 == -1 }.count
    guard open <= 1, open == 0 ? known == input.count : input.count % known == 0 else {
      throw LayerError(
        "cannot make an input of \(input) into \(Shape(sides)); was the model built for another "
          + "image size?")
    }
    return Shape(sides.map { $0 == -1 ? input.count / known : $0 })
  }
}
