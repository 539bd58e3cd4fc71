import Foundation
import ImagePipeline
import Testing

@Suite("Recipes of augmentation")
struct AugmentationTests {
  private func decoded(_ json: String) throws -> Augmentation {
    try JSONDecoder().decode(Augmentation.self, from: Data(json.utf8))
  }

  private func encoded(_ recipe: Augmentation) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(recipe), as: UTF8.self)
  }

  @Test("a preset is written as its name, is valid, and is found by it")
  func presets() throws {
    #expect(Augmentation.presets.map(\.name) == ["none", "light", "standard", "strong", "alexnet"])
    for (name, recipe) in Augmentation.presets {
      #expect(recipe.name == name)
      #expect(Augmentation(preset: name) == recipe)
      #expect(try encoded(recipe) == "\"\(name)\"")
      #expect(try decoded("\"\(name)\"") == recipe)
      try recipe.validate()
    }
    #expect(Augmentation(preset: "heavy") == nil)
    #expect(Augmentation() == .none)
  }

  @Test("an object gives the parts that are on, and comes back as it was")
  func parts() throws {
    var recipe = Augmentation()
    recipe.crop = .resized(area: 0.5...1)
    recipe.rotation = 10
    recipe.border = .mean
    recipe.blur = .init(probability: 0.1, sigma: 1...2)
    recipe.pcaJitter = .init(sigma: 0.2, basis: .photos)
    recipe.randAugment = .init(operations: 1, magnitude: 5)
    recipe.erasing = .init(probability: 1, fill: .mean)
    recipe.mixup = 0.2
    let json = """
      {"crop": {"area": [0.5, 1]}, "rotation": 10, "border": "mean",
       "blur": {"probability": 0.1, "sigma": [1, 2]}, "pcaJitter": {"sigma": 0.2, "basis": "photos"},
       "randAugment": {"operations": 1, "magnitude": 5},
       "erasing": {"probability": 1, "fill": "mean"}, "mixup": 0.2}
      """
    #expect(try decoded(json) == recipe)
    #expect(try decoded(try encoded(recipe)) == recipe)
    #expect(recipe.name == "custom")
    #expect(try encoded(try decoded(#"{"hue": 0.1}"#)) == #"{"hue":0.1}"#)
    #expect(try decoded(#"{"erasing": {}}"#).erasing == .init())
    recipe.pcaJitter?.basis = .given(.imageNet)
    #expect(try decoded(try encoded(recipe)) == recipe)
    #expect(try decoded(#"{"crop": {"area": [0.7, 1]}, "flip": 0.5}"#) == .light)
  }

  @Test(
    "what is misspelt is refused and named",
    arguments: [
      (#""heavy""#, "heavy"), (#"{"rotate": 3}"#, "rotate"),
      (#"{"blur": {"sgima": [1, 2]}}"#, "sgima"), (#"{"crop": "middle"}"#, "middle"),
      (#"{"crop": {"area": [0.5, 1], "ratio": 1}}"#, "ratio"),
      (#"{"pcaJitter": {"basis": "mine"}}"#, "mine"), (#"{"erasing": {"fill": "red"}}"#, "red"),
    ])
  func misspelt(json: String, word: String) {
    do {
      _ = try decoded(json)
      Issue.record("\(json) was read")
    } catch { #expect("\(error)".contains(word), "\(error)") }
  }

  @Test("a number out of its range is named, with what is allowed")
  func ranges() {
    let cases: [(String, (inout Augmentation) -> Void)] = [
      ("flip is 1.5, expected 0 to 1", { $0.flip = 1.5 }),
      ("rotation is 400.0, expected 0 to 180 degrees", { $0.rotation = 400 }),
      ("scale is 1.0, expected 0 to below 1", { $0.scale = 1 }),
      ("shear is 90.0, expected 0 to below 90 degrees", { $0.shear = 90 }),
      ("translation is -0.1, expected 0 to 1", { $0.translation = -0.1 }),
      ("brightness is nan, expected 0 to 1", { $0.brightness = .nan }),
      ("contrast is 2.0, expected 0 to 1", { $0.contrast = 2 }),
      ("saturation is 2.0, expected 0 to 1", { $0.saturation = 2 }),
      ("hue is 0.6, expected 0 to 0.5", { $0.hue = 0.6 }),
      ("grayscale is 2.0, expected 0 to 1", { $0.grayscale = 2 }),
      ("mixup is -1.0, expected 0 to 10", { $0.mixup = -1 }),
      ("cutmix is 11.0, expected 0 to 10", { $0.cutmix = 11 }),
      ("crop.area is 0.0...1.0", { $0.crop = .resized(area: 0...1) }),
      ("crop.aspect is 0.0...1.0", { $0.crop = .resized(area: 0.5...1, aspect: 0...1) }),
      ("blur.sigma is 0.0...1.0", { $0.blur = .init(sigma: 0...1) }),
      ("pcaJitter.sigma is 25.5", { $0.pcaJitter = .init(sigma: 25.5) }),
      ("randAugment.operations is 0", { $0.randAugment = .init(operations: 0) }),
      ("randAugment.magnitude is 31.0", { $0.randAugment = .init(magnitude: 31) }),
      ("erasing.area is 0.1...1.5", { $0.erasing = .init(area: 0.1...1.5) }),
      ("erasing.aspect is 0.01...1.0", { $0.erasing = .init(aspect: 0.01...1) }),
      (
        "trivialAugment is true",
        {
          $0.trivialAugment = true
          $0.randAugment = .init()
        }
      ),
      (
        // Of bytes as they are: the shift would be ±800.
        "pcaJitter.basis.variances is [14142.9",
        {
          let big = ColourBasis(
            variances: ColourBasis.imageNet.variances.map { $0 * 65025 },
            vectors: ColourBasis.imageNet.vectors)
          $0.pcaJitter = .init(basis: .given(big))
        }
      ),
    ]
    for (message, change) in cases {
      var recipe = Augmentation.standard
      change(&recipe)
      do {
        try recipe.validate()
        Issue.record("\(message): accepted")
      } catch {
        #expect(error.description.hasPrefix("augmentation: \(message)"), "\(error)")
      }
    }
  }

  @Test("a view repeats exactly if nothing of its recipe is random")
  func repeating() {
    var still = Augmentation.none
    #expect(PhotoView.training(still).repeats)
    still.crop = .whole
    still.border = .mean
    #expect(PhotoView.training(still).repeats)
    for (name, recipe) in Augmentation.presets where name != "none" {
      #expect(!PhotoView.training(recipe).repeats, "\(name)")
    }
    var mixed = Augmentation.none
    mixed.mixup = 0.2
    #expect(!PhotoView.training(mixed).repeats)
    #expect(PhotoView.testTime(.crop, index: 0, of: 10).repeats)
  }
}
