internal import CTIFF

/// Reads TIFF files with libtiff; of several pages the first.
final class TIFFDecoder: PictureDecoder {
  let header: ImageHeader
  private let reader: OpaquePointer
  private let hasMore: Bool

  /// Reads the first directory.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard
      let reader = ctiff_open(bytes.assumingMemoryBound(to: UInt8.self).baseAddress, bytes.count)
    else { throw ImageError(.outOfMemory, "libtiff has no memory left") }
    var header = ctiff_header()
    let status = ctiff_read_header(reader, &header)
    guard status == ctiff_done else {
      let error = Self.error(status, reader)
      ctiff_close(reader)
      throw error
    }
    self.reader = reader
    hasMore = header.has_more != 0
    self.header = ImageHeader(
      format: .tiff, storedWidth: Int(header.width), storedHeight: Int(header.height),
      orientation: Orientation(rawValue: Int(header.orientation)) ?? .upright,
      colour: Self.colour(header.colour), bitDepth: Int(header.bits),
      hasAlpha: header.has_alpha != 0, isProgressive: false,
      working: DecodingMemory(
        perPixel: Int(header.working_bytes_per_pixel)
          + (header.has_alpha != 0 ? TransparentPixels.bytes : 0),
        fixed: Int(clamping: header.working_bytes)))
  }

  deinit { ctiff_close(reader) }

  /// 16 bits a channel become 8, printing colours RGB by Pillow's formula.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    if header.hasAlpha {
      let pixels = try TransparentPixels(width: header.storedWidth, height: header.storedHeight)
      try read(into: pixels.base)
      pixels.layOverWhite(into: target)
    } else {
      try read(into: target)
    }
    return hasMore ? ["several pages, of which the first is used"] : []
  }

  private func read(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    let status = ctiff_read(reader, target)
    guard status == ctiff_done else { throw Self.error(status, reader) }
  }

  private static func colour(_ colour: ctiff_colour) -> PhotoFacts.Colour {
    switch colour {
    case ctiff_gray: .gray
    case ctiff_palette: .palette
    case ctiff_cmyk: .cmyk
    case ctiff_ycbcr: .ycbcr
    default: .rgb
    }
  }

  private static func error(_ status: ctiff_status, _ reader: OpaquePointer) -> ImageError {
    let message = ctiff_message(reader).map { String(cString: $0) } ?? ""
    return switch status {
    case ctiff_truncated: ImageError(.truncated, "cut short: the TIFF ends before its picture does")
    case ctiff_out_of_memory: ImageError(.outOfMemory, "there is no memory for the TIFF")
    case ctiff_unsupported:
      ImageError(.unsupported, "a TIFF that is not read: \(message); convert it to JPEG or PNG")
    default: ImageError(.corrupt, "damaged TIFF: \(message.isEmpty ? "unreadable" : message)")
    }
  }
}
