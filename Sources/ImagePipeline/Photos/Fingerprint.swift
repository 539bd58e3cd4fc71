import Glibc

extension EncodedImage {
  /// Decodes the whole file, which proves it good, and keeps a fingerprint of the upright picture.
  ///
  /// JPEG files are decoded at the largest reduction that leaves enough to see: every coefficient
  /// is still read.
  func fingerprint(
    in workspace: Workspace
  ) throws(ImageError) -> (fingerprint: UInt64?, warnings: [String]) {
    let shorter = min(width, height)
    let reduction =
      canReduce ? [8, 4, 2].first { shorter / $0 >= 2 * Fingerprint.side } ?? 1 : 1
    let (stored, warnings) = try decodeStored(reduction: reduction, in: workspace)
    let side = Fingerprint.side
    let box = Box(left: 0, top: 0, right: Float(stored.width), bottom: Float(stored.height))
    let small = workspace.view.reserve(side * side * 3)
    Resampling(box, width: side, height: side)
      .run(stored, scratch: workspace.resampling, into: small)
    guard header.orientation != .upright else { return (Fingerprint.of(small), warnings) }
    let upright = workspace.upright.reserve(side * side * 3)
    header.orientation.apply(to: small, width: side, height: side, into: upright)
    return (Fingerprint.of(upright), warnings)
  }
}

/// A perceptual hash: signs of the lowest frequencies of a small grey picture (Zauner 2010,
/// "Implementation and benchmarking of perceptual image hash functions", section 3.2.1).
enum Fingerprint {
  /// Of the square picture it is made of, in pixels.
  static let side = 32
  /// Frequencies a direction.
  private static let frequencies = 8
  /// The root mean square of the coefficients, in grey levels, below which signs are chance.
  private static let faintest: Float = 0.5

  /// Row f: the f-th cosine of the orthonormal DCT-II.
  private static let cosines: [Float] = (0..<frequencies).flatMap { frequency in
    (0..<side).map { position in
      let angle = Double.pi * (Double(position) + 0.5) * Double(frequency) / Double(side)
      return Float(cos(angle) * (frequency == 0 ? 1 : 2.0.squareRoot()) / Double(side))
    }
  }

  /// - Parameter pixels: `[32, 32, 3]`.
  /// - Returns: `nil` if the picture has too little contrast.
  static func of(_ pixels: UnsafePointer<UInt8>) -> UInt64? {
    // Rows first, then columns, of the luma that JPEG uses.
    var rows = [Float](repeating: 0, count: side * frequencies)
    for y in 0..<side {
      for x in 0..<side {
        let pixel = pixels + (y * side + x) * 3
        let grey = 0.299 * Float(pixel[0]) + 0.587 * Float(pixel[1]) + 0.114 * Float(pixel[2])
        for u in 0..<frequencies { rows[y * frequencies + u] += grey * cosines[u * side + x] }
      }
    }
    var spectrum = [Float](repeating: 0, count: frequencies * frequencies)
    for v in 0..<frequencies {
      for y in 0..<side {
        for u in 0..<frequencies {
          spectrum[v * frequencies + u] += rows[y * frequencies + u] * cosines[v * side + y]
        }
      }
    }
    spectrum[0] = 0  // brightness says nothing
    let power = spectrum.reduce(0) { $0 + $1 * $1 }
    guard power >= faintest * faintest * Float(spectrum.count) else { return nil }
    return spectrum.reversed().reduce(0) { $0 << 1 | ($1 > 0 ? 1 : 0) }
  }
}
