import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers that add or take positions at the borders, or repeat them.
  static let borders: [KerasLayerClass] = [
    KerasLayerClass("ZeroPadding2D", as: ZeroPadding2D(.none), [.edges("padding", \.edges)]) {
      layer, _ in layer.edges == .none ? .passing() : KerasRecipe(layer)
    },
    KerasLayerClass("Cropping2D", as: Cropping2D(.none), [.edges("cropping", \.edges)]),
    KerasLayerClass(
      "UpSampling2D", as: UpSampling2D(1),
      [
        .interpolation, .channelsLast,
        .extent("size", \.factor, axes: 2) { settings throws(LayerError) in
          try settings.extent(["size"], axes: 2, else: 2)
        },
      ]),
    KerasLayerClass(reads: "ZeroPadding3D") { settings throws(LayerError) in
      let (outer, inner) = try settings.borders3D("padding")
      return try .asImages(ZeroPadding2D(outer), ZeroPadding2D(inner), settings.inputs)
    },
    KerasLayerClass(reads: "Cropping3D") { settings throws(LayerError) in
      let (outer, inner) = try settings.borders3D("cropping")
      return try .asImages(Cropping2D(outer), Cropping2D(inner), settings.inputs)
    },
    KerasLayerClass(reads: "UpSampling3D") { settings throws(LayerError) in
      let factor = try settings.extent(["size"], axes: 3, else: .cube(2))
      return try .asImages(
        UpSampling2D(Extent(height: factor.depth, width: factor.height)),
        UpSampling2D(.length(factor.width)), settings.inputs)
    },
  ]
}

extension KerasField {
  fileprivate static func edges(_ name: String, _ path: Path<Edges>) -> KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer[keyPath: path] = try settings.borders2D(name)
    } write: { layer, description in
      description.settings[name] = layer[keyPath: path].json(axes: 2)
      description.settings["data_format"] = .string("channels_last")
    }
  }
}

extension KerasField<UpSampling2D> {
  fileprivate static var interpolation: KerasField {
    KerasField { settings, layer throws(LayerError) in
      let name = try settings.text(["interpolation"], else: "nearest")
      guard let interpolation = UpSampling(rawValue: name) else {
        throw LayerError("interpolates by '\(name)', and only nearest and bilinear are read")
      }
      layer.interpolation = interpolation
    } write: { layer, description in
      description.settings["interpolation"] = .string(layer.interpolation.rawValue)
    }
  }
}

extension KerasRecipe {
  /// A layer of images on a sequence, which is an image of one row.
  static func asRow(
    _ layer: some Layer, _ inputs: [Shape], storage: Storage = .same
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
  fileprivate static func asImages(
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
}

extension Edges {
  /// Before and after along one to three axes, the innermost last; of one axis, only that pair.
  func json(axes: Int) -> JSONValue {
    let pairs = [(front, back), (top, bottom), (left, right)].suffix(axes).map {
      JSONValue.list([.int($0.0), .int($0.1)])
    }
    return axes == 1 ? pairs[0] : .list(pairs)
  }
}

extension DescribedLayer {
  /// Zeros around a sequence, an image or a volume, before the layer that reads them.
  static func zeroPadding(_ edges: Edges, axes: Int) -> DescribedLayer {
    var settings = ["padding": edges.json(axes: axes)]
    // As this program has always written them.
    if axes == 2 { settings["data_format"] = .string("channels_last") }
    return DescribedLayer(suffix: "_pad", className: "ZeroPadding\(axes)D", settings: settings)
  }
}

extension KerasSettings {
  /// Before and after of a sequence.
  func border(_ name: String) throws(LayerError) -> (Int, Int) {
    try Self.pair(value([name])?.value ?? .int(1), name)
  }

  /// Before and after of planes, rows and columns.
  fileprivate func borders3D(_ name: String) throws(LayerError) -> (Edges, Edges) {
    let value = value([name])?.value ?? .int(1)
    let list = value.list ?? [value, value, value]
    guard list.count == 3 else {
      throw LayerError("has \(value.brief) for \(name), expected planes, rows and columns")
    }
    let planes = try Self.pair(list[0], name)
    let rows = try Self.pair(list[1], name)
    let columns = try Self.pair(list[2], name)
    return (
      Edges(top: planes.0, bottom: planes.1, left: rows.0, right: rows.1),
      Edges(left: columns.0, right: columns.1)
    )
  }

  /// The four borders: one number for all, a number for each direction, or pairs.
  fileprivate func borders2D(_ name: String) throws(LayerError) -> Edges {
    guard let (_, value) = value([name]) else { return Edges(1) }
    // Keras 1 also knew four numbers in a row, and an object.
    if let list = value.list, list.count == 4 {
      let (top, bottom) = try Self.pair(.list(Array(list[..<2])), name)
      let (left, right) = try Self.pair(.list(Array(list[2...])), name)
      return Edges(top: top, bottom: bottom, left: left, right: right)
    }
    if value.object != nil {
      let (top, bottom) = try Self.pair(
        .list([value["top_pad"] ?? .int(0), value["bottom_pad"] ?? .int(0)]), name)
      let (left, right) = try Self.pair(
        .list([value["left_pad"] ?? .int(0), value["right_pad"] ?? .int(0)]), name)
      return Edges(top: top, bottom: bottom, left: left, right: right)
    }
    guard let list = value.list else {
      return Edges(try Self.pair(value, name).0)
    }
    guard list.count == 2 else {
      throw LayerError("has \(value.brief) for \(name), expected the rows and the columns")
    }
    let (top, bottom) = try Self.pair(list[0], name)
    let (left, right) = try Self.pair(list[1], name)
    return Edges(top: top, bottom: bottom, left: left, right: right)
  }

  /// Before and after: two numbers, or one for both.
  private static func pair(_ value: JSONValue, _ name: String) throws(LayerError) -> (Int, Int) {
    let list = value.list ?? [value, value]
    guard list.count == 2 || list.count == 1, let first = list[0].int,
      let last = list[list.count - 1].int, paddings.contains(first),
      paddings.contains(last)
    else {
      throw LayerError(
        "has \(value.brief) for \(name), expected whole numbers from 0 to "
          + "\(paddings.upperBound)")
    }
    return (first, last)
  }
}
