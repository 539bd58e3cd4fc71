extension Augmentation: Adjustable, Codable {
  /// All parts.
  package static let settings: [Setting<Augmentation>] = [
    Setting("crop", \.crop, Crop.valid),
    Setting("flip", \.flip, .within(0...1)),
    Setting("rotation", \.rotation, .within(0...180, "degrees")),
    Setting("scale", \.scale, .within(0..<1)),
    Setting("shear", \.shear, .within(0..<90, "degrees")),
    Setting("translation", \.translation, .within(0...1)),
    Setting("border", \.border),
    Setting("brightness", \.brightness, .within(0...1)),
    Setting("contrast", \.contrast, .within(0...1)),
    Setting("saturation", \.saturation, .within(0...1)),
    Setting("hue", \.hue, .within(0...0.5)),
    Setting("grayscale", \.grayscale, .within(0...1)),
    Setting("blur", optional: \.blur, .valid),
    Setting("pcaJitter", optional: \.pcaJitter, .valid),
    Setting("randAugment", optional: \.randAugment, .valid),
    Setting("trivialAugment", \.trivialAugment),
    Setting("erasing", optional: \.erasing, .valid),
    Setting("mixup", \.mixup, .within(0...10)),
    Setting("cutmix", \.cutmix, .within(0...10)),
  ]

  /// Reads a preset's name, or an object whose keys are parts; a part that is not there is off.
  public init(from decoder: any Decoder) throws {
    guard let name = try decoder.text() else {
      self.init()
      try read(from: decoder)
      return
    }
    guard let preset = Augmentation(preset: name) else {
      throw decoder.corrupted(
        "'\(name)' is no augmentation; expected \(Self.presets.map(\.name).joined(separator: ", ")),"
          + " or an object of parts")
    }
    self = preset
  }

  /// Writes a preset as its name, anything else as its parts that are on.
  public func encode(to encoder: any Encoder) throws {
    guard Augmentation(preset: name) != nil else {
      return try write(to: encoder, otherThan: .none)
    }
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
