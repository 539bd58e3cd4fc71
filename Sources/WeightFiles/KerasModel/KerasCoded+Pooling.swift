import Files
import NeuralNetworks
import TensorKernels

/// A window that moves over an image and has Keras's settings of a pooling layer.
private func kerasPooling(_ size: JSONValue, _ stride: JSONValue, _ padding: Padding)
  throws(LayerError) -> [String: JSONValue]
{
  [
    "pool_size": size, "strides": stride, "padding": try padding.keras(),
    "data_format": .string("channels_last"),
  ]
}

private func kerasGlobal(keepsDimensions: Bool) -> [String: JSONValue] {
  ["data_format": .string("channels_last"), "keepdims": .bool(keepsDimensions)]
}

extension MaxPooling2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(size.keras, stride.keras, padding))
  }
}

extension AveragePooling2D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(size.keras, stride.keras, padding))
  }
}

extension MaxPooling1D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(.list([.int(size)]), .list([.int(stride)]), padding))
  }
}

extension AveragePooling1D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(.list([.int(size)]), .list([.int(stride)]), padding))
  }
}

extension MaxPooling3D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(size.kerasVolume, stride.kerasVolume, padding))
  }
}

extension AveragePooling3D: KerasCoded {
  func keras() throws(LayerError) -> KerasDescription {
    (Self.kind, try kerasPooling(size.kerasVolume, stride.kerasVolume, padding))
  }
}

extension GlobalAveragePooling1D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension GlobalMaxPooling1D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension GlobalAveragePooling2D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension GlobalMaxPooling2D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension GlobalAveragePooling3D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension GlobalMaxPooling3D: KerasCoded {
  func keras() -> KerasDescription { (Self.kind, kerasGlobal(keepsDimensions: keepsDimensions)) }
}

extension KerasLayerTable {
  /// Layers that merge positions.
  static func pooling(_ layer: KerasConfiguration) throws(LayerError) -> KerasRecipe? {
    switch layer.className {
    case "MaxPooling1D":
      let (size, stride, padding) = try window1D(layer)
      return KerasRecipe(MaxPooling1D(size, stride: stride, padding: padding))
    case "AveragePooling1D":
      let (size, stride, padding) = try window1D(layer)
      return KerasRecipe(AveragePooling1D(size, stride: stride, padding: padding))
    case "MaxPooling2D":
      let (size, stride, padding) = try window2D(layer)
      return KerasRecipe(MaxPooling2D(size, stride: stride, padding: padding))
    case "AveragePooling2D":
      let (size, stride, padding) = try window2D(layer)
      return KerasRecipe(AveragePooling2D(size, stride: stride, padding: padding))
    case "MaxPooling3D":
      let (size, stride, padding) = try window3D(layer)
      return KerasRecipe(MaxPooling3D(size, stride: stride, padding: padding))
    case "AveragePooling3D":
      let (size, stride, padding) = try window3D(layer)
      return KerasRecipe(AveragePooling3D(size, stride: stride, padding: padding))
    default: return try globalPooling(layer)
    }
  }

  private static func globalPooling(_ layer: KerasConfiguration) throws(LayerError) -> KerasRecipe?
  {
    let keeps = try layer.flag("keepdims", else: false)
    switch layer.className {
    case "GlobalAveragePooling1D":
      return KerasRecipe(GlobalAveragePooling1D(keepsDimensions: keeps))
    case "GlobalAveragePooling2D":
      return KerasRecipe(GlobalAveragePooling2D(keepsDimensions: keeps))
    case "GlobalAveragePooling3D":
      return KerasRecipe(GlobalAveragePooling3D(keepsDimensions: keeps))
    case "GlobalMaxPooling1D": return KerasRecipe(GlobalMaxPooling1D(keepsDimensions: keeps))
    case "GlobalMaxPooling2D": return KerasRecipe(GlobalMaxPooling2D(keepsDimensions: keeps))
    case "GlobalMaxPooling3D": return KerasRecipe(GlobalMaxPooling3D(keepsDimensions: keeps))
    default: return nil
    }
  }

  // Without strides a window moves by its own size.

  private static func window1D(_ layer: KerasConfiguration) throws(LayerError) -> (
    Int, Int, Padding
  ) {
    let size = try layer.length("pool_size", "pool_length", else: 2)
    return (size, try layer.length("strides", "stride", else: size), try layer.padding())
  }

  private static func window2D(_ layer: KerasConfiguration) throws(LayerError) -> (
    Extent, Extent, Padding
  ) {
    let size = try layer.extent("pool_size", else: 2)
    return (size, try layer.extent("strides", else: size), try layer.padding())
  }

  private static func window3D(_ layer: KerasConfiguration) throws(LayerError) -> (
    Extent, Extent, Padding
  ) {
    let size = try layer.volume("pool_size", else: .cube(2))
    return (size, try layer.volume("strides", else: size), try layer.padding())
  }
}
