/// A part of an augmentation that is out of its range.
public struct AugmentationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// As in JSON, for example `erasing.area`.
  public let part: String
  public let found: String
  public let expected: String

  public var description: String { "augmentation: \(part) is \(found), expected \(expected)" }
}

extension Augmentation {
  /// Checks every number against its range.
  /// - Throws: the first part that is out of it.
  public func validate() throws(AugmentationError) {
    try require("flip", flip, in: 0...1)
    try require("rotation", rotation, in: 0...180, "degrees")
    try require(
      "scale", scale, 0..<1 ~= scale, "0 to below 1")
    try require(
      "shear", shear, 0..<90 ~= shear, "0 to below 90 degrees")
    try require("translation", translation, in: 0...1)
    try require("brightness", brightness, in: 0...1)
    try require("contrast", contrast, in: 0...1)
    try require("saturation", saturation, in: 0...1)
    try require("hue", hue, in: 0...0.5)
    try require("grayscale", grayscale, in: 0...1)
    try require("mixup", mixup, in: 0...10)
    try require("cutmix", cutmix, in: 0...10)
    if case .resized(let area, let aspect) = crop {
      try require(
        "crop.area", area, area.lowerBound > 0 && area.upperBound <= 1, "within 0 to 1, not 0")
      try require("crop.aspect", aspect, within: 0.05...20)
    }
    if let blur {
      try require("blur.probability", blur.probability, in: 0...1)
      try require("blur.sigma", blur.sigma, within: 0.05...10, "pixels")
    }
    if let jitter = pcaJitter {
      try require("pcaJitter.sigma", jitter.sigma, in: 0...1)
      if case .given(let basis) = jitter.basis { try basis.validate() }
    }
    if let random = randAugment {
      try require(
        "randAugment.operations", random.operations, 1...14 ~= random.operations, "1 to 14")
      try require("randAugment.magnitude", random.magnitude, in: 0...30)
      try require(
        "trivialAugment", trivialAugment, !trivialAugment, "false, for randAugment is given")
    }
    if let erasing {
      try require("erasing.probability", erasing.probability, in: 0...1)
      try require(
        "erasing.area", erasing.area, erasing.area.lowerBound > 0 && erasing.area.upperBound <= 1,
        "within 0 to 1, not 0")
      try require("erasing.aspect", erasing.aspect, within: 0.05...20)
    }
  }

  private func require(
    _ part: String, _ found: Double, in range: ClosedRange<Double>, _ unit: String = ""
  ) throws(AugmentationError) {
    try require(
      part, found, range.contains(found), "\(text(range.lowerBound)) to \(text(range.upperBound))",
      unit)
  }

  private func require(
    _ part: String, _ found: ClosedRange<Double>, within range: ClosedRange<Double>,
    _ unit: String = ""
  ) throws(AugmentationError) {
    let holds = range.contains(found.lowerBound) && range.contains(found.upperBound)
    try require(
      part, found, holds, "within \(text(range.lowerBound)) to \(text(range.upperBound))", unit)
  }

  private func require(
    _ part: String, _ found: some Any, _ holds: Bool, _ expected: String, _ unit: String = ""
  ) throws(AugmentationError) {
    guard holds else {
      throw AugmentationError(
        part: part, found: "\(found)", expected: unit.isEmpty ? expected : "\(expected) \(unit)")
    }
  }

  private func text(_ bound: Double) -> String {
    bound == bound.rounded() ? "\(Int(bound))" : "\(bound)"
  }
}
