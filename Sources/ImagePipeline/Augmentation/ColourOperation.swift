/// A change of a view's colours, settled. Results are rounded and clamped to 0...255; luma is 0.299 R + 0.587 G
/// + 0.114 B.
package enum ColourOperation: Hashable, Sendable {
  /// x · factor.
  case brightness(Double)
  /// m + factor · (x − m), m the mean luma of the view.
  case contrast(Double)
  /// l + factor · (x − l), l the pixel's luma.
  case saturation(Double)
  /// The hue of HSV turned by a share of the circle.
  case hue(Double)
  /// s + factor · (x − s), s smoothed by [1 1 1; 1 5 1; 1 1 1] / 13; the outermost pixels stay.
  case sharpness(Double)
  /// The upper bits, the others 0.
  case posterize(bits: Int)
  /// 255 − x where x is at least the threshold.
  case solarize(threshold: Int)
  /// Each channel stretched to 0...255.
  case autocontrast
  /// Each channel's values spread evenly, as Pillow's `ImageOps.equalize`.
  case equalize
  /// The luma in all three channels.
  case grayscale
  /// A Gaussian of this standard deviation in pixels, cut at three of them.
  case blur(sigma: Double)
}

extension Image {
  /// The image after some operations, one after the other.
  package func applying(_ operations: [ColourOperation]) -> Image {
    var result = self
    result.pixels.withUnsafeMutableBufferPointer { buffer in
      guard let pixels = buffer.baseAddress else { return }
      ColourPass.run(
        operations, on: pixels, width: width, height: height, scratch: ScratchMemory())
    }
    return result
  }
}
