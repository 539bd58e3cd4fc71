import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers without weights that map each value. `Activation.described` is the way back.
  static let activations: [KerasLayerClass] = [
    KerasLayerClass(reads: "Activation") { settings throws(LayerError) in
      KerasRecipe(ActivationLayer(try settings.activation()))
    },
    KerasLayerClass("ReLU", as: ReLU(Rectifier()), [.rectifier]) { layer, _ throws(LayerError) in
      try rectifier(layer)
    },
    KerasLayerClass(reads: "ThresholdedReLU") { settings throws(LayerError) in
      KerasRecipe(ReLU(Rectifier(threshold: try settings.number(["theta"], else: 1))))
    },
    KerasLayerClass("PReLU", as: PReLU(), stores: [KerasVariable("alpha")], [.sharedAxes]),
    KerasLayerClass(reads: "LeakyReLU") { settings throws(LayerError) in
      try leaky(try settings.number(["negative_slope", "alpha"], else: 0.3))
    },
    KerasLayerClass(reads: "ELU") { settings throws(LayerError) in
      let alpha = try settings.number(["alpha"], else: 1)
      guard alpha > 0 else { throw LayerError("has the alpha \(alpha), expected more than 0") }
      return KerasRecipe(ActivationLayer(.elu(alpha: alpha)))
    },
    KerasLayerClass(reads: "Softmax") { settings throws(LayerError) in
      if let (_, axis) = settings.value(["axis"]), axis.int != -1 {
        throw LayerError("has the axis \(axis.brief), and only the last, -1, is read")
      }
      return KerasRecipe(ActivationLayer(.softmax))
    },
  ]

  /// The usual rectifiers are activations, which others can swallow.
  private static func rectifier(_ layer: ReLU) throws(LayerError) -> KerasRecipe {
    let rectifier = layer.rectifier
    guard rectifier.threshold == 0 else { return KerasRecipe(layer) }
    guard let largest = rectifier.largest else {
      return rectifier.slope < 0 ? KerasRecipe(layer) : try leaky(rectifier.slope)
    }
    guard rectifier.slope == 0, largest > 0 else { return KerasRecipe(layer) }
    if largest == 6 { return KerasRecipe(ActivationLayer(.relu6)) }
    return .chain([
      ("scale", Scale(6 / largest)), ("relu6", ActivationLayer(.relu6)), ("", Scale(largest / 6)),
    ])
  }

  private static func leaky(_ slope: Float) throws(LayerError) -> KerasRecipe {
    guard slope >= 0 else { throw LayerError("has the slope \(slope), expected 0 or more") }
    return KerasRecipe(ActivationLayer(slope == 0 ? .relu : .leakyRelu(slope: slope)))
  }
}

extension KerasField<ReLU> {
  fileprivate static var rectifier: KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.rectifier = Rectifier(
        threshold: try settings.number(["threshold"], else: 0),
        largest: settings.value(["max_value"]) == nil ? nil : try settings.number(["max_value"]),
        slope: try settings.number(["negative_slope"], else: 0))
    } write: { layer, description in
      description.settings["threshold"] = .float(layer.rectifier.threshold)
      description.settings["max_value"] = layer.rectifier.largest.map(JSONValue.float) ?? .null
      description.settings["negative_slope"] = .float(layer.rectifier.slope)
    }
  }
}

extension KerasField<PReLU> {
  /// Keras counts the batch axis.
  fileprivate static var sharedAxes: KerasField {
    KerasField { settings, layer throws(LayerError) in
      let rank = settings.inputs.first?.rank ?? 0
      let axes = settings.value(["shared_axes"])?.value.list ?? []
      var shared: Set<Int> = []
      for axis in axes {
        guard let number = axis.int, (-rank...rank).contains(number), number != 0 else {
          throw LayerError("has \(axis.brief) among its shared_axes for an input of \(rank) axes")
        }
        shared.insert(number < 0 ? rank + number : number - 1)
      }
      layer.sharedAxes = shared.sorted()
    } write: { layer, description in
      description.settings["shared_axes"] = .list(layer.sharedAxes.map { .int($0 + 1) })
    }
  }
}
