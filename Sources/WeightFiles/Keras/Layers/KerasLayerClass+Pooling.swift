import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Layers that merge positions.
  static let pooling: [KerasLayerClass] = [
    KerasLayerClass(
      "MaxPooling1D", as: MaxPooling1D(1, stride: 1), .window(\.size, \.stride, \.padding)),
    KerasLayerClass(
      "AveragePooling1D", as: AveragePooling1D(1, stride: 1), .window(\.size, \.stride, \.padding)),
    KerasLayerClass(
      "MaxPooling2D", as: MaxPooling2D(1, stride: 1), .window(\.size, \.stride, \.padding)),
    KerasLayerClass(
      "AveragePooling2D", as: AveragePooling2D(1, stride: 1), .window(\.size, \.stride, \.padding)),
    KerasLayerClass(
      "MaxPooling3D", as: MaxPooling3D(1, stride: 1), .window(\.size, \.stride, \.padding, axes: 3)),
    KerasLayerClass(
      "AveragePooling3D", as: AveragePooling3D(1, stride: 1),
      .window(\.size, \.stride, \.padding, axes: 3)),
    KerasLayerClass("GlobalMaxPooling1D", as: GlobalMaxPooling1D(), .global(\.keepsDimensions)),
    KerasLayerClass(
      "GlobalAveragePooling1D", as: GlobalAveragePooling1D(), .global(\.keepsDimensions)),
    KerasLayerClass("GlobalMaxPooling2D", as: GlobalMaxPooling2D(), .global(\.keepsDimensions)),
    KerasLayerClass(
      "GlobalAveragePooling2D", as: GlobalAveragePooling2D(), .global(\.keepsDimensions)),
    KerasLayerClass("GlobalMaxPooling3D", as: GlobalMaxPooling3D(), .global(\.keepsDimensions)),
    KerasLayerClass(
      "GlobalAveragePooling3D", as: GlobalAveragePooling3D(), .global(\.keepsDimensions)),
  ]
}

extension Array {
  fileprivate static func global<L>(_ keepsDimensions: KerasField<L>.Path<Bool>) -> [KerasField<L>]
  where Element == KerasField<L> {
    [.flag("keepdims", in: keepsDimensions, else: false), .channelsLast]
  }

  /// A window that moves over an image or a volume; without strides it moves by its own size.
  fileprivate static func window<L>(
    _ size: KerasField<L>.Path<Extent>, _ stride: KerasField<L>.Path<Extent>,
    _ padding: KerasField<L>.Path<Padding>, axes: Int = 2
  ) -> [KerasField<L>] where Element == KerasField<L> {
    let window = KerasField<L> { settings, layer throws(LayerError) in
      (layer[keyPath: size], layer[keyPath: stride]) = try settings.pooling(axes: axes)
    } write: { layer, description in
      description.settings["pool_size"] = layer[keyPath: size].json(axes: axes)
      description.settings["strides"] = layer[keyPath: stride].json(axes: axes)
    }
    return [window, .keywordPadding(padding), .channelsLast]
  }

  /// The same over a sequence.
  fileprivate static func window<L>(
    _ size: KerasField<L>.Path<Int>, _ stride: KerasField<L>.Path<Int>,
    _ padding: KerasField<L>.Path<Padding>
  ) -> [KerasField<L>] where Element == KerasField<L> {
    let window = KerasField<L> { settings, layer throws(LayerError) in
      let (length, step) = try settings.pooling(axes: 1)
      (layer[keyPath: size], layer[keyPath: stride]) = (length.width, step.width)
    } write: { layer, description in
      description.settings["pool_size"] = .list([.int(layer[keyPath: size])])
      description.settings["strides"] = .list([.int(layer[keyPath: stride])])
    }
    return [window, .keywordPadding(padding), .channelsLast]
  }
}

extension KerasSettings {
  fileprivate func pooling(axes: Int) throws(LayerError) -> (size: Extent, stride: Extent) {
    // Keras 1 had other names for sequences.
    let isSequence = axes == 1
    let size = try extent(
      isSequence ? ["pool_size", "pool_length"] : ["pool_size"], axes: axes, else: .cube(2))
    return (
      size, try extent(isSequence ? ["strides", "stride"] : ["strides"], axes: axes, else: size)
    )
  }
}
