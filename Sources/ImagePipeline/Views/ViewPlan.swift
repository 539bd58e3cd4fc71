import Files
import Glibc
import TensorKernels

/// A view of one photo, settled.
package struct ViewPlan: Hashable {
  package enum Geometry: Hashable {
    /// Rows stay rows: antialiased bilinear as Pillow's.
    case upright(Resampling)
    /// The same, for a part of the view that begins at (x, y); the rest has ImageNet's mean colour.
    case padded(Resampling, x: Int, y: Int)
    case transformed(Transformation)
  }

  package var geometry: Geometry
  /// Whether left and right are then exchanged; what is transformed is mirrored by its map.
  package var isFlipped = false
  /// Of a JPEG only what the view shows may be decoded, at 1/2, 1/4 or 1/8 as long as the crop is still
  /// larger than the view.
  package var allowsPartialDecoding = false
  package var colours: [ColourOperation] = []
  package var erased: ErasedBox?
  /// What is added to the network's input, in RGB of 0...1.
  package var offset = SIMD3<Float>()

  init(_ geometry: Geometry, flipped: Bool = false) {
    self.geometry = geometry
    isFlipped = flipped
  }
}

extension PhotoView {
  /// - Parameters:
  ///   - width: of the upright photo, in pixels.
  ///   - size: of the view.
  ///   - random: the photo's own numbers; untouched unless the view is random.
  package func plan(
    width: Int, height: Int, size: ImageSize, random: inout CounterRandom
  ) -> ViewPlan {
    switch self {
    case .evaluation(let policy):
      return ViewPlan(policy.evaluated(width: width, height: height, size: size).centre(size))
    case .training(let augmentation):
      return augmentation.plan(width: width, height: height, size: size, random: &random)
    case .testTime(let policy, let index, let count):
      let flipped = count.isMultiple(of: 2) && index >= count / 2
      guard count >= 5 else {
        return ViewPlan(
          policy.evaluated(width: width, height: height, size: size).centre(size),
          flipped: flipped)
      }
      let photo = policy.scaled(width: width, height: height, canvas: size.enlarged)
      let (right, bottom) = (photo.width - size.width, photo.height - size.height)
      let place = index % 5
      guard place < 4 else { return ViewPlan(photo.centre(size), flipped: flipped) }
      return ViewPlan(
        photo.view(size, x: place % 2 == 0 ? 0 : right, y: place < 2 ? 0 : bottom),
        flipped: flipped)
    }
  }
}

extension Augmentation {
  fileprivate func plan(
    width: Int, height: Int, size: ImageSize, random: inout CounterRandom
  ) -> ViewPlan {
    let (part, isRandom) = cropped(width: width, height: height, size: size, random: &random)
    // Mirrored in the upper part of the draw: as one bit decides for a half.
    let flipped = flip > 0 && random.uniform() >= 1 - flip
    var move = drawnMove(&random)
    var colours: [ColourOperation] = []
    for effect in AutomaticOperation.draw(self, random: &random) {
      switch effect {
      case .move(let next): move = move.then(next)
      case .colour(let operation): colours.append(operation)
      case .nothing: break
      }
    }
    var plan =
      move == .none
      ? ViewPlan(.upright(part), flipped: flipped)
      : moved(part, move, flipped: flipped, width: width, height: height)
    plan.allowsPartialDecoding = isRandom
    plan.colours = colours + drawnColours(size, &random)
    plan.erased = erasing.flatMap { ErasedBox($0, size: size, random: &random) }
    plan.offset = pcaJitter?.draw(&random) ?? SIMD3()
    return plan
  }

  private func cropped(
    width: Int, height: Int, size: ImageSize, random: inout CounterRandom
  ) -> (part: Resampling, isRandom: Bool) {
    switch crop {
    case .centre:
      let photo = ResizePolicy.crop.evaluated(width: width, height: height, size: size)
      return (photo.centre(size).resampling, false)
    case .whole:
      return (ResizePolicy.squash.scaled(width: width, height: height, canvas: size).photo, false)
    case .patch:
      let photo = ResizePolicy.crop.scaled(width: width, height: height, canvas: size.enlarged)
      let x = random.below(photo.width - size.width + 1)
      let y = random.below(photo.height - size.height + 1)
      return (photo.view(size, x: x, y: y).resampling, true)
    case .resized(let area, let aspect):
      // Parts are as long as the recipe lets those of a square be, beside the view's own shape.
      let shape = Double(size.width) / Double(size.height)
      let box = randomBox(
        width: width, height: height, area: area,
        aspect: aspect.lowerBound * shape...aspect.upperBound * shape, random: &random)
      return (Resampling(box, width: size.width, height: size.height), true)
    }
  }

  /// Scaled, sheared, turned, moved: what is off takes no draw.
  private func drawnMove(_ random: inout CounterRandom) -> Move {
    func symmetric(_ limit: Double) -> Double { random.uniform(-limit, limit) }
    func slope() -> Double { tan(symmetric(shear) * Double.pi / 180) }
    var move = Move.none
    if scale > 0 { move = move.then(.scale(1 + symmetric(scale))) }
    if shear > 0 { move = move.then(.shearX(slope())).then(.shearY(slope())) }
    if rotation > 0 { move = move.then(.rotation(degrees: symmetric(rotation))) }
    if translation > 0 {
      move = move.then(.translation(x: symmetric(translation), y: symmetric(translation)))
    }
    return move
  }

  private func drawnColours(
    _ size: ImageSize, _ random: inout CounterRandom
  ) -> [ColourOperation] {
    func factor(_ limit: Double) -> Double { 1 + random.uniform(-limit, limit) }
    var colours: [ColourOperation] = []
    if brightness > 0 { colours.append(.brightness(factor(brightness))) }
    if contrast > 0 { colours.append(.contrast(factor(contrast))) }
    if saturation > 0 { colours.append(.saturation(factor(saturation))) }
    if hue > 0 { colours.append(.hue(random.uniform(-hue, hue))) }
    if grayscale > 0, random.uniform() < grayscale { colours.append(.grayscale) }
    if let blur, random.uniform() < blur.probability {
      let sigma = random.uniform(blur.sigma.lowerBound, blur.sigma.upperBound)
      colours.append(.blur(sigma: sigma * Double(min(size.height, size.width)) / 224))
    }
    return colours
  }

  /// A move along the axes that stays within the photo is a resize of another part of it.
  private func moved(
    _ part: Resampling, _ move: Move, flipped: Bool, width: Int, height: Int
  ) -> ViewPlan {
    if move.isUpright, move.xx > 0 {
      // The resize comes first here, and the mirror last: what moved right moves left.
      let mirrored = flipped ? Move.mirror.then(move).then(.mirror) : move
      let map = Transformation(part, mirrored, border: border)
      let box = Box(
        left: Float(map.x), top: Float(map.y), right: Float(map.x + Double(map.width) * map.xu),
        bottom: Float(map.y + Double(map.height) * map.yv))
      if box.left >= 0, box.top >= 0, box.right <= Float(width), box.bottom <= Float(height) {
        return ViewPlan(
          .upright(Resampling(box, width: map.width, height: map.height)), flipped: flipped)
      }
    }
    // The photo is mirrored before it is moved.
    let whole = flipped ? Move.mirror.then(move) : move
    return ViewPlan(.transformed(Transformation(part, whole, border: border)))
  }
}

extension Augmentation.PCAJitter {
  /// Σ pᵢ αᵢ λᵢ with αᵢ ~ N(0, σ), in RGB of 0...1.
  package func draw(_ random: inout CounterRandom) -> SIMD3<Float> {
    let basis: ColourBasis
    switch self.basis {
    case .imageNet: basis = .imageNet
    case .given(let given): basis = given
    case .photos: preconditionFailure("the basis of the photos is computed before views are drawn")
    }
    var shift = SIMD3<Double>()
    for (variance, axis) in zip(basis.variances, basis.vectors) {
      shift += random.normal() * sigma * variance * SIMD3(axis)
    }
    return SIMD3<Float>(shift)
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
