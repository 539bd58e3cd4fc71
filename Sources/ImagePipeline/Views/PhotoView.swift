/// How a photo of any shape becomes a square for evaluation.
public enum ResizePolicy: String, Codable, Hashable, Sendable, CaseIterable {
  /// The shorter side to side · 256 / 224, then the centre: keeps shapes, loses the margins.
  case crop
  /// The whole photo straight to the square: keeps everything, distorts.
  case squash
  /// As `squash`, but each pixel from the four around its place, however much the photo shrinks: as Keras's
  /// `Resizing` and TensorFlow's `resize` do it.
  case bilinear
}

/// The square that a network is shown of a photo.
public enum PhotoView: Hashable, Codable, Sendable {
  /// The whole photo or its middle, as it is seen in use.
  case evaluation(ResizePolicy)
  /// A random one; `Augmentation.none` is the evaluation view with `.crop`.
  case training(Augmentation)
  /// One of several whose outputs are averaged, `index` in `0..<of`; see `testTime(_:views:)`.
  case testTime(ResizePolicy, index: Int, of: Int)

  /// Whether the view is the same in every epoch, so that features of it may be cached.
  package var repeats: Bool {
    switch self {
    case .evaluation, .testTime: true
    case .training(let augmentation): !augmentation.varies
    }
  }

  /// The numbers of views that testing can average.
  public static let testTimeCounts = [1, 2, 5, 10]

  /// The views of a photo whose outputs are averaged: 1 is the evaluation view; 2 adds its mirror
  /// image; 5 are the corners (top left, top right, bottom left, bottom right) and the centre of the photo
  /// resized as for evaluation, to side · 256 / 224; 10 adds their mirror images (Krizhevsky et al. 2012).
  ///
  /// With `.squash` the first two show the whole photo; five and ten are parts of it, squashed.
  /// - Parameters:
  ///   - policy: `.crop` cuts squares from the photo in its own shape; `.squash` squeezes it into a
  ///     square first.
  ///   - count: one of `testTimeCounts`.
  public static func testTime(_ policy: ResizePolicy, views count: Int) -> [PhotoView] {
    precondition(testTimeCounts.contains(count), "views for testing are 1, 2, 5 or 10")
    return (0..<count).map { .testTime(policy, index: $0, of: count) }
  }
}

extension ResizePolicy {
  private var interpolation: Interpolation { self == .bilinear ? .sampled : .bilinear }

  /// The one resize that shows what resizing and then cropping would.
  func resampling(width: Int, height: Int, side: Int) -> Resampling {
    switch self {
    case .squash, .bilinear:
      let whole = Box(left: 0, top: 0, right: Float(width), bottom: Float(height))
      return Resampling(whole, width: side, height: side, interpolation)
    case .crop:
      return enlarged(width: width, height: height, side: side).centred(side)
    }
  }

  /// All of the photo, with a shorter side of side · 256 / 224: what squares are cut from.
  func enlarged(width: Int, height: Int, side: Int) -> Resampling {
    let whole = Box(left: 0, top: 0, right: Float(width), bottom: Float(height))
    let shorter = Int((Double(side) * 256 / 224).rounded())
    guard self == .crop else {
      return Resampling(whole, width: shorter, height: shorter, interpolation)
    }
    // As torchvision's Resize: the longer side is cut to an integer.
    let longer = { (side: Int) in
      max(shorter, Int(Double(shorter) * Double(side) / Double(min(width, height))))
    }
    return Resampling(
      whole, width: width <= height ? shorter : longer(width),
      height: height <= width ? shorter : longer(height))
  }
}

extension Resampling {
  /// A square of the result.
  func square(_ side: Int, x: Int, y: Int) -> Resampling {
    var part = self
    (part.x, part.y, part.partWidth, part.partHeight) = (x, y, side, side)
    return part
  }

  /// As torchvision's CenterCrop: the margins are halved with ties to even.
  func centred(_ side: Int) -> Resampling {
    let margin = { (total: Int) in
      Int((Double(total - side) / 2).rounded(.toNearestOrEven))
    }
    return square(side, x: margin(width), y: margin(height))
  }
}
