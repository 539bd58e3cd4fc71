import Files
import NeuralNetworks
import TensorKernels

extension ZeroPadding2D: KerasCoded {
  func keras() -> KerasDescription {
    ("ZeroPadding2D", ["padding": edges.keras, "data_format": .string("channels_last")])
  }
}

extension Cropping2D: KerasCoded {
  func keras() -> KerasDescription {
    ("Cropping2D", ["cropping": edges.keras, "data_format": .string("channels_last")])
  }
}

extension UpSampling2D: KerasCoded {
  func keras() -> KerasDescription {
    (
      "UpSampling2D",
      [
        "size": factor.keras, "interpolation": .string(interpolation.rawValue),
        "data_format": .string("channels_last"),
      ]
    )
  }
}

extension Edges {
  fileprivate var keras: JSONValue {
    .list([.list([.int(top), .int(bottom)]), .list([.int(left), .int(right)])])
  }
}

extension KerasLayerTable {
  /// Layers that add or take positions at the borders, or repeat them.
  static func borders(_ layer: KerasConfiguration, _ inputs: [Shape]) throws(LayerError)
    -> KerasRecipe?
  {
    switch layer.className {
    case "ZeroPadding1D":
      let (left, right) = try pair(of: layer, "padding")
      return left + right == 0
        ? .passing() : try asRow(ZeroPadding2D(Edges(left: left, right: right)), inputs)
    case "ZeroPadding2D":
      let edges = try edges2D("padding", of: layer)
      return edges == .none ? .passing() : KerasRecipe(ZeroPadding2D(edges))
    case "ZeroPadding3D":
      let (planes, rows, columns) = try pairs3D("padding", of: layer)
      return try asImages(
        ZeroPadding2D(
          Edges(top: planes.0, bottom: planes.1, left: rows.0, right: rows.1)),
        ZeroPadding2D(Edges(left: columns.0, right: columns.1)), inputs)
    case "Cropping1D":
      let (left, right) = try pair(of: layer, "cropping")
      return try asRow(Cropping2D(Edges(left: left, right: right)), inputs)
    case "Cropping2D": return KerasRecipe(Cropping2D(try edges2D("cropping", of: layer)))
    case "Cropping3D":
      let (planes, rows, columns) = try pairs3D("cropping", of: layer)
      return try asImages(
        Cropping2D(Edges(top: planes.0, bottom: planes.1, left: rows.0, right: rows.1)),
        Cropping2D(Edges(left: columns.0, right: columns.1)), inputs)
    case "UpSampling1D":
      return try asRow(
        UpSampling2D(.length(try layer.length("size", "length", else: 2))), inputs)
    case "UpSampling2D":
      let name = try layer.text("interpolation", else: "nearest")
      guard let interpolation = UpSampling(rawValue: name) else {
        throw LayerError("interpolates by '\(name)', and only nearest and bilinear are read")
      }
      return KerasRecipe(UpSampling2D(try layer.extent("size", else: 2), interpolation))
    case "UpSampling3D":
      let factor = try layer.volume("size", else: .cube(2))
      return try asImages(
        UpSampling2D(Extent(height: factor.depth, width: factor.height)),
        UpSampling2D(.length(factor.width)), inputs)
    default: return nil
    }
  }

  /// A layer of images on a sequence, which is an image of one row.
  static func asRow(
    _ layer: some Layer, _ inputs: [Shape], storage: KerasRecipe.Storage = .same
  ) throws(LayerError) -> KerasRecipe {
    guard let input = inputs.first, input.rank == 2 else {
      throw LayerError(
        "reads [length, channels], found \(inputs.first.map(\.description) ?? "nothing")")
    }
    let row: Shape = [1, input[0], input[1]]
    let output = try layer.outputShape(for: [row])
    return .chain(
      [
        ("row", Reshape(row)), ("image", layer),
        ("sequence", Reshape([output[0] * output[1], output[2]])),
      ], carrier: layer.parameters(for: [row]).isEmpty ? 2 : 1, storage: storage)
  }

  /// Two layers of images on a volume: the first sees planes and rows, the second columns.
  private static func asImages(
    _ outer: some Layer, _ inner: some Layer, _ inputs: [Shape]
  ) throws(LayerError) -> KerasRecipe {
    guard let input = inputs.first, input.rank == 4 else {
      throw LayerError(
        "reads [depth, height, width, channels], found \(inputs.first.map(\.description) ?? "nothing")"
      )
    }
    let planes: Shape = [input[0], input[1], input[2] * input[3]]
    let between = try outer.outputShape(for: [planes])
    guard between[0] <= 1 << 28, between[1] <= 1 << 28 else {
      throw LayerError("would compute \(between), more values than could be run")
    }
    let columns: Shape = [between[0] * between[1], input[2], input[3]]
    let output = try inner.outputShape(for: [columns])
    return .chain([
      ("planes", Reshape(planes)), ("outer", outer), ("columns", Reshape(columns)),
      ("inner", inner), ("", Reshape([between[0], between[1], output[1], input[3]])),
    ])
  }

  // MARK: Settings

  /// Before and after of a sequence.
  private static func pair(of layer: KerasConfiguration, _ name: String) throws(LayerError) -> (
    Int, Int
  ) {
    try pair(layer.value([name])?.value ?? .int(1), name)
  }

  private static func pairs3D(_ name: String, of layer: KerasConfiguration) throws(LayerError)
    -> ((Int, Int), (Int, Int), (Int, Int))
  {
    let value = layer.value([name])?.value ?? .int(1)
    let list = value.list ?? [value, value, value]
    guard list.count == 3 else {
      throw LayerError("has \(value.brief) for \(name), expected planes, rows and columns")
    }
    return (try pair(list[0], name), try pair(list[1], name), try pair(list[2], name))
  }

  /// The four borders: one number for all, a number for each direction, or pairs.
  private static func edges2D(_ name: String, of layer: KerasConfiguration) throws(LayerError)
    -> Edges
  {
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
  private static func pair(_ value: JSONValue, _ name: String) throws(LayerError) -> (Int, Int) {
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
