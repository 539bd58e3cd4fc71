import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers with several inputs.
  static let merging: [KerasLayerClass] = [
    KerasLayerClass("Add", as: Add(), takesList: true, []) { _, settings in
      .sum(settings.inputs.count)
    },
    KerasLayerClass("Multiply", as: Multiply(), takesList: true, []) {
      _, settings throws(LayerError) in try .product(settings.inputs.count)
    },
    KerasLayerClass(reads: "Subtract") { settings throws(LayerError) in
      try .difference(settings.inputs.count)
    },
    KerasLayerClass("Maximum", as: Maximum(), takesList: true, []) { layer, settings in
      .of(layer, settings.inputs.count)
    },
    KerasLayerClass("Minimum", as: Minimum(), takesList: true, []) { layer, settings in
      .of(layer, settings.inputs.count)
    },
    KerasLayerClass(reads: "Average") { settings in average(settings.inputs.count) },
    KerasLayerClass("Concatenate", as: Concatenate(), takesList: true, [.axis]) {
      layer, settings in KerasRecipe(layer, inputs: settings.inputs.count)
    },
    KerasLayerClass(reads: "CustomScaleLayer") { settings throws(LayerError) in
      try KerasRecipe.requireTwo(settings.inputs.count)
      // Keras's InceptionResNetV2: first + scale · second.
      return .sumOfTwo(scaling: try settings.number(["scale"]), suffix: "_scaled")
    },
    KerasLayerClass(reads: "Merge") { settings throws(LayerError) in try merge(settings) },
  ]

  private static func average(_ count: Int) -> KerasRecipe {
    if count == 1 { return .passing() }
    return KerasRecipe(steps: [
      .init(layer: Add(), reads: (0..<count).map { .input($0) }, suffix: "_sum"),
      .init(layer: Scale(1 / Float(count)), reads: [.step(0)]),
    ])
  }

  /// Keras 1 had one layer for all of them.
  private static func merge(_ settings: KerasSettings) throws(LayerError) -> KerasRecipe {
    let count = settings.inputs.count
    switch try settings.text(["mode"], else: "sum") {
    case "sum": return .sum(count)
    case "mul": return try .product(count)
    case "ave": return average(count)
    case "concat":
      return KerasRecipe(
        Concatenate(axis: try settings.concatenatedAxis("concat_axis")), inputs: count)
    case let mode: throw LayerError("has the mode '\(mode)', expected sum, mul, ave or concat")
    }
  }
}

extension KerasRecipe {
  static func sum(_ count: Int) -> KerasRecipe { .of(Add(), count) }

  /// A layer of several inputs; of one it passes on what it reads.
  fileprivate static func of(_ layer: any Layer, _ count: Int) -> KerasRecipe {
    count == 1 ? .passing() : KerasRecipe(layer, inputs: count)
  }

  static func product(_ count: Int) throws(LayerError) -> KerasRecipe {
    guard count >= 2 else { throw LayerError("reads \(count) inputs, expected 2 or more") }
    return KerasRecipe(
      steps: (1..<count).map { position in
        .init(
          layer: Multiply(),
          reads: [position == 1 ? .input(0) : .step(position - 2), .input(position)],
          suffix: position == count - 1 ? "" : "_\(position)")
      })
  }

  static func difference(_ count: Int) throws(LayerError) -> KerasRecipe {
    try requireTwo(count)
    return sumOfTwo(scaling: -1, suffix: "_negated")
  }

  fileprivate static func requireTwo(_ count: Int) throws(LayerError) {
    guard count == 2 else { throw LayerError("reads \(count) inputs, expected 2") }
  }

  /// The first input and the second times a factor.
  fileprivate static func sumOfTwo(scaling factor: Float, suffix: String) -> KerasRecipe {
    KerasRecipe(steps: [
      .init(layer: Scale(factor), reads: [.input(1)], suffix: suffix),
      .init(layer: Add(), reads: [.input(0), .step(0)]),
    ])
  }
}

extension KerasField<Concatenate> {
  fileprivate static var axis: KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.axis = try settings.concatenatedAxis("axis")
    } write: { layer, description in
      // Keras counts the batch axis.
      description.settings["axis"] = .int(layer.axis < 0 ? layer.axis : layer.axis + 1)
    }
  }
}

extension KerasSettings {
  /// Without the batch axis, which Keras counts.
  fileprivate func concatenatedAxis(_ name: String) throws(LayerError) -> Int {
    let axis = try whole([name], within: -8...8, else: -1)
    guard axis != 0 else { throw LayerError("joins examples (axis 0), which is not read") }
    return axis < 0 ? axis : axis - 1
  }
}
