internal import CJPEG

/// An open JPEG file: its header is read, its pixels are still to come.
///
/// Owns libjpeg's decompressor. The bytes given to `init` must outlive it.
struct JPEGDecoder: ~Copyable {
  private let handle: OpaquePointer
  let header: ImageHeader

  /// Reads the header (`jpeg_read_header`).
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard let handle = cjpeg_open() else { throw .outOfMemory }
    let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    let status = cjpeg_read_header(handle, start, bytes.count)
    guard status == cjpeg_done else {
      let error = Self.error(status, handle)
      cjpeg_close(handle)
      throw error
    }
    self.handle = handle
    let header = cjpeg_get_header(handle)
    self.header = ImageHeader(
      format: .jpeg, storedWidth: Int(header.width), storedHeight: Int(header.height),
      orientation: Orientation(jpeg: bytes), colour: Self.colour(header.colour),
      bitDepth: Int(header.bits), isProgressive: header.progressive != 0,
      working: DecodingMemory(fixed: Int(header.working_bytes)))
  }

  deinit { cjpeg_close(handle) }

  /// Decodes a part of the picture to RGB; to be called once.
  ///
  /// At reduction 1 the pixels are libjpeg's defaults (accurate integer DCT, fancy upsampling), CMYK
  /// is converted with Pillow's formula. Damage that would leave made-up pixels is an error as far as
  /// the file is read: up to the last row of the part, to its end if that is the picture's.
  /// - Parameters:
  ///   - part: of the picture at the reduction, `[⌈height / reduction⌉, ⌈width / reduction⌉]`, as stored.
  ///   - reduction: 1, 2, 4 or 8.
  /// - Returns: the part that `memory` then holds (`[height, width, 3]`), which contains the one asked for:
  ///   the pixels that the whole picture has there.
  func decode(
    _ part: PixelArea, reduction: Int, into memory: ScratchMemory
  ) throws(ImageError) -> (UnsafeMutablePointer<UInt8>, PixelArea) {
    var area = cjpeg_part(
      x: Int32(part.x), y: Int32(part.y), width: Int32(part.width), height: Int32(part.height))
    var status = cjpeg_start(handle, Int32(reduction), &area)
    guard status == cjpeg_done else { throw Self.error(status, handle) }
    let target = try memory.reserve(width: Int(area.width), height: Int(area.height))
    status = cjpeg_read(handle, target)
    guard status == cjpeg_done else { throw Self.error(status, handle) }
    return (
      target,
      PixelArea(
        x: Int(area.x), y: Int(area.y), width: Int(area.width), height: Int(area.height))
    )
  }

  /// What libjpeg remarked so far without losing a pixel.
  var warnings: [String] {
    (0..<cjpeg_warning_kinds()).compactMap { kind in
      cjpeg_warning(handle, kind).map(Self.text)
    }.filter { !$0.isEmpty }
  }

  private static func colour(_ colour: cjpeg_colour) -> PhotoFacts.Colour {
    switch colour {
    case cjpeg_gray: .gray
    case cjpeg_rgb: .rgb
    case cjpeg_cmyk: .cmyk
    case cjpeg_ycck: .ycck
    default: .ycbcr  // or none that can be shown, which decoding refuses
    }
  }

  /// Without the words before most of libjpeg's remarks, which say no more than we do.
  private static func text(_ message: UnsafePointer<CChar>) -> String {
    let text = String(cString: message)
    let prefix = "Corrupt JPEG data: "
    return text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
  }

  private static func error(_ status: cjpeg_status, _ handle: OpaquePointer) -> ImageError {
    let message = text(cjpeg_message(handle))
    return switch status {
    case cjpeg_out_of_memory: message.isEmpty ? .outOfMemory : .outOfMemory(message)
    case cjpeg_truncated: ImageError(.truncated, "cut short: \(message)")
    case cjpeg_unsupported:
      ImageError(
        .unsupported, "a kind of JPEG that is not supported: \(message); convert it to 8-bit JPEG")
    case cjpeg_too_large: ImageError(.tooLarge, message)
    default: ImageError(.corrupt, "damaged JPEG: \(message)")
    }
  }
}

extension ImageError {
  static let outOfMemory = outOfMemory("there is not that much")

  static func outOfMemory(_ reason: String) -> ImageError {
    ImageError(.outOfMemory, "not enough memory to decode the image: \(reason)")
  }
}

/// Writing JPEG files.
package enum JPEG {
  /// The image as a baseline JPEG file with libjpeg's defaults (4:2:0).
  ///
  /// - Parameter quality: 1...100.
  /// - Throws: `.notEncodable` for a side over 65 500 pixels.
  package static func encode(_ image: Image, quality: Int) throws(ImageError) -> [UInt8] {
    try encode(image, quality: quality, layout: Layout())
  }

  /// How a file is laid out; as it stands, libjpeg's default.
  package struct Layout: Hashable, Sendable {
    package var isGray = false
    /// Columns and rows of brightness for one of colour: 1, 2 or 4.
    package var across = 2
    package var down = 2
    package var isProgressive = false
    package var isArithmetic = false
    /// Rows of blocks between restart markers; 0: there are none.
    package var restartRows = 0

    package init() {}
  }

  /// The image as a JPEG file of some kind.
  package static func encode(
    _ image: Image, quality: Int, layout: Layout
  ) throws(ImageError) -> [UInt8] {
    precondition((1...100).contains(quality), "JPEG quality is 1...100")
    var bytes: UnsafeMutablePointer<UInt8>?
    var count = 0
    var message = [CChar](repeating: 0, count: 200)
    let status = cjpeg_encode(
      image.pixels, Int32(clamping: image.width), Int32(clamping: image.height), Int32(quality),
      cjpeg_layout(
        gray: layout.isGray ? 1 : 0, across: Int32(layout.across), down: Int32(layout.down),
        progressive: layout.isProgressive ? 1 : 0, arithmetic: layout.isArithmetic ? 1 : 0,
        restart_rows: Int32(layout.restartRows)),
      &bytes, &count, &message)
    defer { cjpeg_free(bytes) }
    guard status == cjpeg_done, let bytes else {
      let reason = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw ImageError(
        .notEncodable,
        "a \(image.width)×\(image.height) image cannot be written as JPEG: "
          + (reason.isEmpty ? "out of memory" : String(decoding: reason, as: UTF8.self)))
    }
    return Array(UnsafeBufferPointer(start: bytes, count: count))
  }
}
