import Glibc
import TensorKernels

/// A view of one photo, settled: what to resize and whether to mirror the result.
struct ViewPlan: Hashable {
  var resampling: Resampling
  var flipped = false
  /// The JPEG may be decoded at 1/2, 1/4 or 1/8, as long as the crop is still larger than the view.
  var allowsReducedDecoding = false
}

extension PhotoView {
  /// - Parameters:
  ///   - width: of the upright photo, in pixels.
  ///   - side: of the square, in pixels.
  ///   - random: the photo's own numbers; untouched unless the view is random.
  func plan(width: Int, height: Int, side: Int, random: inout CounterRandom) -> ViewPlan {
    switch self {
    case .evaluation(let policy):
      return ViewPlan(resampling: policy.resampling(width: width, height: height, side: side))
    case .training(let augmentation):
      return augmentation.plan(width: width, height: height, side: side, random: &random)
    case .testTime(let policy, let index, let count):
      let flipped = index >= (count + 1) / 2
      guard count > 2 else {
        return ViewPlan(
          resampling: policy.resampling(width: width, height: height, side: side), flipped: flipped)
      }
      let photo = policy.enlarged(width: width, height: height, side: side)
      let (right, bottom) = (photo.width - side, photo.height - side)
      let part: Resampling
      switch index % 5 {
      case 0: part = photo.square(side, x: 0, y: 0)
      case 1: part = photo.square(side, x: right, y: 0)
      case 2: part = photo.square(side, x: 0, y: bottom)
      case 3: part = photo.square(side, x: right, y: bottom)
      default: part = photo.centred(side)
      }
      return ViewPlan(resampling: part, flipped: flipped)
    }
  }
}

extension Augmentation {
  fileprivate func plan(
    width: Int, height: Int, side: Int, random: inout CounterRandom
  ) -> ViewPlan {
    var plan: ViewPlan
    switch crop {
    case .centre:
      plan = ViewPlan(
        resampling: ResizePolicy.crop.resampling(width: width, height: height, side: side))
    case .whole:
      plan = ViewPlan(
        resampling: ResizePolicy.squash.resampling(width: width, height: height, side: side))
    case .patch:
      let photo = ResizePolicy.crop.enlarged(width: width, height: height, side: side)
      let x = random.below(photo.width - side + 1)
      let y = random.below(photo.height - side + 1)
      plan = ViewPlan(
        resampling: photo.square(side, x: x, y: y), allowsReducedDecoding: true)
    case .resized(let area, let aspect):
      let box = randomBox(
        width: width, height: height, area: area, aspect: aspect, random: &random)
      plan = ViewPlan(
        resampling: Resampling(box, width: side, height: side), allowsReducedDecoding: true)
    }
    // Mirrored in the upper part of the draw: as one bit decides for a half.
    if flip > 0 { plan.flipped = random.uniform() >= 1 - flip }
    return plan
  }
}

/// A random part of a photo: its share of the area uniform, its aspect ratio log-uniform, its place
/// uniform (Szegedy et al. 2015, section 6).
///
/// After ten draws that do not fit: the largest centred part with an allowed aspect ratio.
private func randomBox(
  width: Int, height: Int, area: ClosedRange<Double>, aspect aspects: ClosedRange<Double>,
  random: inout CounterRandom
) -> Box {
  func box(_ x: Int, _ y: Int, _ partWidth: Int, _ partHeight: Int) -> Box {
    Box(
      left: Float(x), top: Float(y), right: Float(x + partWidth), bottom: Float(y + partHeight))
  }
  let whole = Double(width) * Double(height)
  for _ in 0..<10 {
    let wanted = whole * random.uniform(area.lowerBound, area.upperBound)
    let aspect = exp(random.uniform(log(aspects.lowerBound), log(aspects.upperBound)))
    let partWidth = Int((wanted * aspect).squareRoot().rounded())
    let partHeight = Int((wanted / aspect).squareRoot().rounded())
    guard (1...width).contains(partWidth), (1...height).contains(partHeight) else { continue }
    return box(
      random.below(width - partWidth + 1), random.below(height - partHeight + 1), partWidth,
      partHeight)
  }
  let aspect = Double(width) / Double(height)
  let partWidth =
    aspect > aspects.upperBound
    ? max(1, Int((Double(height) * aspects.upperBound).rounded())) : width
  let partHeight =
    aspect < aspects.lowerBound
    ? max(1, Int((Double(width) / aspects.lowerBound).rounded())) : height
  return box((width - partWidth) / 2, (height - partHeight) / 2, partWidth, partHeight)
}
