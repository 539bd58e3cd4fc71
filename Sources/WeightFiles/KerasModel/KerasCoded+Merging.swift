import NeuralNetworks
import TensorKernels

extension Add: KerasCoded {
  func keras() -> KerasDescription { ("Add", [:]) }
}

extension Multiply: KerasCoded {
  func keras() -> KerasDescription { ("Multiply", [:]) }
}

extension Concatenate: KerasCoded {
  func keras() -> KerasDescription {
    // Keras counts the batch axis.
    ("Concatenate", ["axis": .int(axis < 0 ? axis : axis + 1)])
  }
}

extension KerasLayerTable {
  /// Layers with several inputs.
  static func merging(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    let count = inputs.count
    switch layer.className {
    case "Add": return sum(count)
    case "Multiply": return try product(count)
    case "Subtract": return try difference(count)
    case "Average": return average(count)
    case "Concatenate": return try concatenation(layer, count, "axis")
    case "CustomScaleLayer":
      // Keras's InceptionResNetV2: first + scale · second.
      guard count == 2 else { throw LayerError("reads \(count) inputs, expected 2") }
      return KerasRecipe(steps: [
        .init(layer: Scale(try layer.number("scale")), reads: [.input(1)], suffix: "_scaled"),
        .init(layer: Add(), reads: [.input(0), .step(0)]),
      ])
    case "Merge": return try merge(layer, count)
    default: return nil
    }
  }

  static func sum(_ count: Int) -> KerasRecipe {
    count == 1 ? .passing() : KerasRecipe(Add(), inputs: count)
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
    guard count == 2 else { throw LayerError("reads \(count) inputs, expected 2") }
    return KerasRecipe(steps: [
      .init(layer: Scale(-1), reads: [.input(1)], suffix: "_negated"),
      .init(layer: Add(), reads: [.input(0), .step(0)]),
    ])
  }

  static func average(_ count: Int) -> KerasRecipe {
    if count == 1 { return .passing() }
    return KerasRecipe(steps: [
      .init(layer: Add(), reads: (0..<count).map { .input($0) }, suffix: "_sum"),
      .init(layer: Scale(1 / Float(count)), reads: [.step(0)]),
    ])
  }

  static func concatenation(_ layer: KerasConfiguration, _ count: Int, _ name: String)
    throws(LayerError) -> KerasRecipe
  {
    let axis = try layer.whole(name, within: -8...8, else: -1)
    guard axis != 0 else { throw LayerError("joins examples (axis 0), which is not read") }
    return KerasRecipe(Concatenate(axis: axis < 0 ? axis : axis - 1), inputs: count)
  }

  /// Keras 1 had one layer for all of them.
  private static func merge(_ layer: KerasConfiguration, _ count: Int) throws(LayerError)
    -> KerasRecipe
  {
    switch try layer.text("mode", else: "sum") {
    case "sum": return sum(count)
    case "mul": return try product(count)
    case "ave": return average(count)
    case "concat": return try concatenation(layer, count, "concat_axis")
    case let mode: throw LayerError("has the mode '\(mode)', expected sum, mul, ave or concat")
    }
  }
}
