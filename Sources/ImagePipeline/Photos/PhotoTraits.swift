import Foundation

/// How a photo was taken and stored, in numbers that do not say what is on it.
package struct PhotoTraits: Hashable, Sendable {
  /// Mean luma, `0...1`.
  package let brightness: Double
  /// Standard deviation of luma, `0...0.5`.
  package let contrast: Double
  /// Mean magnitude of luma's Laplacian at about 128 pixels, relative to `contrast`: low where edges are soft.
  package let sharpness: Double
  /// Mean of the largest less the smallest of red, green and blue, `0...1`.
  package let colourfulness: Double
  /// Upright, in pixels.
  package let width, height: Int
  /// Whether EXIF, or the container, says that the stored picture has to be turned or mirrored.
  package let isTurned: Bool
  /// A JPEG's quality in libjpeg's numbers, `1...100`, by its first table of quantisation, whose entries end at
  /// 255, so that below about 15 it is told somewhat too high; `nil` for other formats.
  package let jpegQuality: Int?

  /// The shorter side that is looked at, in pixels.
  private static let side = 128
  /// The most pixels that are looked at: with that shorter side, those of a photo eight times as long as wide.
  private static let mostPixels = 8 * side * side

  /// Reads a file once, a JPEG at a reduced size.
  /// - Throws: as `decodeImage`.
  package init(contentsOf file: URL, maximumPixels: Int = 100_000_000) throws(ImageError) {
    let workspace = Workspace()
    let bytes = try readFile(file.path, in: workspace)
    let encoded = try EncodedImage(bytes, maximumPixels: maximumPixels)
    let shorter = min(encoded.width, encoded.height)
    let reduction =
      encoded.canReduce ? [8, 4, 2].first { shorter / $0 >= Self.side } ?? 1 : 1
    let quality = Self.quality(bytes)
    let picture = try encoded.decode(reduction: reduction, in: workspace)
    let (width, height) = Self.sizeLookedAt(width: picture.width, height: picture.height)
    self.init(
      Image(picture, width: width, height: height, in: workspace), width: encoded.width,
      height: encoded.height,
      isTurned: encoded.header.orientation != .upright, jpegQuality: quality)
  }

  /// The size at which a picture is looked at: with its shorter side in `side` pixels where that is less, and with fewer
  /// where it is so long that these would be too many.
  package static func sizeLookedAt(width: Int, height: Int) -> (width: Int, height: Int) {
    let shorter = Double(side) / Double(min(width, height))
    let all = (Double(mostPixels) / (Double(width) * Double(height))).squareRoot()
    let scale = min(shorter, all)
    guard scale < 1 else { return (width, height) }
    // A line stays one pixel wide, however far it is scaled.
    func scaled(_ length: Int) -> Int { min(max(1, Int(Double(length) * scale)), mostPixels) }
    return (scaled(width), scaled(height))
  }

  /// - Parameters:
  ///   - image: at about 128 pixels.
  ///   - width: of the whole photo, upright.
  ///   - height: of the whole photo, upright.
  ///   - isTurned: see above.
  ///   - jpegQuality: see above.
  init(_ image: Image, width: Int, height: Int, isTurned: Bool, jpegQuality: Int?) {
    self.width = width
    self.height = height
    self.isTurned = isTurned
    self.jpegQuality = jpegQuality
    let count = image.width * image.height
    var luma = [Double](repeating: 0, count: count)
    var chroma = 0.0
    for pixel in 0..<count {
      let (r, g, b) = (
        Double(image.pixels[3 * pixel]), Double(image.pixels[3 * pixel + 1]),
        Double(image.pixels[3 * pixel + 2])
      )
      // ITU-R BT.601, as JPEG has it.
      luma[pixel] = (0.299 * r + 0.587 * g + 0.114 * b) / 255
      chroma += (max(r, g, b) - min(r, g, b)) / 255
    }
    let mean = luma.reduce(0, +) / Double(count)
    brightness = mean
    contrast = (luma.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    colourfulness = chroma / Double(count)
    sharpness = contrast > 1e-6 ? Self.laplacian(luma, width: image.width) / contrast : 0
  }

  /// The mean magnitude of a pixel's four neighbours less four times itself.
  private static func laplacian(_ luma: [Double], width: Int) -> Double {
    let height = luma.count / width
    guard width > 2, height > 2 else { return 0 }
    var sum = 0.0
    for y in 1..<height - 1 {
      for x in 1..<width - 1 {
        let place = y * width + x
        sum += abs(
          luma[place - 1] + luma[place + 1] + luma[place - width] + luma[place + width]
            - 4 * luma[place])
      }
    }
    return sum / Double((width - 2) * (height - 2))
  }

  /// libjpeg scales its table by 5000 / quality below 50 and by 200 − 2 quality from there on; the sum of the
  /// table's entries beside the original's, 3688, tells the scale.
  private static func quality(_ bytes: UnsafeRawBufferPointer) -> Int? {
    guard let sum = JPEGSegments(bytes).sumOfFirstQuantisation else { return nil }
    let scale = 100 * Double(sum) / 3688
    let quality = scale <= 100 ? (200 - scale) / 2 : 5000 / scale
    return min(max(Int(quality.rounded()), 1), 100)
  }
}

/// The segments of a JPEG before its pixels, of files that nobody has checked.
private struct JPEGSegments {
  /// The sum of the 64 entries of the first table of quantisation.
  private(set) var sumOfFirstQuantisation: Int?

  init(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return }
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xFF else { return }
      let marker = bytes[position + 1]
      let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
      let end = position + 2 + length
      guard marker != 0xDA, length >= 2, end <= bytes.count else { return }
      if marker == 0xDB {
        let table = bytes[position + 4..<end]
        // The first four bits say whether entries have one byte or two.
        let size = table.first.map { $0 >> 4 == 0 ? 1 : 2 } ?? 1
        guard table.count >= 1 + 64 * size else { return }
        sumOfFirstQuantisation = (0..<64).reduce(0) { sum, entry in
          let place = table.startIndex + 1 + entry * size
          return sum
            + (size == 1 ? Int(bytes[place]) : Int(bytes[place]) << 8 | Int(bytes[place + 1]))
        }
        return
      }
      position = end
    }
  }
}
