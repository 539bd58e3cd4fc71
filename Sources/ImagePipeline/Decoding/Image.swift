/// A picture as the networks see it: upright, RGB, 8 bits a channel.
public struct Image: Sendable, Hashable {
  /// In pixels, at least 1.
  public let width: Int
  /// In pixels, at least 1.
  public let height: Int
  /// `[height, width, 3]`, red first.
  public var pixels: [UInt8]

  /// - Parameters:
  ///   - width: in pixels, at least 1.
  ///   - height: in pixels, at least 1.
  ///   - pixels: `[height, width, 3]`: row by row from the top, three bytes (R, G, B) a pixel.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    precondition(pixels.count == width * height * 3, "an image has three bytes a pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The part that starts at column `x`, row `y`; it must lie within the image.
  public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
    precondition(
      x >= 0 && y >= 0 && x + width <= self.width && y + height <= self.height,
      "a crop lies within the image")
    var part: [UInt8] = []
    part.reserveCapacity(width * height * 3)
    for row in y..<y + height {
      let start = (row * self.width + x) * 3
      part += pixels[start..<start + width * 3]
    }
    return Image(width: width, height: height, pixels: part)
  }

  /// The mirror image: left and right exchanged.
  public func flippedHorizontally() -> Image { oriented(.mirrored) }

  /// The image turned as `orientation` demands.
  func oriented(_ orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    let size = orientation.size(width: width, height: height)
    let turned = pixels.withUnsafeBufferPointer { source in
      [UInt8](unsafeUninitializedCapacity: pixels.count) { target, count in
        if let source = source.baseAddress, let target = target.baseAddress {
          orientation.apply(to: source, width: width, height: height, into: target)
        }
        count = pixels.count
      }
    }
    return Image(width: size.width, height: size.height, pixels: turned)
  }
}
