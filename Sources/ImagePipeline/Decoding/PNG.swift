internal import CPNG

/// Reads PNG files of every depth and colour type with libpng's simplified API.
struct PNGDecoder: PictureDecoder {
  let header: ImageHeader
  private let bytes: UnsafeRawBufferPointer

  /// Reads the header chunk, which comes first, and looks at the others.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    self.bytes = bytes
    header = try Self.header(bytes)
  }

  private static func header(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> ImageHeader {
    guard bytes.count >= 33 else {
      throw ImageError(.truncated, "cut short: the PNG ends within its header")
    }
    guard bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw ImageError(.corrupt, "damaged PNG: it does not begin with its header")
    }
    func number(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    try check(bytes)
    let (depth, type) = (Int(bytes[24]), bytes[25])
    let isTransparent = chunk("tRNS", of: bytes) != nil
    return ImageHeader(
      format: .png, storedWidth: number(16), storedHeight: number(20),
      orientation: chunk("eXIf", of: bytes).flatMap(Orientation.init(tiff:)) ?? .upright,
      colour: type & 2 == 0 ? .gray : type & 1 == 0 ? .rgb : .palette, bitDepth: depth,
      hasAlpha: type & 4 != 0 || isTransparent, isProgressive: bytes[28] != 0)
  }

  /// What libpng would drop with a mere warning, though the picture's looks depend on it.
  private static let decisive: Set<String> = ["tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "eXIf"]

  /// Looks at all chunks before libpng does, which takes as much memory for one as it says it has.
  private static func check(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    var isInPicture = false
    for chunk in PNGChunk.all(of: bytes) {
      isInPicture = isInPicture || chunk.name == "IDAT"
      guard chunk.isWhole || isInPicture else {
        throw chunk.byteCount <= largestFile
          ? ImageError(.truncated, "cut short: the PNG ends within its chunk '\(chunk.name)'")
          : ImageError(
            .corrupt,
            "damaged PNG: its chunk '\(chunk.name)' says that it has \(chunk.byteCount) bytes")
      }
      guard !decisive.contains(chunk.name) || !chunk.isWhole || chunk.isSound else {
        throw ImageError(
          .corrupt, "damaged PNG: the checksum of its chunk '\(chunk.name)' is wrong")
      }
    }
  }

  /// The content of the first chunk of a name; `nil` if there is none or the file ends before it.
  private static func chunk(
    _ name: String, of bytes: UnsafeRawBufferPointer
  ) -> UnsafeRawBufferPointer? {
    PNGChunk.all(of: bytes).first { $0.name == name && $0.isWhole }?.content
  }

  /// `png_image_begin_read_from_memory`, `png_image_finish_read`; 16 bits become 8.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw Self.error(image)
    }
    image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    // Without a gamma chunk 16-bit files would be taken for linear light and come out too bright.
    image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&image, &white, target, 0, nil) != 0 else {
      throw Self.error(image)
    }
    var warnings = image.warning_or_error != 0 ? [image.text] : []
    // All rows are there, whatever happened to the rest.
    if Self.chunk("IEND", of: bytes) == nil {
      warnings.append("the file ends without its last chunk")
    }
    return warnings
  }

  private static func error(_ image: png_image) -> ImageError {
    let message = image.text
    return message.contains("read beyond end of data")
      ? ImageError(.truncated, "cut short: the PNG ends before its picture does")
      : ImageError(.corrupt, "damaged PNG: \(message)")
  }
}
