import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers that bring images to a size.
  static let sizes: [KerasLayerClass] = [
    KerasLayerClass(
      "Resizing", as: Resizing(height: 1, width: 1), [.size, .sampling, .channelsLast]
    ) {
      layer, settings throws(LayerError) in try resizing(layer, settings)
    },
    KerasLayerClass(reads: "CenterCrop") { settings throws(LayerError) in
      try centreCrop(try settings.imageSize(), settings)
    },
    // In use it takes the middle.
    KerasLayerClass(reads: "RandomCrop") { settings throws(LayerError) in
      var recipe = try centreCrop(try settings.imageSize(), settings)
      recipe.note =
        "takes a random part of photos while training; here it always takes the middle, as Keras does in use"
      return recipe
    },
  ]

  private static func resizing(_ layer: Resizing, _ settings: KerasSettings) throws(LayerError)
    -> KerasRecipe
  {
    let input = try settings.image()
    var steps: [(suffix: String, layer: any Layer)] = []
    var size = (height: input[0], width: input[1])
    // The sides that the image would have in the shape of the result, beside its other one.
    let shaped = (
      height: Int(Float(input[1] * layer.height) / Float(layer.width)),
      width: Int(Float(input[0] * layer.width) / Float(layer.height))
    )
    let isCropped = try settings.flag(["crop_to_aspect_ratio"], else: false)
    let isPadded = try settings.flag(["pad_to_aspect_ratio"], else: false)
    if isCropped, isPadded {
      throw LayerError(
        "has both crop_to_aspect_ratio and pad_to_aspect_ratio, which exclude each other")
    }
    if isCropped {
      size = (max(1, min(input[0], shaped.height)), max(1, min(input[1], shaped.width)))
      if size != (input[0], input[1]) { steps.append(("cropped", crop(input, to: size))) }
    }
    if isPadded {
      // Of an odd margin, Keras leaves a row or column out.
      let rows = max(0, shaped.height - input[0]) / 2
      let columns = max(0, shaped.width - input[1]) / 2
      size = (input[0] + 2 * rows, input[1] + 2 * columns)
      if size != (input[0], input[1]) { steps += try padding(rows, columns, settings) }
    }
    if try settings.flag(["antialias"], else: false), layer.interpolation == .bilinear,
      size.height > layer.height || size.width > layer.width
    {
      throw LayerError("smooths before it shrinks (antialias), which is not read")
    }
    if size != (layer.height, layer.width) { steps.append(("", layer)) }
    return steps.isEmpty ? .passing() : .chain(steps)
  }

  /// As many rows before as behind, and columns, all of one value.
  private static func padding(_ rows: Int, _ columns: Int, _ settings: KerasSettings)
    throws(LayerError) -> [(suffix: String, layer: any Layer)]
  {
    let mode = try settings.text(["fill_mode"], else: "constant")
    guard mode == "constant" else {
      throw LayerError("pads images in the way '\(mode)' (fill_mode), and only constant is read")
    }
    let edges = Edges(top: rows, bottom: rows, left: columns, right: columns)
    let padding = ("padded", ZeroPadding2D(edges) as any Layer)
    let value = try settings.number(["fill_value"], else: 0)
    guard value != 0 else { return [padding] }
    return [
      ("lowered", Rescaling(scale: [1], offset: [-value])), padding,
      ("raised", Rescaling(scale: [1], offset: [value])),
    ]
  }

  /// The middle; of an image that is smaller, of what of it has the shape, enlarged.
  private static func centreCrop(
    _ size: (height: Int, width: Int), _ settings: KerasSettings
  ) throws(LayerError) -> KerasRecipe {
    let input = try settings.image()
    guard input[0] >= size.height, input[1] >= size.width else {
      let layer = Resizing(height: size.height, width: size.width)
      let all = settings.with("crop_to_aspect_ratio", .bool(true))
      return try resizing(layer, all)
    }
    return (input[0], input[1]) == size ? .passing() : KerasRecipe(crop(input, to: size))
  }

  /// The middle of an image; of an odd margin the smaller half is before it.
  private static func crop(_ input: Shape, to size: (height: Int, width: Int)) -> Cropping2D {
    let (rows, columns) = (input[0] - size.height, input[1] - size.width)
    return Cropping2D(
      Edges(
        top: rows / 2, bottom: rows - rows / 2, left: columns / 2, right: columns - columns / 2))
  }
}

extension KerasField<Resizing> {
  fileprivate static var size: KerasField {
    KerasField { settings, layer throws(LayerError) in
      (layer.height, layer.width) = try settings.imageSize()
    } write: { layer, description in
      description.settings["height"] = .int(layer.height)
      description.settings["width"] = .int(layer.width)
      description.settings["crop_to_aspect_ratio"] = .bool(false)
    }
  }

  fileprivate static var sampling: KerasField {
    KerasField { settings, layer throws(LayerError) in
      let name = try settings.text(["interpolation"], else: "bilinear")
      guard let interpolation = UpSampling(rawValue: name) else {
        throw LayerError("interpolates by '\(name)', and only nearest and bilinear are read")
      }
      layer.interpolation = interpolation
    } write: { layer, description in
      description.settings["interpolation"] = .string(layer.interpolation.rawValue)
    }
  }
}

extension KerasSettings {
  /// The size that images are brought to.
  func imageSize() throws(LayerError) -> (height: Int, width: Int) {
    let sides = 1...(1 << 14)
    return (try whole(["height"], within: sides), try whole(["width"], within: sides))
  }

  /// The only input, which has to be an image.
  fileprivate func image() throws(LayerError) -> Shape {
    guard let input = inputs.first, input.rank == 3 else {
      throw LayerError(
        "reads [height, width, channels], found \(inputs.first?.description ?? "nothing")")
    }
    return input
  }

  /// The same with another setting.
  fileprivate func with(_ name: String, _ value: JSONValue) -> KerasSettings {
    var values = values
    values[name] = value
    return KerasSettings(className: className, values: values, version: version, inputs: inputs)
  }
}
