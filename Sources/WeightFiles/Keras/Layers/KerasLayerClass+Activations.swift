import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers without weights that map each value. `Activation.described` is the way back.
  static let activations: [KerasLayerClass] = [
    KerasLayerClass(reads: "Activation") { settings throws(LayerError) in
      KerasRecipe(ActivationLayer(try settings.activation()))
    },
    KerasLayerClass(reads: "ReLU") { settings throws(LayerError) in try rectifier(settings) },
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

  /// f(x) = max_value for x ≥ max_value, x down to the threshold, negative_slope · x below.
  private static func rectifier(_ settings: KerasSettings) throws(LayerError) -> KerasRecipe {
    let slope = try settings.number(["negative_slope"], else: 0)
    let threshold = try settings.number(["threshold"], else: 0)
    guard threshold == 0 else {
      throw LayerError("has the threshold \(threshold), and only 0 is read")
    }
    guard settings.value(["max_value"]) != nil else { return try leaky(slope) }
    let largest = try settings.number(["max_value"])
    guard slope == 0, largest > 0 else {
      throw LayerError(
        "has the slope \(slope) and the largest value \(largest), and only a slope of 0 with a "
          + "positive largest value is read")
    }
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
