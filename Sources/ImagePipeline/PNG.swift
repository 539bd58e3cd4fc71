internal import CPNG

/// Reads PNG files of every depth and colour type with libpng's simplified API.
enum PNG {
  /// Width and height from the header chunk, which comes first.
  static func size(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> (width: Int, height: Int)
  {
    guard bytes.count >= 33, bytes[12..<16].elementsEqual("IHDR".utf8) else {
      throw ImageError(.corrupt, "damaged PNG: it ends within its header")
    }
    func number(_ offset: Int) -> Int { bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
    return (number(16), number(20))
  }

  /// Writes `[height, width, 3]` bytes of RGB: 16 bits become 8, transparency is laid over white.
  ///
  /// `png_image_begin_read_from_memory`, `png_image_finish_read`.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    guard png_image_begin_read_from_memory(&image, bytes.baseAddress, bytes.count) != 0 else {
      throw error(image)
    }
    image.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    // Without a gamma chunk 16-bit files would be taken for linear light and come out too bright.
    image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
    var white = png_color(red: 255, green: 255, blue: 255)
    guard png_image_finish_read(&image, &white, target, 0, nil) != 0 else { throw error(image) }
  }

  private static func error(_ image: png_image) -> ImageError {
    let message = withUnsafeBytes(of: image.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return ImageError(.corrupt, "damaged PNG: \(message)")
  }
}
