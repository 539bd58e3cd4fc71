/// How training varies its photos: a recipe of named parts, each off unless given.
///
/// A view is made in this order, whatever order the parts are given in:
/// 1. **geometry**: `crop`, `flip`, `rotation`, `scale`, `shear`, `translation` and the moves of
///    `randAugment` and `trivialAugment` compose to one map, and the photo is interpolated once;
/// 2. **colour**, on bytes: the other operations of `randAugment` and `trivialAugment`, then
///    `brightness`, `contrast`, `saturation`, `hue`, `grayscale`, `blur`;
/// 3. `erasing`;
/// 4. `pcaJitter`, on the network's floating-point input, unclamped;
/// 5. **mixing** of whole views within a batch: `mixup`, `cutmix`.
///
/// Everything random is a function of (seed, epoch, photo), the mixing of (seed, epoch, batch). In JSON
/// a recipe is the name of a preset or an object with only the parts that are on.
public struct Augmentation: Hashable, Sendable {
  // MARK: geometry

  /// Which part of the photo is shown.
  public var crop = Crop.centre
  /// The probability of the mirror image (left and right exchanged), `0...1`.
  public var flip = 0.0
  /// Turned about the centre by up to this many degrees either way, `0...180`.
  public var rotation = 0.0
  /// Enlarged by a factor in `1 - scale ... 1 + scale`, `0..<1`.
  public var scale = 0.0
  /// Sheared along the rows and along the columns, each by up to this many degrees either way, `0..<90`.
  public var shear = 0.0
  /// Moved along the rows and along the columns, each by up to this share of the side either way, `0...1`.
  public var translation = 0.0
  /// What is seen where a moved view looks beyond the photo.
  public var border = Border.reflect

  // MARK: colour

  /// Multiplied by a factor in `1 - brightness ... 1 + brightness`, `0...1`.
  public var brightness = 0.0
  /// Distances from the mean luma multiplied by a factor in `1 - contrast ... 1 + contrast`, `0...1`.
  public var contrast = 0.0
  /// Distances from each pixel's luma multiplied by a factor in `1 - saturation ... 1 + saturation`,
  /// `0...1`.
  public var saturation = 0.0
  /// The hue turned by up to this share of the colour circle either way, `0...0.5`.
  public var hue = 0.0
  /// The probability of the view in grey, `0...1`.
  public var grayscale = 0.0
  /// A Gaussian blur; `nil`: none.
  public var blur: Blur?
  /// A shift of all colours along the main axes of a set of photos; `nil`: none.
  public var pcaJitter: PCAJitter?
  /// Some random operations of one strength; `nil`: none.
  public var randAugment: RandAugment?
  /// One operation of random strength (TrivialAugment with the wide space, Müller and Hutter 2021).
  public var trivialAugment = false
  /// A rectangle blotted out; `nil`: none.
  public var erasing: Erasing?

  // MARK: mixing

  /// α of mixup (Zhang et al. 2018), `0...10`; 0: none. A share λ ~ Beta(α, α) of each view, the rest
  /// of another of the batch.
  public var mixup = 0.0
  /// α of CutMix (Yun et al. 2019), `0...10`; 0: none. A box of 1 − λ of the area, λ ~ Beta(α, α), comes
  /// from another view of the batch. With `mixup` given too each batch takes one of them at random.
  public var cutmix = 0.0

  /// The recipe without any part: the centre of the photo, every time.
  public init() {}
}

extension Augmentation {
  /// Whether batches are mixed, so that photos have more than one label.
  package var mixes: Bool { mixup > 0 || cutmix > 0 }

  /// Whether the recipe asks for the colours of the training photos, which only the photos can tell.
  public var needsColourBasis: Bool { pcaJitter?.basis == .photos }

  /// The recipe with the colours of the training photos, if it asks for them.
  public func resolved(_ basis: @autoclosure () throws -> ColourBasis) rethrows -> Augmentation {
    guard needsColourBasis else { return self }
    var recipe = self
    recipe.pcaJitter?.basis = .given(try basis())
    return recipe
  }

  /// The standard deviation of the PCA jitter, along ImageNet's axes when it is set; `nil` for none.
  package var pcaSigma: Double? {
    get { pcaJitter?.sigma }
    set { pcaJitter = newValue.map { PCAJitter(sigma: $0) } }
  }

  /// Whether anything about a view is random.
  package var varies: Bool {
    var still = self
    switch crop {
    case .centre, .whole: still.crop = .centre
    case .resized, .patch: return true
    }
    still.border = .reflect
    return still != .none
  }
}
