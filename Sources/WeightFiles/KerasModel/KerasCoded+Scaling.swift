import Files
import NeuralNetworks
import TensorKernels

extension BatchNormalization: KerasCoded {
  func keras() -> KerasDescription {
    (
      "BatchNormalization",
      [
        "axis": .int(-1), "momentum": .float(momentum), "epsilon": .float(epsilon),
        "center": .bool(hasCenter), "scale": .bool(hasScale),
      ]
    )
  }
}

extension Normalization: KerasCoded {
  func keras() -> KerasDescription {
    ("Normalization", ["axis": .list([.int(-1)]), "invert": .bool(false)])
  }
}

extension Scale: KerasCoded {
  func keras() -> KerasDescription {
    ("Rescaling", ["scale": .float(factor), "offset": .float(0)])
  }
}

extension Rescaling: KerasCoded {
  func keras() -> KerasDescription {
    func numbers(_ values: [Float]) -> JSONValue {
      values.count == 1 ? .float(values[0]) : .list(values.map(JSONValue.float))
    }
    return ("Rescaling", ["scale": numbers(scale), "offset": numbers(offset)])
  }
}

extension Dropout {
  /// - Parameter rank: of what it reads, without the batch axis.
  func keras(rank: Int) -> KerasDescription {
    let rate = ["rate": JSONValue.float(rate)]
    switch noise {
    case .element: return ("Dropout", rate)
    case .channel where (2...4).contains(rank): return ("SpatialDropout\(rank - 1)D", rate)
    case .channel: return ("Dropout", rate)
    case .example:
      let ones = [JSONValue](repeating: .int(1), count: rank)
      return ("Dropout", rate.merging(["noise_shape": .list([.null] + ones)]) { old, _ in old })
    }
  }
}

extension KerasLayerTable {
  /// Layers that scale and shift, or drop.
  static func scaling(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "BatchNormalization", "SyncBatchNormalization": return try norm(layer, inputs)
    case "Normalization": return try normalization(layer, inputs)
    case "Rescaling":
      return affine(try layer.numbers("scale"), try layer.numbers("offset", else: [0]))
    case "Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D":
      return try dropout(layer)
    default: return nil
    }
  }

  private static func norm(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe
  {
    try requireLastAxis(layer, inputs)
    if let (_, mode) = layer.value(["mode"]), mode.int != 0 {
      throw LayerError("has the mode \(mode.brief), and only 0, over the examples, is read")
    }
    let epsilon = try layer.number("epsilon", else: 1e-3)
    let momentum = try layer.number("momentum", else: 0.99)
    guard epsilon >= 0, (0...1).contains(momentum) else {
      throw LayerError(
        "has the epsilon \(epsilon) and the momentum \(momentum), expected 0 or more and 0 to 1")
    }
    return KerasRecipe(
      BatchNormalization(
        epsilon: epsilon, momentum: momentum, scale: try layer.flag("scale", else: true),
        center: try layer.flag("center", else: true)))
  }

  private static func requireLastAxis(_ layer: KerasConfiguration, _ inputs: [Shape])
    throws(LayerError)
  {
    guard let (_, value) = layer.value(["axis"]) else { return }
    let axis = (value.list?.count == 1 ? value[0] : value)?.int
    // Keras counts the batch axis.
    guard axis == -1 || axis == inputs.first?.rank else {
      throw LayerError(
        "normalises along the axis \(value.brief), and only the last, the channels, is read; data "
          + "with channels first has to become channels last")
    }
  }

  private static func normalization(_ layer: KerasConfiguration, _ inputs: [Shape])
    throws(LayerError) -> KerasRecipe
  {
    let isInverse = try layer.flag("invert", else: false)
    guard layer.value(["mean"]) != nil else {
      try requireLastAxis(layer, inputs)
      guard !isInverse, layer.value(["axis"]) != nil else {
        throw LayerError(
          "undoes a normalisation or has one number for all channels, which is not read")
      }
      return KerasRecipe(Normalization())
    }
    // With numbers of its own it has no weights: (x − mean) / max(√variance, 1e-7).
    let mean = try layer.numbers("mean")
    let deviation = try layer.numbers("variance").map { max($0.squareRoot(), 1e-7) }
    guard deviation.count == mean.count else {
      throw LayerError("has \(mean.count) means and \(deviation.count) variances")
    }
    if mean.count > 1 { try requireLastAxis(layer, inputs) }
    let scale = isInverse ? deviation : deviation.map { 1 / $0 }
    let offset = isInverse ? mean : zip(mean, scale).map { -$0 * $1 }
    return affine(scale, offset)
  }

  /// scale · x + offset.
  static func affine(_ scale: [Float], _ offset: [Float]) -> KerasRecipe {
    scale.count == 1 && offset == [0]
      ? KerasRecipe(Scale(scale[0])) : KerasRecipe(Rescaling(scale: scale, offset: offset))
  }

  private static func dropout(_ layer: KerasConfiguration) throws(LayerError) -> KerasRecipe {
    let rate = try layer.number("rate", "p", else: 0)
    guard rate >= 0, rate < 1 else {
      throw LayerError("has the rate \(rate), expected 0 or more and less than 1")
    }
    if layer.className != "Dropout" { return KerasRecipe(Dropout(rate, noise: .channel)) }
    guard let (_, value) = layer.value(["noise_shape"]), let shape = value.list, shape.count > 1
    else { return KerasRecipe(Dropout(rate)) }
    let rest = shape.dropFirst()
    if rest.allSatisfy({ $0.int == 1 }) { return KerasRecipe(Dropout(rate, noise: .example)) }
    if rest.dropLast().allSatisfy({ $0.int == 1 }), rest.last?.int != 1 {
      return KerasRecipe(Dropout(rate, noise: .channel))
    }
    return KerasRecipe(
      Dropout(rate),
      note: "drops values in groups of the shape \(value.brief); here each is dropped by itself")
  }
}
