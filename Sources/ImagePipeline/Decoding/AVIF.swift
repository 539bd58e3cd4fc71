internal import CAVIF

/// Reads AVIF files with libavif; of an animation its first picture.
struct AVIFDecoder: PictureDecoder {
  let header: ImageHeader
  private let bytes: UnsafeRawBufferPointer

  /// Finds the parts of the file (`avifDecoderParse`); none is decoded.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    let decoder = try OpenDecoder(bytes)
    header = try decoder.header()
    self.bytes = bytes
  }

  /// `avifDecoderNextImage`, `avifImageYUVToRGB`.
  ///
  /// The file is opened anew, for now its header has set how many pixels the codec may make: what is
  /// coded may be larger than the header says.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    let decoder = try OpenDecoder(bytes, of: header)
    try decoder.decodeFirst(header)
    if header.hasAlpha {
      let pixels = try TransparentPixels(width: header.storedWidth, height: header.storedHeight)
      try decoder.convert(header, AVIF_RGB_FORMAT_RGBA, into: pixels.base)
      pixels.layOverWhite(into: target)
    } else {
      try decoder.convert(header, AVIF_RGB_FORMAT_RGB, into: target)
    }
    return decoder.imageCount > 1
      ? ["an animation of \(decoder.imageCount) pictures, of which the first is used"] : []
  }
}

/// Owns libavif's decoder, with the file parsed.
private final class OpenDecoder {
  /// Codecs work in blocks, and grids in tiles, which may reach this far beyond the picture.
  private static let margin = 2048

  private let decoder: UnsafeMutablePointer<avifDecoder>

  /// - Parameter header: bounds what the codec may decode.
  init(_ bytes: UnsafeRawBufferPointer, of header: ImageHeader? = nil) throws(ImageError) {
    guard let decoder = avifDecoderCreate() else {
      throw ImageError(.outOfMemory, "libavif has no memory left")
    }
    self.decoder = decoder
    decoder.pointee.maxThreads = 1
    decoder.pointee.ignoreExif = 1  // turning is the container's matter
    decoder.pointee.ignoreXMP = 1
    // As Pillow: properties that files of early writers lack.
    let strict = AVIF_STRICT_CLAP_VALID.rawValue | AVIF_STRICT_PIXI_REQUIRED.rawValue
    decoder.pointee.strictFlags &= ~strict
    if let header {
      let pixels = (header.storedWidth + Self.margin) * (header.storedHeight + Self.margin)
      decoder.pointee.imageSizeLimit = min(
        decoder.pointee.imageSizeLimit, UInt32(clamping: pixels))
    }
    let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    try Self.check(avifDecoderSetIOMemory(decoder, start, bytes.count))
    try Self.check(avifDecoderParse(decoder))
  }

  deinit { avifDecoderDestroy(decoder) }

  var imageCount: Int { Int(decoder.pointee.imageCount) }

  func header() throws(ImageError) -> ImageHeader {
    guard let image = decoder.pointee.image else {
      throw ImageError(.corrupt, "damaged AVIF: there is no picture in it")
    }
    return ImageHeader(
      format: .avif, storedWidth: Int(image.pointee.width), storedHeight: Int(image.pointee.height),
      orientation: Self.orientation(image),
      colour: image.pointee.yuvFormat == AVIF_PIXEL_FORMAT_YUV400 ? .gray : .ycbcr,
      bitDepth: Int(image.pointee.depth), hasAlpha: decoder.pointee.alphaPresent != 0,
      isProgressive: false, working: memory(image))
  }

  /// What is coded, twice over: as the codec has it, and with grain or put together from tiles.
  private func memory(_ image: UnsafeMutablePointer<avifImage>) -> DecodingMemory {
    let hasAlpha = decoder.pointee.alphaPresent != 0
    let halves =
      switch image.pointee.yuvFormat {
      case AVIF_PIXEL_FORMAT_YUV400: 2
      case AVIF_PIXEL_FORMAT_YUV420: 3
      case AVIF_PIXEL_FORMAT_YUV422: 4
      default: 6
      }
    return DecodingMemory(
      perPixel: (halves + (hasAlpha ? 2 : 0)) * (image.pointee.depth > 8 ? 2 : 1)
        + (hasAlpha ? TransparentPixels.bytes : 0))
  }

  /// Turned to the left first, then mirrored.
  private static func orientation(_ image: UnsafeMutablePointer<avifImage>) -> Orientation {
    let flags = image.pointee.transformFlags
    let turns = flags & AVIF_TRANSFORM_IROT.rawValue != 0 ? Int(image.pointee.irot.angle & 3) : 0
    guard flags & AVIF_TRANSFORM_IMIR.rawValue != 0 else {
      return [.upright, .threeQuarters, .upsideDown, .quarter][turns]
    }
    let mirrored: [Orientation] =
      cavif_mirrors_columns(image) != 0
      ? [.mirrored, .transposedUpsideDown, .mirroredUpsideDown, .transposed]
      : [.mirroredUpsideDown, .transposed, .mirrored, .transposedUpsideDown]
    return mirrored[turns]
  }

  func decodeFirst(_ header: ImageHeader) throws(ImageError) {
    try Self.check(avifDecoderNextImage(decoder))
    let image = decoder.pointee.image.pointee
    guard Int(image.width) == header.storedWidth, Int(image.height) == header.storedHeight else {
      throw ImageError(.corrupt, "damaged AVIF: another size than its header says")
    }
  }

  func convert(
    _ header: ImageHeader, _ format: avifRGBFormat, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    var pixels = avifRGBImage()
    avifRGBImageSetDefaults(&pixels, decoder.pointee.image)
    pixels.depth = 8
    pixels.format = format
    pixels.pixels = target
    pixels.rowBytes = UInt32(header.storedWidth * (format == AVIF_RGB_FORMAT_RGBA ? 4 : 3))
    try Self.check(avifImageYUVToRGB(decoder.pointee.image, &pixels))
  }

  private static func check(_ result: avifResult) throws(ImageError) {
    switch result {
    case AVIF_RESULT_OK: return
    case AVIF_RESULT_TRUNCATED_DATA, AVIF_RESULT_IO_ERROR, AVIF_RESULT_WAITING_ON_IO:
      throw ImageError(.truncated, "cut short: the AVIF ends before its picture does")
    case AVIF_RESULT_OUT_OF_MEMORY: throw ImageError(.outOfMemory, "libavif has no memory left")
    case AVIF_RESULT_NO_CODEC_AVAILABLE:
      throw ImageError(.unsupported, "this libavif has no decoder for AV1")
    default:
      let reason = avifResultToString(result).map { String(cString: $0) } ?? "unreadable"
      throw ImageError(.corrupt, "damaged AVIF: \(reason)")
    }
  }
}
