import Files

extension Augmentation {
  /// The part of a photo that becomes the square.
  public enum Crop: Hashable, Sendable {
    /// The evaluation view's: the shorter side to side · 256 / 224, then the centre.
    case centre
    /// All of it, distorted.
    case whole
    /// A part with a share of the photo's area uniform in `area` and an aspect ratio (width / height)
    /// log-uniform in `aspect`, at a uniform place (Szegedy et al. 2015, section 6).
    case resized(area: ClosedRange<Double>, aspect: ClosedRange<Double> = Self.usualAspect)
    /// As for AlexNet (Krizhevsky et al. 2012): the shorter side to side · 256 / 224, then a square at a
    /// uniform place. The paper cuts the photo to its central square first; here all of it counts.
    case patch

    /// 3 / 4 ... 4 / 3.
    public static let usualAspect = (3.0 / 4)...(4.0 / 3)
  }

  /// What is beyond the photo.
  public enum Border: String, Codable, Hashable, Sendable, CaseIterable {
    /// The photo mirrored at its edges.
    case reflect
    /// The mean colour of ImageNet.
    case mean
  }

  /// Gaussian blur, with some probability.
  public struct Blur: Hashable, Sendable {
    /// `0...1`.
    public var probability: Double
    /// The standard deviation is uniform in this range, `0.05...10`, in pixels of a view of 224; it
    /// grows with the side.
    public var sigma: ClosedRange<Double>

    /// A blur in half of the views, by 0.1 to 2 pixels, unless told otherwise.
    public init(probability: Double = 0.5, sigma: ClosedRange<Double> = 0.1...2) {
      self.probability = probability
      self.sigma = sigma
    }
  }

  /// Krizhevsky et al. 2012, section 4.1: Σ pᵢ αᵢ λᵢ is added to every pixel of the view, in RGB of
  /// 0...1, with αᵢ ~ N(0, σ) drawn once per view.
  public struct PCAJitter: Hashable, Sendable {
    /// `0...1`, 0.1 in the paper.
    public var sigma: Double
    /// The axes of colour and the variances along them.
    public var basis: Basis

    /// The paper's strength on ImageNet's colours, unless told otherwise.
    public init(sigma: Double = 0.1, basis: Basis = .imageNet) {
      self.sigma = sigma
      self.basis = basis
    }

    /// Where λ and p come from.
    public enum Basis: Hashable, Sendable {
      /// `ColourBasis.imageNet`.
      case imageNet
      /// The training photos; to be replaced by what `ColourBasis(of:…)` finds before photos are loaded.
      case photos
      /// These numbers.
      case given(ColourBasis)
    }
  }

  /// A number of random operations of one strength (Cubuk et al. 2020).
  public struct RandAugment: Hashable, Sendable {
    /// Operations a view, `1...14`; one may come more than once.
    public var operations: Int
    /// Their strength, `0...30`.
    public var magnitude: Double

    /// Two operations of magnitude 9, as for ResNet-50 in the paper, unless told otherwise.
    public init(operations: Int = 2, magnitude: Double = 9) {
      self.operations = operations
      self.magnitude = magnitude
    }
  }

  /// A rectangle blotted out, with some probability (Zhong et al. 2020).
  public struct Erasing: Hashable, Sendable {
    /// `0...1`.
    public var probability: Double
    /// The rectangle's share of the view's area, within `0...1`.
    public var area: ClosedRange<Double>
    /// Its height / width, log-uniform, within `0.05...20`.
    public var aspect: ClosedRange<Double>
    /// What the rectangle is filled with.
    public var fill: Fill

    /// What stands where the view was blotted out.
    public enum Fill: String, Codable, Hashable, Sendable, CaseIterable {
      /// A random colour for each pixel.
      case noise
      /// The mean colour of ImageNet.
      case mean
      /// 0 in all channels.
      case black
    }

    /// The paper's ranges in half of the views, filled with noise, unless told otherwise.
    public init(
      probability: Double = 0.5, area: ClosedRange<Double> = 0.02...0.33,
      aspect: ClosedRange<Double> = 0.3...3.3, fill: Fill = .noise
    ) {
      self.probability = probability
      self.area = area
      self.aspect = aspect
      self.fill = fill
    }
  }
}
