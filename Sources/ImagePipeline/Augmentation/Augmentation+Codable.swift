import Files

extension Augmentation: Codable {
  private enum CodingKeys: String, CodingKey, CaseIterable {
    case crop, flip, rotation, scale, shear, translation, border
    case brightness, contrast, saturation, hue, grayscale, blur, pcaJitter, randAugment
    case trivialAugment, erasing, mixup, cutmix
  }

  /// Reads a preset's name, or an object whose keys are parts; a part that is not there is off.
  public init(from decoder: any Decoder) throws {
    if let name = try decoder.text() {
      guard let preset = Augmentation(preset: name) else {
        throw decoder.corrupted(
          "'\(name)' is no augmentation; expected \(Self.presets.map(\.name).joined(separator: ", ")),"
            + " or an object of parts")
      }
      self = preset
      return
    }
    let values = try decoder.container(refusingKeysOtherThan: CodingKeys.self)
    func read<Value: Decodable>(_ key: CodingKeys, _ value: inout Value) throws {
      value = try values.decodeIfPresent(Value.self, forKey: key) ?? value
    }
    try read(.crop, &crop)
    try read(.flip, &flip)
    try read(.rotation, &rotation)
    try read(.scale, &scale)
    try read(.shear, &shear)
    try read(.translation, &translation)
    try read(.border, &border)
    try read(.brightness, &brightness)
    try read(.contrast, &contrast)
    try read(.saturation, &saturation)
    try read(.hue, &hue)
    try read(.grayscale, &grayscale)
    try read(.trivialAugment, &trivialAugment)
    try read(.mixup, &mixup)
    try read(.cutmix, &cutmix)
    blur = try values.decodeIfPresent(Blur.self, forKey: .blur)
    pcaJitter = try values.decodeIfPresent(PCAJitter.self, forKey: .pcaJitter)
    randAugment = try values.decodeIfPresent(RandAugment.self, forKey: .randAugment)
    erasing = try values.decodeIfPresent(Erasing.self, forKey: .erasing)
  }

  /// Writes a preset as its name, anything else as its parts that are on.
  public func encode(to encoder: any Encoder) throws {
    if Augmentation(preset: name) != nil {
      var container = encoder.singleValueContainer()
      try container.encode(name)
      return
    }
    var values = encoder.container(keyedBy: CodingKeys.self)
    let off = Augmentation.none
    func write<Value: Encodable & Equatable>(
      _ key: CodingKeys, _ part: KeyPath<Augmentation, Value>
    ) throws {
      guard self[keyPath: part] != off[keyPath: part] else { return }
      try values.encode(self[keyPath: part], forKey: key)
    }
    try write(.crop, \.crop)
    try write(.flip, \.flip)
    try write(.rotation, \.rotation)
    try write(.scale, \.scale)
    try write(.shear, \.shear)
    try write(.translation, \.translation)
    try write(.border, \.border)
    try write(.brightness, \.brightness)
    try write(.contrast, \.contrast)
    try write(.saturation, \.saturation)
    try write(.hue, \.hue)
    try write(.grayscale, \.grayscale)
    try write(.blur, \.blur)
    try write(.pcaJitter, \.pcaJitter)
    try write(.randAugment, \.randAugment)
    try write(.trivialAugment, \.trivialAugment)
    try write(.erasing, \.erasing)
    try write(.mixup, \.mixup)
    try write(.cutmix, \.cutmix)
  }
}
