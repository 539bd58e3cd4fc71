import Files

/// What a file is, judged by its first bytes; names and extensions are not asked.
enum ImageFormat: Hashable {
  case jpeg
  case png
  /// An image of a kind that is not read; the name is for the message.
  case other(String)
  case unknown

  /// As many leading bytes as recognition needs.
  static let prefixLength = 16

  init(of bytes: UnsafeRawBufferPointer) {
    func starts(_ signature: [UInt8], at offset: Int = 0) -> Bool {
      bytes.count >= offset + signature.count
        && zip(bytes[offset...], signature).allSatisfy { $0 == $1 }
    }
    func starts(_ text: String, at offset: Int = 0) -> Bool {
      starts(Array(text.utf8), at: offset)
    }
    self =
      if starts([0xFF, 0xD8, 0xFF]) {
        .jpeg
      } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
        .png
      } else if starts("GIF87a") || starts("GIF89a") {
        .other("GIF")
      } else if starts("RIFF") && starts("WEBP", at: 8) {
        .other("WebP")
      } else if starts([0x49, 0x49, 0x2A, 0]) || starts([0x4D, 0x4D, 0, 0x2A]) {
        .other("TIFF")
      } else if starts("BM") && starts([0, 0, 0, 0], at: 6) {
        .other("BMP")
      } else if starts("ftyp", at: 4) && (starts("avif", at: 8) || starts("avis", at: 8)) {
        .other("AVIF")
      } else if starts("ftyp", at: 4)
        && ["hei", "hev", "mif", "msf"].contains(where: { starts($0, at: 8) })
      {
        .other("HEIC")
      } else if starts([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20]) || starts([0xFF, 0x4F, 0xFF, 0x51])
      {
        .other("JPEG 2000")
      } else if starts([0xFF, 0x0A]) || starts([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20]) {
        .other("JPEG XL")
      } else {
        .unknown
      }
  }

  /// Extensions, in lower case, by which people mean an image.
  static let extensions: Set<String> = [
    "jpg", "jpeg", "jpe", "jfif", "jif", "mpo", "png", "gif", "bmp", "dib", "tif", "tiff", "webp",
    "heic", "heif", "avif", "jp2", "j2k", "jxl", "ppm", "pgm", "tga",
  ]

  /// The refusal of everything that is neither JPEG nor PNG.
  func unsupported(_ bytes: UnsafeRawBufferPointer) -> ImageError {
    switch self {
    case .other(let name):
      return ImageError(
        .unsupported, "\(name) images are not supported; convert it to JPEG or PNG")
    default:
      guard !bytes.isEmpty else { return ImageError(.empty, "the file is empty") }
      let start = bytes.prefix(8)
      let text = start.allSatisfy { (0x20..<0x7F).contains($0) }
      let shown =
        text
        ? "'\(String(decoding: start, as: UTF8.self))'"
        : start.map { [$0].hexadecimal }.joined(separator: " ")
      return ImageError(.notAnImage, "not an image: the file starts with \(shown)")
    }
  }
}
