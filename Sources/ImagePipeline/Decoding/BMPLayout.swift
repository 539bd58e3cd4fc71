/// What the headers of a BMP file say, checked.
struct BMPLayout {
  enum Compression: Equatable {
    case none
    /// Run-length coded, with indices of so many bits: 4 or 8.
    case runs(Int)
  }

  private(set) var width: Int
  private(set) var height: Int
  private(set) var bitsPerPixel: Int
  private(set) var compression = Compression.none
  private(set) var isTopDown = false
  /// Where the pixels begin.
  private(set) var pixels: Int
  /// 256 colours, greys where the file has fewer; empty unless pixels are indices.
  private(set) var palette: [(UInt8, UInt8, UInt8)] = []
  /// The bits of red, green, blue and alpha; `nil` where pixels are the bytes of blue, green and red.
  private(set) var masks: [UInt32]?

  var isPalette: Bool { bitsPerPixel <= 8 }
  /// Of a row that is not compressed: a multiple of four.
  var rowBytes: Int { (width * bitsPerPixel + 31) / 32 * 4 }

  /// The sizes that the second header can have, which follows the file's own of 14 bytes.
  static let headerSizes = [12, 40, 52, 56, 64, 108, 124]

  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    let file = BMPNumbers(bytes: bytes)
    pixels = try file.number(at: 10, size: 4)
    let size = try file.number(at: 14, size: 4)
    guard Self.headerSizes.contains(size) else {
      throw ImageError(
        .unsupported, "a BMP with a header of \(size) bytes; convert it to JPEG or PNG")
    }
    let isOld = size == 12
    width = try file.number(at: 18, size: isOld ? 2 : 4)
    height = try file.number(at: isOld ? 20 : 22, size: isOld ? 2 : 4)
    bitsPerPixel = try file.number(at: isOld ? 24 : 28, size: 2)
    if !isOld, height > Int(Int32.max) {
      (height, isTopDown) = (1 << 32 - height, true)
    }
    guard (1...Int(Int32.max)).contains(width), height > 0 else {
      throw ImageError(.corrupt, "damaged BMP: \(width)×\(height) pixels")
    }
    guard [1, 4, 8, 16, 24, 32].contains(bitsPerPixel) else {
      throw ImageError(
        .unsupported, "a BMP of \(bitsPerPixel) bits a pixel; convert it to JPEG or PNG")
    }
    let code = isOld ? 0 : try file.number(at: 30, size: 4)
    var tableStart = 14 + size
    try setCompression(code, headerSize: size, file, &tableStart)
    guard pixels >= tableStart else {
      throw ImageError(.corrupt, "damaged BMP: its pixels begin in its header")
    }
    guard isPalette else { return }
    let named = isOld ? 0 : try file.number(at: 46, size: 4)
    let wanted = min(named == 0 ? 1 << bitsPerPixel : named, 1 << bitsPerPixel)
    palette = try Self.palette(
      file, at: tableStart, count: wanted, entry: isOld ? 3 : 4, before: pixels)
  }

  private mutating func setCompression(
    _ code: Int, headerSize: Int, _ file: BMPNumbers, _ tableStart: inout Int
  ) throws(ImageError) {
    switch (code, bitsPerPixel) {
    case (0, 16): masks = [0x7C00, 0x3E0, 0x1F, 0]
    case (0, _): masks = bitsPerPixel == 32 ? [0xFF0000, 0xFF00, 0xFF, 0] : nil
    case (1, 8), (2, 4):
      compression = .runs(bitsPerPixel)
      guard !isTopDown else {
        throw ImageError(.corrupt, "damaged BMP: runs from the top downwards")
      }
    case (3, 16), (3, 32), (6, 16), (6, 32):
      // In a header of 40 bytes the masks follow it.
      let count = headerSize >= 56 || code == 6 ? 4 : 3
      if headerSize == 40 { tableStart += 4 * count }
      var found: [UInt32] = []
      for index in 0..<count {
        found.append(UInt32(try file.number(at: 54 + 4 * index, size: 4)))
      }
      if count == 3 { found.append(0) }
      // Without any mask the bytes are blue, green, red and alpha, as Pillow takes them.
      masks =
        found.allSatisfy { $0 == 0 } && bitsPerPixel == 32
        ? [0xFF0000, 0xFF00, 0xFF, 0xFF00_0000] : found
    default:
      throw ImageError(
        .unsupported,
        "a BMP with compression \(code) and \(bitsPerPixel) bits a pixel; convert it to JPEG or PNG"
      )
    }
  }

  /// - Parameter end: where the pixels begin, before which the table may end early.
  private static func palette(
    _ file: BMPNumbers, at start: Int, count: Int, entry: Int, before end: Int
  ) throws(ImageError) -> [(UInt8, UInt8, UInt8)] {
    var palette = (0..<256).map { (UInt8($0), UInt8($0), UInt8($0)) }
    for index in 0..<min(count, (end - start) / entry) {
      let place = start + index * entry
      let colour = try file.number(at: place, size: 3)
      palette[index] = (
        UInt8(colour >> 16 & 255), UInt8(colour >> 8 & 255), UInt8(colour & 255)
      )
    }
    return palette
  }
}

/// Little-endian numbers of a file that may end before them.
private struct BMPNumbers {
  let bytes: UnsafeRawBufferPointer

  func number(at offset: Int, size: Int) throws(ImageError) -> Int {
    guard offset + size <= bytes.count else { throw BMPDecoder.truncated }
    return (0..<size).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
  }
}
