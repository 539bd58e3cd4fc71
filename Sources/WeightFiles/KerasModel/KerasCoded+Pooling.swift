import Files
import NeuralNetworks
import TensorKernels

extension Dimensions {
  /// A size as Keras writes it: a list, outermost axis first.
  static func keras(_ size: Size) -> JSONValue { .list(sides(size).map { .int($0) }) }
}

// Keras has no other poolings than those that it also has for all positions at once.
extension Pooling: KerasCoded where Reduction: GlobalReduction {
  func keras() throws(LayerError) -> KerasDescription {
    (
      Self.kind,
      [
        "pool_size": Space.keras(size), "strides": Space.keras(stride),
        "padding": try padding.keras(), "data_format": .string("channels_last"),
      ]
    )
  }
}

extension GlobalPooling: KerasCoded {
  func keras() -> KerasDescription {
    (
      Self.kind,
      ["data_format": .string("channels_last"), "keepdims": .bool(keepsDimensions)]
    )
  }
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
