import Files

/// What reading a photo's file once has shown; enough to judge it without reading it again.
public struct PhotoFacts: Codable, Hashable, Sendable {
  /// What the file's first bytes say it is, whatever its name ends in.
  public enum Format: String, Codable, Hashable, Sendable, CaseIterable {
    /// JPEG, whatever its process.
    case jpeg
    /// PNG.
    case png
    /// GIF; of an animation the first picture.
    case gif
    /// BMP, of Windows and OS/2.
    case bmp
    /// TIFF; of several pages the first.
    case tiff
    /// WebP, lossy or lossless; of an animation the first picture.
    case webP = "webp"
    /// HEIC; of several pictures the primary one.
    case heic
    /// AVIF; of an animation the first picture.
    case avif

    /// As it is usually written.
    public var name: String { self == .webP ? "WebP" : rawValue.uppercased() }
  }

  /// How colours are stored; the decoded image is RGB in any case.
  public enum Colour: String, Codable, Hashable, Sendable {
    /// One channel.
    case gray
    /// Red, green and blue as they are.
    case rgb
    /// Luma and two differences of colour, as most JPEGs have them.
    case ycbcr
    /// Four inks.
    case cmyk
    /// Four inks, of which three are stored like `ycbcr`.
    case ycck
    /// Indices into a table of colours.
    case palette
  }

  /// SHA-256 of the file's bytes, 64 hexadecimal digits.
  public var digest: String
  /// The size of the file.
  public var byteCount: Int
  /// The format of the file's bytes.
  public var format: Format
  /// Of the upright image, in pixels.
  public var width: Int
  /// Of the upright image, in pixels.
  public var height: Int
  /// EXIF's, `1...8`, or what the container says in the same numbers; 1 is upright as stored.
  public var orientation: Int
  /// How the file stores its colours.
  public var colour: Colour
  /// Bits a channel.
  public var bitDepth: Int
  /// Whether the file has an alpha channel, or a transparent colour.
  public var hasAlpha: Bool
  /// Whether a JPEG's coefficients come in several passes, or a PNG or GIF is interlaced.
  public var isProgressive: Bool
  /// What the decoder remarked about a file that it could read to its end.
  public var warnings: [String]
  /// Alike for pictures that look alike, whatever their size and compression. `nil` if there is too little to see: an
  /// even surface, fine noise.
  public var fingerprint: Fingerprint?

  package init(
    digest: String, byteCount: Int, format: Format, width: Int, height: Int, orientation: Int = 1,
    colour: Colour = .rgb, bitDepth: Int = 8, hasAlpha: Bool = false, isProgressive: Bool = false,
    warnings: [String] = [], fingerprint: Fingerprint?
  ) {
    self.digest = digest
    self.byteCount = byteCount
    self.format = format
    self.width = width
    self.height = height
    self.orientation = orientation
    self.colour = colour
    self.bitDepth = bitDepth
    self.hasAlpha = hasAlpha
    self.isProgressive = isProgressive
    self.warnings = warnings
    self.fingerprint = fingerprint
  }
}

/// What tells whether two photos show the same picture.
struct PhotoLook: Hashable, Sendable {
  /// SHA-256 of the file's bytes, 64 hexadecimal digits.
  let digest: String
  /// As `PhotoFacts.fingerprint`.
  let fingerprint: Fingerprint?

  /// The number of coarse bits, `0...64`, in which the fingerprints differ; `nil` if one has none.
  func distance(to other: PhotoLook) -> Int? {
    guard let fingerprint, let others = other.fingerprint else { return nil }
    return fingerprint.coarseDistance(to: others)
  }

  /// Whether both have fingerprints, of pictures that look the same.
  func looksLike(_ other: PhotoLook) -> Bool {
    guard let fingerprint, let others = other.fingerprint else { return false }
    return fingerprint.looksLike(others)
  }
}

extension PhotoFacts {
  var look: PhotoLook { PhotoLook(digest: digest, fingerprint: fingerprint) }

  /// The number of coarse bits, `0...64`, in which the fingerprints differ; `nil` if one has none.
  package func distance(to other: PhotoFacts) -> Int? { look.distance(to: other.look) }

  /// Whether the other photo has the same bytes, or shows the same picture at another size or compression.
  package func looksLike(_ other: PhotoFacts) -> Bool {
    digest == other.digest || look.looksLike(other.look)
  }
}
