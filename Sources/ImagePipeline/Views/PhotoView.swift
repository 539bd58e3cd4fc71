import TensorKernels

/// How a photo of any shape becomes what a network reads, for evaluation.
public enum ResizePolicy: Codable, Hashable, Sendable, CaseIterable, RawRepresentable {
  /// Scaled so that it covers the network's size · 256 / 224, then the centre: keeps shapes, loses the
  /// margins.
  case crop
  /// The whole photo straight to the network's size: keeps everything, distorts.
  case squash
  /// As `squash`, but each pixel from the four around its place, however much the photo shrinks: as Keras's
  /// `Resizing` and TensorFlow's `resize` do it.
  case bilinear
  /// The whole photo as large as it fits, in the middle, with ImageNet's mean colour beside it: keeps
  /// everything and its shape, at fewer pixels.
  case fit
  /// Scaled so that it just covers the network's size, then the centre: keeps shapes, loses what is beyond, and
  /// leaves a photo of that size as it is.
  case cover
  /// As the network's published weights were measured: by another filter, to another size before the centre is
  /// taken.
  case cut(PhotoCut)

  /// Those that a user may name.
  public static let allCases: [ResizePolicy] = [.crop, .squash, .bilinear, .fit, .cover]

  /// The policy of this name, or of a cut's numbers: `crop 0.95 bicubic`.
  public init?(rawValue: String) {
    if let named = Self.allCases.first(where: { $0.rawValue == rawValue }) {
      self = named
    } else if let cut = PhotoCut(text: rawValue) {
      self = .cut(cut)
    } else {
      return nil
    }
  }

  /// The name, as it is written into files and messages.
  public var rawValue: String {
    switch self {
    case .crop: "crop"
    case .squash: "squash"
    case .bilinear: "bilinear"
    case .fit: "fit"
    case .cover: "cover"
    case .cut(let cut): cut.text
    }
  }
}

extension ResizePolicy {
  /// A user's choice for a base; where there is none, the base's usual view.
  /// - Parameter cropping: what `.crop` is for the base.
  package init(_ chosen: ResizePolicy?, usual: ResizePolicy, cropping: ResizePolicy) {
    self = chosen == .crop ? cropping : chosen ?? usual
  }
}

/// What a network is shown of a photo.
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
  /// resized as for evaluation, to the network's size · 256 / 224; 10 adds their mirror images
  /// (Krizhevsky et al. 2012).
  ///
  /// With `.squash`, `.bilinear` and `.fit` the first two show the whole photo; five and ten are parts of it, squashed
  /// or with what is beside it.
  /// - Parameters:
  ///   - policy: `.crop` and `.cover` cut from the photo in its own shape; `.squash` and `.bilinear` squeeze it into the
  ///     network's first; `.fit` lays it on a background of that shape first.
  ///   - count: one of `testTimeCounts`.
  public static func testTime(_ policy: ResizePolicy, views count: Int) -> [PhotoView] {
    precondition(testTimeCounts.contains(count), "views for testing are 1, 2, 5 or 10")
    return (0..<count).map { .testTime(policy, index: $0, of: count) }
  }
}

extension ImageSize {
  /// What views are cut from: 256 / 224 of the size.
  var enlarged: ImageSize {
    func longer(_ side: Int) -> Int { Int((Double(side) * 256 / 224).rounded()) }
    return ImageSize(height: longer(height), width: longer(width))
  }

  /// What timm cuts a share from that has this size.
  func enlarged(toCut fraction: Double) -> ImageSize {
    func longer(_ side: Int) -> Int { Int((Double(side) / fraction).rounded(.down)) }
    return ImageSize(height: longer(height), width: longer(width))
  }
}

extension ResizePolicy {
  /// All of a photo on the canvas that its evaluation view is the centre of.
  func evaluated(width: Int, height: Int, size: ImageSize) -> ScaledPhoto {
    scaled(width: width, height: height, canvas: canvas(for: size))
  }

  /// What a photo is resized to, of which the centre is what a network of this size sees.
  package func canvas(for size: ImageSize) -> ImageSize {
    switch self {
    case .crop: size.enlarged
    case .cut(let cut): size.enlarged(toCut: cut.fraction)
    case .squash, .bilinear, .fit, .cover: size
    }
  }

  /// All of a photo on a canvas, which for `.crop`, `.cover` and cuts in its shape is the photo itself, at least as
  /// large.
  func scaled(width: Int, height: Int, canvas: ImageSize) -> ScaledPhoto {
    let whole = Box(left: 0, top: 0, right: Float(width), bottom: Float(height))
    let (across, down) = (Double(canvas.width), Double(canvas.height))
    // Whether the photo is longer than the canvas, in its shape.
    let isLonger = Double(width) * down > Double(height) * across
    switch self {
    case .squash, .bilinear:
      return ScaledPhoto(
        Resampling(
          whole, width: canvas.width, height: canvas.height,
          self == .bilinear ? .sampled : .bilinear))
    case .cut(let cut):
      let policy: ResizePolicy = cut.mode == .crop ? .crop : .squash
      var photo = policy.scaled(width: width, height: height, canvas: canvas).photo
      photo.interpolation = cut.filter
      return ScaledPhoto(photo)
    case .crop, .cover:
      // As torchvision's Resize: the longer side is cut to an integer.
      let columns =
        isLonger
        ? max(canvas.width, Int(down * Double(width) / Double(height))) : canvas.width
      let rows =
        isLonger ? canvas.height : max(canvas.height, Int(across * Double(height) / Double(width)))
      return ScaledPhoto(Resampling(whole, width: columns, height: rows))
    case .fit:
      // As Pillow's ImageOps.pad.
      let columns =
        isLonger
        ? canvas.width : min(canvas.width, rounded(Double(width) / Double(height) * down))
      let rows =
        isLonger
        ? min(canvas.height, rounded(Double(height) / Double(width) * across)) : canvas.height
      return ScaledPhoto(
        Resampling(whole, width: max(1, columns), height: max(1, rows)), on: canvas)
    }
  }
}

/// Ties go to even numbers, as in Python.
private func rounded(_ value: Double) -> Int { Int(value.rounded(.toNearestOrEven)) }

/// A photo resized as a whole, in the middle of a canvas that views are cut from.
struct ScaledPhoto {
  /// All of the photo.
  let photo: Resampling
  /// Of the canvas, in pixels.
  let width: Int
  let height: Int
  /// Where the photo begins on it.
  private let x: Int
  private let y: Int

  /// A photo that is its own canvas.
  init(_ photo: Resampling) {
    self.init(photo, on: ImageSize(height: photo.height, width: photo.width))
  }

  init(_ photo: Resampling, on canvas: ImageSize) {
    self.photo = photo
    (width, height) = (canvas.width, canvas.height)
    x = rounded(Double(canvas.width - photo.width) / 2)
    y = rounded(Double(canvas.height - photo.height) / 2)
  }

  /// What lies within a rectangle of the canvas.
  func view(_ size: ImageSize, x left: Int, y top: Int) -> ViewPlan.Geometry {
    let (first, last) = (max(x, left), min(x + photo.width, left + size.width))
    let (upper, lower) = (max(y, top), min(y + photo.height, top + size.height))
    var part = photo
    (part.x, part.y) = (first - x, upper - y)
    (part.partWidth, part.partHeight) = (last - first, lower - upper)
    guard part.partWidth < size.width || part.partHeight < size.height else {
      return .upright(part)
    }
    return .padded(part, x: first - left, y: upper - top)
  }

  /// As torchvision's CenterCrop: the margins are halved with ties to even.
  func centre(_ size: ImageSize) -> ViewPlan.Geometry {
    view(
      size, x: rounded(Double(width - size.width) / 2),
      y: rounded(Double(height - size.height) / 2))
  }
}
