import Files
import NeuralNetworks
import TensorKernels

extension KerasLayerClass {
  /// Norms of each example by itself.
  static let norms: [KerasLayerClass] = [
    KerasLayerClass(
      "LayerNormalization", as: LayerNormalization(), stores: .scaleAndCenter,
      [
        .innermostAxes, .number("epsilon", \.epsilon, else: 1e-3),
        .flag("scale", in: \.hasScale, else: true), .flag("center", in: \.hasCenter, else: true),
      ]
    ) { layer, settings throws(LayerError) in
      if try settings.flag(["rms_scaling"], else: false) {
        throw LayerError("divides by the root of the mean square (rms_scaling), which is not read")
      }
      return KerasRecipe(layer)
    },
    KerasLayerClass(
      "GroupNormalization", as: GroupNormalization(), stores: .scaleAndCenter,
      [
        .onlyInnermost,
        .whole("groups", in: \.groups, within: -1...KerasSettings.channels.upperBound, else: 32),
        .number("epsilon", \.epsilon, else: 1e-3),
        .flag("scale", in: \.hasScale, else: true), .flag("center", in: \.hasCenter, else: true),
      ]),
    KerasLayerClass("UnitNormalization", as: UnitNormalization(), [.onlyInnermost]),
  ]
}

extension KerasField<LayerNormalization> {
  /// The last axes, which Keras counts with the batch's or from the end.
  fileprivate static var innermostAxes: KerasField {
    KerasField { settings, layer throws(LayerError) in
      layer.axes = try settings.innermostAxes()
    } write: { layer, description in
      description.settings["axis"] = .list((1...layer.axes).reversed().map { .int(-$0) })
    }
  }
}

extension KerasField {
  fileprivate static var onlyInnermost: KerasField {
    demand("axis", .int(-1)) { settings throws(LayerError) in
      guard try settings.innermostAxes() == 1 else {
        throw LayerError("is over several axes, and only the last, the channels, is read")
      }
    }
  }
}

extension KerasSettings {
  /// How many of the innermost axes are normalised together.
  fileprivate func innermostAxes() throws(LayerError) -> Int {
    guard let (_, value) = value(["axis"]) else { return 1 }
    let rank = inputs.first?.rank ?? 0
    let axes = (value.list ?? [value]).map { $0.int.map { $0 < 0 ? rank + $0 : $0 - 1 } ?? -1 }
    guard !axes.isEmpty, axes.sorted() == Array((rank - axes.count)..<rank) else {
      throw LayerError(
        "normalises along the axes \(value.brief), and only the last ones, the channels and what is "
          + "directly before them, are read")
    }
    return axes.count
  }
}
