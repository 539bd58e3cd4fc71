import Files

/// What a decoder takes beside the picture that it writes, in bytes, as a header lets it be known.
struct DecodingMemory {
  /// For each pixel.
  var perPixel = 0
  /// Whatever the number of pixels.
  var fixed = 0
}

extension ImageHeader {
  /// Pixels of the longest side. JPEG, GIF and WebP hold no longer one, and no panorama is as long; but what resizes a
  /// picture takes memory for each column and row, which of a line of pixels would be more than for the pixels. PNG
  /// has a limit of libpng's own: a million.
  private static let longestSide = 65_535
  private static let longestSideOfPNG = 1_000_000

  /// Bytes for each pixel that is allowed: three of the picture, and four beside them. What an ordinary file of any
  /// format takes is less; kinds that take more, as a progressive JPEG of full colours, may have fewer pixels.
  private static let bytesOfPixel = 7
  /// Fewer pixels that are allowed do not mean less memory for each: the default.
  private static let usualPixels = 100_000_000

  /// Judges a size before anything is allocated for it.
  /// - Parameter maximumPixels: more are refused, and what would take far more memory than so many usually do.
  func check(_ maximumPixels: Int) throws(ImageError) {
    let size = "\(storedWidth)×\(storedHeight) pixels"
    guard storedWidth > 0, storedHeight > 0 else {
      throw ImageError(.corrupt, "the header says \(size)")
    }
    guard storedWidth <= maximumPixels / storedHeight else {
      throw ImageError(.tooLarge, "\(size) are more than the \(maximumPixels) allowed")
    }
    let longest = format == .png ? Self.longestSideOfPNG : Self.longestSide
    guard max(storedWidth, storedHeight) <= longest else {
      throw ImageError(.tooLarge, "\(size) have a side of more than \(longest)")
    }
    let limit = Self.bytesOfPixel * min(max(maximumPixels, Self.usualPixels), 1 << 48)
    let pixels = storedWidth * storedHeight
    guard working.fixed <= limit, pixels <= (limit - working.fixed) / (3 + working.perPixel) else {
      throw ImageError(
        .tooLarge,
        "\(size) of this kind take more memory to decode than the \(limit >> 20) MiB allowed")
    }
  }

  /// What decoding takes beside the picture, in bytes.
  var workingMemory: Int {
    // What has a working memory takes it for the whole picture, however little of it is wanted.
    working.fixed + working.perPixel * storedWidth * storedHeight
  }

  /// Asks for what decoding takes, the picture of so many pixels included.
  /// - Throws: `.outOfMemory` where this process may not have as much.
  func requireMemory(forWidth width: Int, height: Int) throws(ImageError) {
    guard workingMemory > 0 else { return }
    try AvailableMemory.require(
      workingMemory + 3 * width * height, width: storedWidth, height: storedHeight)
  }
}
