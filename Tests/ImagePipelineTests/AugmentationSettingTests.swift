import Foundation
import ImagePipeline
import Testing

@Suite("Settings of augmentations")
struct AugmentationSettingTests {
  /// A value for each part that is not its default, and one out of its range where there is one, as JSON.
  private static let parts: [String: (good: String, bad: String?)] = [
    "crop": (#"{"area": [0.5, 1]}"#, #"{"area": [0, 1]}"#), "flip": ("0.5", "2"),
    "rotation": ("9", "181"), "scale": ("0.1", "1"), "shear": ("5", "90"),
    "translation": ("0.1", "-1"), "border": (#""mean""#, nil), "brightness": ("0.1", "2"),
    "contrast": ("0.1", "2"), "saturation": ("0.1", "2"), "hue": ("0.1", "0.6"),
    "grayscale": ("0.1", "2"), "blur": (#"{"sigma": [1, 2]}"#, #"{"sigma": [1, 20]}"#),
    "pcaJitter": ("{}", #"{"sigma": 2}"#), "randAugment": ("{}", #"{"operations": 0}"#),
    "trivialAugment": ("true", nil), "erasing": ("{}", #"{"area": [0, 2]}"#),
    "mixup": ("0.1", "11"), "cutmix": ("0.1", "11"),
  ]

  private func recipe(_ json: String) throws -> Augmentation {
    try JSONDecoder().decode(Augmentation.self, from: Data(json.utf8))
  }

  @Test(
    "each comes back from JSON as it was, and is refused out of its range",
    arguments: Augmentation.settings.map(\.key))
  func parts(key: String) throws {
    let part = try #require(Self.parts[key], "no value to test '\(key)' with")
    let changed = try recipe("{\"\(key)\": \(part.good)}")
    #expect(changed != .none)
    try changed.validate()
    let written = try JSONEncoder().encode(changed)
    #expect(try JSONDecoder().decode(Augmentation.self, from: written) == changed)
    guard let bad = part.bad else { return }
    let error = #expect(throws: AugmentationError.self) {
      try recipe("{\"\(key)\": \(bad)}").validate()
    }
    #expect(error?.part.hasPrefix(key) == true)
  }

  @Test(
    "a key that is none is refused, with those there are",
    arguments: [
      (#"{"colour": 1}"#, "'colour' is not a setting; expected one of crop, flip, rotation,"),
      (
        #"{"blur": {"radius": 1}}"#, "'radius' is not a setting; expected one of probability, sigma"
      ),
      (
        #"{"crop": {"area": [0.5, 1], "side": 1}}"#,
        "'side' is not a setting; expected one of area,"
      ),
      (#"{"erasing": {"colour": 1}}"#, "expected one of probability, area, aspect, fill"),
      (#"{"randAugment": {"n": 1}}"#, "expected one of operations, magnitude"),
      (#"{"pcaJitter": {"scale": 1}}"#, "expected one of sigma, basis"),
    ])
  func unknown(json: String, message: String) {
    let error = #expect(throws: DecodingError.self) { try recipe(json) }
    #expect(error.map { "\($0)".contains(message) } == true, "\(String(describing: error))")
  }
}
