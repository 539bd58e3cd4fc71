internal import CPNG

/// Writing PNG files.
public enum PNG {
  /// The image as a PNG file, 8 bits a channel: what is read back is the same picture.
  /// - Throws: `.notEncodable` for a side that PNG does not allow, or without memory.
  public static func encode(_ image: Image) throws(ImageError) -> [UInt8] {
    var header = png_image()
    header.version = UInt32(PNG_IMAGE_VERSION)
    header.width = UInt32(clamping: image.width)
    header.height = UInt32(clamping: image.height)
    header.format = UInt32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&header) }
    // Asked without memory it says how much is needed at most.
    var count: png_alloc_size_t = 0
    guard png_image_write_to_memory(&header, nil, &count, 0, image.pixels, 0, nil) != 0 else {
      throw Self.error(image, header)
    }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    guard png_image_write_to_memory(&header, &bytes, &count, 0, image.pixels, 0, nil) != 0 else {
      throw Self.error(image, header)
    }
    return Array(bytes.prefix(Int(count)))
  }

  private static func error(_ image: Image, _ header: png_image) -> ImageError {
    ImageError(
      .notEncodable,
      "a \(image.width)×\(image.height) image cannot be written as PNG: \(header.text)")
  }
}

extension png_image {
  /// What the library says of the last thing that went wrong.
  var text: String {
    withUnsafeBytes(of: message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
