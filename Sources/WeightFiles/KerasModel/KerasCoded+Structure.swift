import NeuralNetworks
import TensorKernels

extension Input: KerasCoded {
  func keras() -> KerasDescription {
    ("InputLayer", ["batch_input_shape": .list([.null] + shape.dimensions.map(JSONValue.int))])
  }
}

extension ZeroPadding2D: KerasCoded {
  func keras() -> KerasDescription {
    (
      "ZeroPadding2D",
      [
        "padding": .list([
          .list([.int(edges.top), .int(edges.bottom)]),
          .list([.int(edges.left), .int(edges.right)]),
        ]),
        "data_format": .string("channels_last"),
      ]
    )
  }
}

extension Flatten: KerasCoded {
  func keras() -> KerasDescription { ("Flatten", ["data_format": .string("channels_last")]) }
}

extension Reshape: KerasCoded {
  func keras() -> KerasDescription {
    ("Reshape", ["target_shape": .list(shape.dimensions.map(JSONValue.int))])
  }
}

extension KerasLayerTable {
  /// Layers that move values.
  static func structure(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "Flatten": return KerasRecipe(Flatten())
    case "Reshape": return KerasRecipe(Reshape(try target(layer, inputs)))
    case "ZeroPadding1D": return try padding1D(layer, inputs)
    case "ZeroPadding2D":
      let edges = try edges2D("padding", of: layer)
      return edges == .none ? .passing() : KerasRecipe(ZeroPadding2D(edges))
    default: return nil
    }
  }

  /// The shape to be taken, in which one −1 stands for what is left.
  private static func target(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> Shape
  {
    guard let list = layer.value(["target_shape", "dims"])?.value.list, let input = inputs.first,
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

  /// A sequence is padded as an image of one row.
  private static func padding1D(_ layer: KerasConfiguration, _ inputs: [Shape])
    throws(LayerError) -> KerasRecipe
  {
    let (left, right) = try pair(layer.value(["padding"])?.value ?? .int(1), "padding")
    guard let input = inputs.first, input.rank == 2 else {
      throw LayerError("reads [length, channels], found \(inputs.first.map(\.description) ?? "nothing")")
    }
    if left + right == 0 { return .passing() }
    return .chain([
      ("row", Reshape([1, input[0], input[1]])),
      ("pad", ZeroPadding2D(Edges(left: left, right: right))),
      ("", Reshape([input[0] + left + right, input[1]])),
    ])
  }

  /// The four borders: one number for all, a number for each direction, or pairs.
  static func edges2D(_ name: String, of layer: KerasConfiguration) throws(LayerError) -> Edges {
    guard let (_, value) = layer.value([name]) else { return Edges(1) }
    // Keras 1 also knew four numbers in a row, and an object.
    if let list = value.list, list.count == 4 {
      let (top, bottom) = try pair(.list(Array(list[..<2])), name)
      let (left, right) = try pair(.list(Array(list[2...])), name)
      return Edges(top: top, bottom: bottom, left: left, right: right)
    }
    if value.object != nil {
      let (top, bottom) = try pair(
        .list([value["top_pad"] ?? .int(0), value["bottom_pad"] ?? .int(0)]), name)
      let (left, right) = try pair(
        .list([value["left_pad"] ?? .int(0), value["right_pad"] ?? .int(0)]), name)
      return Edges(top: top, bottom: bottom, left: left, right: right)
    }
    guard let list = value.list else {
      return Edges(try pair(value, name).0)
    }
    guard list.count == 2 else {
      throw LayerError("has \(value.brief) for \(name), expected the rows and the columns")
    }
    let (top, bottom) = try pair(list[0], name)
    let (left, right) = try pair(list[1], name)
    return Edges(top: top, bottom: bottom, left: left, right: right)
  }

  /// Before and after: two numbers, or one for both.
  static func pair(_ value: JSONValue, _ name: String) throws(LayerError) -> (Int, Int) {
    let list = value.list ?? [value, value]
    guard list.count == 2 || list.count == 1, let first = list[0].int,
      let last = list[list.count - 1].int, KerasConfiguration.paddings.contains(first),
      KerasConfiguration.paddings.contains(last)
    else {
      throw LayerError(
        "has \(value.brief) for \(name), expected whole numbers from 0 to "
          + "\(KerasConfiguration.paddings.upperBound)")
    }
    return (first, last)
  }
}
