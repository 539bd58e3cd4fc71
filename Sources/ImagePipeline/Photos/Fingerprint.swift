import Glibc

extension EncodedImage {
  /// Decodes the whole file, which proves it good, and keeps a fingerprint of the upright picture.
  ///
  /// JPEG files are decoded at the largest reduction that leaves enough to see: every coefficient
  /// is still read.
  func fingerprint(
    in workspace: Workspace
  ) throws(ImageError) -> (fingerprint: Fingerprint?, warnings: [String]) {
    let shorter = min(width, height)
    let reduction =
      canReduce ? [8, 4, 2].first { shorter / $0 >= 2 * Fingerprint.side } ?? 1 : 1
    let (stored, warnings) = try decodeStored(reduction: reduction, in: workspace)
    let side = Fingerprint.side
    let box = Box(left: 0, top: 0, right: Float(stored.width), bottom: Float(stored.height))
    let small = workspace.view.reserve(side * side * 3)
    Resampling(box, width: side, height: side)
      .run(stored, scratch: workspace.resampling, into: small)
    guard header.orientation != .upright else { return (Fingerprint(small), warnings) }
    let upright = workspace.upright.reserve(side * side * 3)
    header.orientation.apply(to: small, width: side, height: side, into: upright)
    return (Fingerprint(upright), warnings)
  }
}

/// A perceptual hash: signs of the low frequencies of a small grey picture (Zauner 2010, "Implementation and
/// benchmarking of perceptual image hash functions", section 3.2.1, with four times as many).
public struct Fingerprint: Hashable, Sendable {
  /// Of the lowest 8 × 8 frequencies; by these pictures that may look alike are found.
  public var coarse: UInt64
  /// Of the others of the lowest 16 × 16; by these what only has the same large forms is told apart.
  public var fine: SIMD3<UInt64>

  /// Signs as they were computed.
  public init(coarse: UInt64, fine: SIMD3<UInt64> = .zero) {
    self.coarse = coarse
    self.fine = fine
  }

  /// The number of the coarse bits that differ, `0...64`.
  public func coarseDistance(to other: Fingerprint) -> Int {
    (coarse ^ other.coarse).nonzeroBitCount
  }

  /// The number of the fine bits that differ, `0...192`.
  public func fineDistance(to other: Fingerprint) -> Int {
    Int((fine ^ other.fine).nonzeroBitCount.wrappedSum())
  }

  /// Whether the pictures look the same: few bits of both kinds differ; see `PhotoLimits`.
  package func looksLike(
    _ other: Fingerprint, distance: Int = PhotoLimits.nearDuplicateDistance
  ) -> Bool {
    coarseDistance(to: other) <= distance
      && fineDistance(to: other) <= PhotoLimits.nearDuplicateFineDistance
  }
}

extension Fingerprint {
  /// Of the square picture it is made of, in pixels.
  static let side = 32
  /// Frequencies a direction, in all and of the coarse ones.
  private static let (frequencies, coarseFrequencies) = (16, 8)
  /// The root mean square of the coarse coefficients, in grey levels, below which signs are chance.
  private static let faintest: Float = 0.5

  /// Row f: the f-th cosine of the orthonormal DCT-II.
  private static let cosines: [Float] = (0..<frequencies).flatMap { frequency in
    (0..<side).map { position in
      let angle = Double.pi * (Double(position) + 0.5) * Double(frequency) / Double(side)
      return Float(cos(angle) * (frequency == 0 ? 1 : 2.0.squareRoot()) / Double(side))
    }
  }

  /// Places of frequencies, row by row: of the coarse ones, and of the others.
  private static let (coarsePlaces, finePlaces) = places

  private static var places: (coarse: [Int], fine: [Int]) {
    let all = Array(0..<frequencies * frequencies)
    func isCoarse(_ place: Int) -> Bool {
      max(place / frequencies, place % frequencies) < coarseFrequencies
    }
    return (all.filter(isCoarse), all.filter { !isCoarse($0) })
  }

  /// - Parameter pixels: `[32, 32, 3]`.
  /// - Returns: `nil` if the picture has too little contrast.
  init?(_ pixels: UnsafePointer<UInt8>) {
    let spectrum = Self.spectrum(of: pixels)
    let low = Self.coarsePlaces.map { spectrum[$0] }
    let power = low.reduce(0) { $0 + $1 * $1 }
    guard power >= Self.faintest * Self.faintest * Float(low.count) else { return nil }
    let high = Self.finePlaces.map { spectrum[$0] }
    func signs(_ values: some BidirectionalCollection<Float>) -> UInt64 {
      values.reversed().reduce(0) { $0 << 1 | ($1 > 0 ? 1 : 0) }
    }
    coarse = signs(low)
    fine = SIMD3(signs(high[..<64]), signs(high[64..<128]), signs(high[128...]))
  }

  /// Of the luma that JPEG uses, without the mean: brightness says nothing.
  private static func spectrum(of pixels: UnsafePointer<UInt8>) -> [Float] {
    // Rows first, then columns.
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
    spectrum[0] = 0
    return spectrum
  }
}

/// As 64 hexadecimal digits, the coarse bits first.
extension Fingerprint: Codable {
  /// Reads what `encode` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    let words = stride(from: 0, to: text.utf8.count, by: 16).compactMap { start in
      UInt64(String(decoding: text.utf8.dropFirst(start).prefix(16), as: UTF8.self), radix: 16)
    }
    guard text.utf8.count == 64, words.count == 4 else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "a fingerprint has 64 hexadecimal digits")
    }
    self.init(coarse: words[0], fine: SIMD3(words[1], words[2], words[3]))
  }

  /// Writes the digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let digits = [coarse, fine.x, fine.y, fine.z].map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 16 - text.count) + text
    }
    try container.encode(digits.joined())
  }
}
