import NeuralNetworks

extension KerasCallList {
  /// The size that a model brings photos to before it does anything that depends on where their pixels are.
  struct PhotoSize {
    let height: Int
    let width: Int
    /// Whether all of the photo becomes that size, between the four nearest pixels.
    let isSampling: Bool
    /// The layer, for messages.
    let layer: String

    /// What the user should know: nothing of a size that photos can be brought to in the same way before.
    var note: String? {
      isSampling
        ? nil
        : "\(layer) brings photos of any size to \(height) × \(width) in a way of its own; here they have that size before it"
    }
  }

  /// Whether the model takes photos of any size.
  var isOpen: Bool { inputShape.count == 3 && inputShape.prefix(2).allSatisfy { $0 == nil } }

  /// `nil` for a model that does not begin so.
  var beginning: PhotoSize? {
    var value = 0
    for (index, call) in calls.enumerated() {
      let name = call.layer.className
      guard call.arguments.tensors == [value] else { return nil }
      if ["Resizing", "CenterCrop", "RandomCrop"].contains(name) {
        let settings = KerasSettings(className: name, values: call.layer.settings, version: 3)
        guard let size = try? settings.imageSize() else { return nil }
        return PhotoSize(
          height: size.height, width: size.width,
          isSampling: name == "Resizing" && settings.isPlainBilinear,
          layer: "'\(call.path)' (\(name))")
      }
      let isEachPixel = ["Rescaling", "Normalization"].contains(name)
      guard isEachPixel || KerasLayerClass.named(name)?.isLeftOut == true else { return nil }
      value = index + 1
    }
    return nil
  }
}

extension KerasSettings {
  /// Whether a `Resizing` has nothing but its usual settings.
  fileprivate var isPlainBilinear: Bool {
    let isWhole = ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"].allSatisfy {
      (try? flag([$0], else: false)) == false
    }
    return isWhole && (try? text(["interpolation"], else: "bilinear")) == "bilinear"
  }
}
