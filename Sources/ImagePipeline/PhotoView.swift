import Glibc
import TensorKernels

/// How a photo of any shape becomes a square for evaluation.
public enum ResizePolicy: String, Codable, Hashable, Sendable, CaseIterable {
  /// The shorter side to side · 256 / 224, then the centre: keeps shapes, loses the margins.
  case crop
  /// The whole photo straight to the square: keeps everything, distorts.
  case squash
}

/// How training varies its photos.
public enum Augmentation: String, Codable, Hashable, Sendable, CaseIterable {
  /// The evaluation view, every time.
  case none
  /// A random part of at least 70 % of the area, flipped half the time.
  case light
  /// A random part of at least 35 % of the area, flipped half the time.
  case standard

  /// The smallest part of the photo's area that a view may show; `nil`: no random crop.
  var smallestArea: Double? {
    switch self {
    case .none: nil
    case .light: 0.7
    case .standard: 0.35
    }
  }
}

/// The square that a network is shown of a photo.
public enum PhotoView: Hashable, Codable, Sendable {
  case evaluation(ResizePolicy)
  /// A random one; `Augmentation.none` is the evaluation view with `.crop`.
  case training(Augmentation)

  /// Whether the view is the same in every epoch, so that features of it may be cached.
  public var repeats: Bool {
    switch self {
    case .evaluation, .training(.none): true
    case .training: false
    }
  }
}

/// A view of one photo, settled: what to resize and whether to mirror the result.
struct ViewPlan: Hashable {
  var resampling: Resampling
  var flipped: Bool
  /// The JPEG may be decoded at 1/2, 1/4 or 1/8, as long as the crop is still larger than the view.
  var allowsReducedDecoding: Bool
}

extension PhotoView {
  /// - Parameters:
  ///   - width: of the upright photo, in pixels.
  ///   - side: of the square, in pixels.
  ///   - random: the photo's own numbers; untouched unless the view is random.
  func plan(width: Int, height: Int, side: Int, random: inout CounterRandom) -> ViewPlan {
    switch self {
    case .evaluation(let policy):
      return ViewPlan(
        resampling: policy.resampling(width: width, height: height, side: side), flipped: false,
        allowsReducedDecoding: false)
    case .training(let augmentation):
      guard let area = augmentation.smallestArea else {
        return PhotoView.evaluation(.crop)
          .plan(width: width, height: height, side: side, random: &random)
      }
      let box = randomBox(width: width, height: height, smallestArea: area, random: &random)
      return ViewPlan(
        resampling: Resampling(box, width: side, height: side), flipped: random.next() >> 63 == 1,
        allowsReducedDecoding: true)
    }
  }
}

extension ResizePolicy {
  /// The one resize that shows what resizing and then cropping would.
  func resampling(width: Int, height: Int, side: Int) -> Resampling {
    let whole = Box(left: 0, top: 0, right: Float(width), bottom: Float(height))
    switch self {
    case .squash: return Resampling(whole, width: side, height: side)
    case .crop:
      // As torchvision's Resize and CenterCrop: the longer side is cut to an integer, the margins
      // are halved with ties to even.
      let shorter = Int((Double(side) * 256 / 224).rounded())
      let longer = { (side: Int) in
        max(shorter, Int(Double(shorter) * Double(side) / Double(min(width, height))))
      }
      var resampling = Resampling(
        whole, width: width <= height ? shorter : longer(width),
        height: height <= width ? shorter : longer(height))
      let margin = { (total: Int) in
        Int((Double(total - side) / 2).rounded(.toNearestOrEven))
      }
      resampling.x = margin(resampling.width)
      resampling.y = margin(resampling.height)
      resampling.partWidth = side
      resampling.partHeight = side
      return resampling
    }
  }
}

/// A random part of a photo: its area uniform in smallestArea...1 of the photo's, its aspect ratio
/// log-uniform in 3/4...4/3, its place uniform (Szegedy et al. 2015, section 6).
///
/// After ten draws that do not fit: the largest centred part with an allowed aspect ratio.
private func randomBox(
  width: Int, height: Int, smallestArea: Double, random: inout CounterRandom
) -> Box {
  func box(_ x: Int, _ y: Int, _ partWidth: Int, _ partHeight: Int) -> Box {
    Box(
      left: Float(x), top: Float(y), right: Float(x + partWidth), bottom: Float(y + partHeight))
  }
  let area = Double(width) * Double(height)
  let aspects = (low: 3.0 / 4, high: 4.0 / 3)
  for _ in 0..<10 {
    let wanted = area * random.uniform(smallestArea, 1)
    let aspect = exp(random.uniform(log(aspects.low), log(aspects.high)))
    let partWidth = Int((wanted * aspect).squareRoot().rounded())
    let partHeight = Int((wanted / aspect).squareRoot().rounded())
    guard (1...width).contains(partWidth), (1...height).contains(partHeight) else { continue }
    return box(
      random.below(width - partWidth + 1), random.below(height - partHeight + 1), partWidth,
      partHeight)
  }
  let aspect = Double(width) / Double(height)
  let partWidth = aspect > aspects.high ? Int((Double(height) * aspects.high).rounded()) : width
  let partHeight = aspect < aspects.low ? Int((Double(width) / aspects.low).rounded()) : height
  return box((width - partWidth) / 2, (height - partHeight) / 2, partWidth, partHeight)
}
