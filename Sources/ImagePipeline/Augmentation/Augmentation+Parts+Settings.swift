/// The numbers of a crop of random size.
private struct ResizedCrop: Adjustable {
  var area = 0.0...1
  var aspect = Augmentation.Crop.usualAspect

  static let settings: [Setting<ResizedCrop>] = [
    Setting("area", \.area, .shares, presence: .required),
    Setting("aspect", \.aspect, .within(0.05...20)),
  ]
}

extension Augmentation.Crop: Codable {
  private var resized: ResizedCrop? {
    guard case .resized(let area, let aspect) = self else { return nil }
    return ResizedCrop(area: area, aspect: aspect)
  }

  /// Reads a crop's name, or an object with `area` and, if wanted, `aspect`.
  /// - Throws: `DecodingError` for another name; `Augmentation.validate` checks the ranges.
  public init(from decoder: any Decoder) throws {
    switch try decoder.text() {
    case "centre": self = .centre
    case "whole": self = .whole
    case "patch": self = .patch
    case let name?:
      throw decoder.corrupted(
        "'\(name)' is no crop; expected centre, whole, patch, or an object with an area")
    case nil:
      var crop = ResizedCrop()
      try crop.read(from: decoder)
      self = .resized(area: crop.area, aspect: crop.aspect)
    }
  }

  /// Writes the crop's name, or an object with `area` and `aspect`.
  public func encode(to encoder: any Encoder) throws {
    func write(_ name: String) throws {
      var container = encoder.singleValueContainer()
      try container.encode(name)
    }
    switch self {
    case .centre: try write("centre")
    case .whole: try write("whole")
    case .patch: try write("patch")
    case .resized: try resized?.write(to: encoder)
    }
  }

  /// Any crop whose numbers are within their ranges.
  static let valid = Allowed<Augmentation.Crop> { key, crop in
    crop.resized.flatMap { $0.faults.first?.fault.within(key) }
  }
}

extension Augmentation.Blur: Adjustable, Codable {
  package static let settings: [Setting<Self>] = [
    Setting("probability", \.probability, .within(0...1)),
    Setting("sigma", \.sigma, .within(0.05...10, "pixels")),
  ]

  /// Reads an object; what it leaves out is as in `init()`.
  /// - Throws: `DecodingError` for an unknown key; `Augmentation.validate` checks the ranges.
  public init(from decoder: any Decoder) throws {
    self.init()
    try read(from: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Augmentation.RandAugment: Adjustable, Codable {
  package static let settings: [Setting<Self>] = [
    Setting("operations", \.operations, .within(1...14)),
    Setting("magnitude", \.magnitude, .within(0...30)),
  ]

  /// Reads an object; what it leaves out is as in `init()`.
  /// - Throws: `DecodingError` for an unknown key; `Augmentation.validate` checks the ranges.
  public init(from decoder: any Decoder) throws {
    self.init()
    try read(from: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Augmentation.Erasing: Adjustable, Codable {
  package static let settings: [Setting<Self>] = [
    Setting("probability", \.probability, .within(0...1)),
    Setting("area", \.area, .shares),
    Setting("aspect", \.aspect, .within(0.05...20)),
    Setting("fill", \.fill),
  ]

  /// Reads an object; what it leaves out is as in `init()`.
  /// - Throws: `DecodingError` for an unknown key or fill; `Augmentation.validate` checks the ranges.
  public init(from decoder: any Decoder) throws {
    self.init()
    try read(from: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Augmentation.PCAJitter: Adjustable, Codable {
  package static let settings: [Setting<Self>] = [
    Setting("sigma", \.sigma, .within(0...1)),
    Setting("basis", \.basis),
  ]

  /// Reads an object; what it leaves out is as in `init()`.
  /// - Throws: `DecodingError` for an unknown key or basis; `Augmentation.validate` checks the ranges.
  public init(from decoder: any Decoder) throws {
    self.init()
    try read(from: decoder)
  }

  /// Writes an object with all settings.
  public func encode(to encoder: any Encoder) throws { try write(to: encoder) }
}

extension Augmentation.PCAJitter.Basis: Codable {
  /// Reads `imageNet`, `photos`, or an object with `variances` and `vectors`.
  public init(from decoder: any Decoder) throws {
    switch try decoder.text() {
    case "imageNet": self = .imageNet
    case "photos": self = .photos
    case let name?:
      throw decoder.corrupted(
        "'\(name)' is no basis of colours; expected imageNet, photos, or variances and vectors")
    case nil: self = .given(try ColourBasis(from: decoder))
    }
  }

  /// Writes the name of a basis, or the numbers of a given one.
  public func encode(to encoder: any Encoder) throws {
    switch self {
    case .imageNet, .photos:
      var container = encoder.singleValueContainer()
      try container.encode(self == .imageNet ? "imageNet" : "photos")
    case .given(let basis): try basis.encode(to: encoder)
    }
  }
}
