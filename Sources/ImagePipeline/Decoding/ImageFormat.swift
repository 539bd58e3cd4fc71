import Files

/// What a file is, judged by its first bytes; names and extensions are not asked.
enum ImageFormat: Hashable {
  case readable(PhotoFacts.Format)
  /// An image of a kind that is not read; the name is for the message.
  case other(String)
  case unknown

  /// As many leading bytes as recognition needs.
  static let prefixLength = 48

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
        .readable(.jpeg)
      } else if starts([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
        .readable(.png)
      } else if starts("GIF87a") || starts("GIF89a") {
        .readable(.gif)
      } else if starts("RIFF") && starts("WEBP", at: 8) {
        .readable(.webP)
      } else if ["II*\0", "MM\0*", "II+\0", "MM\0+"].contains(where: { starts($0) }) {
        .readable(.tiff)
      } else if starts("BM"),
        BMPLayout.headerSizes.contains(where: { starts([UInt8($0), 0, 0, 0], at: 14) })
      {
        .readable(.bmp)
      } else if starts("ftyp", at: 4), let format = PhotoFacts.Format(brandsOf: bytes) {
        .readable(format)
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
  static let extensions: Set<String> = PhotoFacts.Format.allCases.reduce(
    into: ["jp2", "j2k", "jxl", "ppm", "pgm", "tga"]
  ) { $0.formUnion($1.extensions) }

  /// Why a file that is not of a readable format is refused.
  func refusal(_ bytes: UnsafeRawBufferPointer) -> ImageError {
    if case .other(let name) = self {
      return ImageError(
        .unsupported, "\(name) images are not supported; convert it to JPEG or PNG")
    }
    guard !bytes.isEmpty else { return ImageError(.empty, "the file is empty") }
    guard !GitLFSPointer.isStart(of: bytes) else {
      return ImageError(.notAnImage, GitLFSPointer.explanation)
    }
    let start = bytes.prefix(8)
    let text = start.allSatisfy { (0x20..<0x7F).contains($0) }
    let shown =
      text
      ? "'\(String(decoding: start, as: UTF8.self))'"
      : start.map { [$0].hexadecimal }.joined(separator: " ")
    return ImageError(.notAnImage, "not an image: the file starts with \(shown)")
  }
}

extension PhotoFacts.Format {
  /// What the brands of a file that begins with `ftyp` say: its own, then those that it is compatible with.
  fileprivate init?(brandsOf bytes: UnsafeRawBufferPointer) {
    let length = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    let end = min(length, bytes.count, 256)
    let brands = stride(from: 8, through: end - 4, by: 4).filter { $0 != 12 }.map {
      String(decoding: bytes[$0..<$0 + 4], as: UTF8.self)
    }
    guard let first = brands.first else { return nil }
    let isContainer = ["hei", "hev", "mif", "msf"].contains { first.hasPrefix($0) }
    guard isContainer || ["avif", "avis"].contains(first) else { return nil }
    self = brands.contains { ["avif", "avis"].contains($0) } ? .avif : .heic
  }

  /// What files of the format are called, in lower case.
  package var extensions: Set<String> {
    switch self {
    case .jpeg: ["jpg", "jpeg", "jpe", "jfif", "jif", "mpo"]
    case .png: ["png"]
    case .gif: ["gif"]
    case .bmp: ["bmp", "dib"]
    case .tiff: ["tif", "tiff"]
    case .webP: ["webp"]
    case .heic: ["heic", "heif", "hif", "heics"]
    case .avif: ["avif", "avifs"]
    }
  }
}
