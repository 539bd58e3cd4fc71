import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers that scale and shift, or drop.
  static let scaling: [KerasLayerClass] = [
    KerasLayerClass(
      "BatchNormalization", "SyncBatchNormalization", as: BatchNormalization(),
      stores: .scaleAndCenter + [KerasVariable("moving_mean"), KerasVariable("moving_variance")],
      [
        .lastAxis, .number("epsilon", \.epsilon, else: 1e-3),
        .number("momentum", \.momentum, else: 0.99),
        .flag("scale", in: \.hasScale, else: true), .flag("center", in: \.hasCenter, else: true),
      ]
    ) { layer, _ throws(LayerError) in
      guard layer.epsilon >= 0, (0...1).contains(layer.momentum) else {
        throw LayerError(
          "has the epsilon \(layer.epsilon) and the momentum \(layer.momentum), expected 0 or more "
            + "and 0 to 1")
      }
      return KerasRecipe(layer)
    },
    KerasLayerClass(
      "Normalization", as: Normalization(),
      stores: [KerasVariable("mean"), KerasVariable("variance"), KerasVariable("count")],
      [.constant("axis", .list([.int(-1)])), .constant("invert", .bool(false))]
    ) { _, settings throws(LayerError) in
      try normalization(settings)
    },
    KerasLayerClass(
      "Rescaling", as: Rescaling(scale: [1]),
      [.numbers("scale", \.scale), .numbers("offset", \.offset, else: [0])]
    ) { layer, _ in
      .affine(layer.scale, layer.offset)
    }
    .alsoWriting { (scale: Scale) in Rescaling(scale: [scale.factor]) },
    KerasLayerClass("Dropout", as: Dropout(0), [.rate("rate", "p"), .noise]) { layer, settings in
      KerasRecipe(layer, note: settings.noise.note)
    },
    // Keras has it for its ConvNeXt alone and finds it only there, so it is written as a depthwise
    // convolution with a window of one position.
    KerasLayerClass(
      reads: "LayerScale", as: LayerScale(), stores: [KerasVariable("gamma")],
      [.number("init_values", \.initialValue, else: 1e-6)]
    ) { layer, _ in
      KerasRecipe(layer)
    },
    KerasLayerClass(
      reads: "StochasticDepth", as: Dropout(0, noise: .example), [.rate("drop_path_rate")]
    ) { layer, _ in
      KerasRecipe(layer)
    },
    KerasLayerClass(
      reads: "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
      as: Dropout(0, noise: .channel), [.rate("rate", "p")]
    ) { layer, _ in
      KerasRecipe(layer)
    },
  ]

  private static func normalization(_ settings: KerasSettings) throws(LayerError) -> KerasRecipe {
    let isInverse = try settings.flag(["invert"], else: false)
    guard settings.value(["mean"]) != nil else {
      if isInverse { throw LayerError("undoes a normalisation (invert), which is not read") }
      guard let (_, axes) = settings.value(["axis"]), axes.list?.isEmpty != true else {
        throw LayerError("has one number for all channels (axis None), which is not read")
      }
      try settings.requireLastAxis()
      return KerasRecipe(Normalization())
    }
    // With numbers of its own it has no weights: (x − mean) / max(√variance, 1e-7).
    let mean = try settings.numbers("mean")
    let variance = try settings.numbers("variance")
    if let negative = variance.first(where: { $0 < 0 }) {
      throw LayerError("has the variance \(negative), expected 0 or more")
    }
    let deviation = variance.map { max($0.squareRoot(), 1e-7) }
    guard deviation.count == mean.count else {
      throw LayerError("has \(mean.count) means and \(deviation.count) variances")
    }
    if mean.count > 1 { try settings.requireLastAxis() }
    let scale = isInverse ? deviation : deviation.map { 1 / $0 }
    let offset = isInverse ? mean : zip(mean, scale).map { -$0 * $1 }
    return .affine(scale, offset)
  }
}

extension KerasRecipe {
  /// scale · x + offset.
  static func affine(_ scale: [Float], _ offset: [Float]) -> KerasRecipe {
    scale.count == 1 && offset == [0]
      ? KerasRecipe(Scale(scale[0])) : KerasRecipe(Rescaling(scale: scale, offset: offset))
  }
}

extension KerasField {
  /// One number, or one for each channel.
  fileprivate static func numbers(
    _ name: String, _ path: Path<[Float]>, else standard: [Float]? = nil
  )
    -> KerasField
  {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.numbers(name, else: standard)
    } write: { layer, description in
      let values = layer[keyPath: path]
      description.settings[name] =
        values.count == 1 ? .float(values[0]) : .list(values.map(JSONValue.float))
    }
  }

  /// The channels are what is normalised.
  fileprivate static var lastAxis: KerasField {
    demand("axis", .int(-1)) { settings throws(LayerError) in
      try settings.requireLastAxis()
      if let (_, mode) = settings.value(["mode"]), mode.int != 0 {
        throw LayerError("has the mode \(mode.brief), and only 0, over the examples, is read")
      }
    }
  }
}

extension KerasField<Dropout> {
  /// - Parameter names: that the setting has had, today's first.
  fileprivate static func rate(_ names: String...) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.rate = try settings.number(names, else: 0)
      guard layer.rate >= 0, layer.rate < 1 else {
        throw LayerError("has the rate \(layer.rate), expected 0 or more and less than 1")
      }
    } write: { layer, description in
      description.settings["rate"] = .float(layer.rate)
    }
  }

  fileprivate static var noise: KerasField {
    KerasField { settings, layer in
      layer.noise = settings.noise.noise
    } write: { layer, description in
      let rank = description.rank
      switch layer.noise {
      case .element: break
      case .channel:
        if (2...4).contains(rank) { description.className = "SpatialDropout\(rank - 1)D" }
      case .example:
        let ones = [JSONValue](repeating: .int(1), count: rank)
        description.settings["noise_shape"] = .list([.null] + ones)
      }
    }
  }
}

extension KerasSettings {
  /// What a dropout drops together, and what has to be said about that.
  fileprivate var noise: (noise: Dropout.Noise, note: String?) {
    guard let (_, value) = value(["noise_shape"]), let shape = value.list, shape.count > 1 else {
      return (.element, nil)
    }
    let rest = shape.dropFirst()
    if rest.allSatisfy({ $0.int == 1 }) { return (.example, nil) }
    if rest.dropLast().allSatisfy({ $0.int == 1 }), rest.last?.int != 1 { return (.channel, nil) }
    let note = "drops values in groups of the shape \(value.brief); here each is dropped by itself"
    return (.element, note)
  }

  fileprivate func requireLastAxis() throws(LayerError) {
    guard let (_, value) = value(["axis"]) else { return }
    let axis = (value.list?.count == 1 ? value[0] : value)?.int
    // Keras counts the batch axis.
    guard axis == -1 || axis == inputs.first?.rank else {
      throw LayerError(
        "normalises along the axis \(value.brief), and only the last, the channels, is read; data "
          + "with channels first has to become channels last")
    }
  }
}
