extension Augmentation {
  /// The centre of the photo, every time.
  public static let none = Augmentation()

  /// A random part of at least 70 % of the area, flipped half the time.
  public static let light = cropped(0.7)

  /// A random part of at least 35 % of the area, flipped half the time.
  public static let standard = cropped(0.35)

  /// `standard` with colours varied by a fifth, two operations of RandAugment and a part erased in one
  /// view of four: for many epochs on many photos.
  public static let strong: Augmentation = {
    var recipe = standard
    recipe.brightness = 0.2
    recipe.contrast = 0.2
    recipe.saturation = 0.2
    recipe.hue = 0.02
    recipe.randAugment = RandAugment()
    recipe.erasing = Erasing(probability: 0.25)
    return recipe
  }()

  /// Krizhevsky et al. 2012, section 4.1: random patches, reflections and PCA jitter of the colours.
  public static let alexnet: Augmentation = {
    var recipe = Augmentation()
    recipe.crop = .patch
    recipe.flip = 0.5
    recipe.pcaJitter = PCAJitter()
    return recipe
  }()

  /// The presets by the names that the command line and plans know.
  public static let presets: [(name: String, recipe: Augmentation)] = [
    ("none", none), ("light", light), ("standard", standard), ("strong", strong),
    ("alexnet", alexnet),
  ]

  /// The preset of this name; `nil` if there is none.
  public init?(preset name: String) {
    guard let preset = Self.presets.first(where: { $0.name == name }) else { return nil }
    self = preset.recipe
  }

  /// The preset's name, or `custom`.
  public var name: String { Self.presets.first { $0.recipe == self }?.name ?? "custom" }

  private static func cropped(_ smallestArea: Double) -> Augmentation {
    var recipe = Augmentation()
    recipe.crop = .resized(area: smallestArea...1)
    recipe.flip = 0.5
    return recipe
  }
}
