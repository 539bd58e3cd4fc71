/// A baseline JPEG with one level per 8 × 8 block and component, written without any library: enough
/// to make every kind of file that a folder of photos may hold.
///
/// One component is grey, three are YCbCr, four are CMYK with Adobe's marker and its inverted levels.
public struct BlockJPEG {
  /// Blocks.
  public let columns: Int
  public let rows: Int
  /// One array per component, `rows · columns` levels.
  public var levels: [[UInt8]]
  /// EXIF's, `1...8`; `nil`: the file has no EXIF segment.
  public var orientation: UInt8?

  public init(columns: Int, rows: Int, levels: [[UInt8]], orientation: UInt8? = nil) {
    precondition([1, 3, 4].contains(levels.count), "grey, YCbCr or CMYK")
    precondition(levels.allSatisfy { $0.count == columns * rows }, "a level for every block")
    self.columns = columns
    self.rows = rows
    self.levels = levels
    self.orientation = orientation
  }

  /// A picture that is unlike that of any other seed: random brightness, weaker random colours.
  public init(
    seed: UInt64, columns: Int = 8, rows: Int = 8, components: Int = 3, orientation: UInt8? = nil
  ) {
    var random = SeededValues(seed: seed)
    let levels = (0..<components).map { component in
      random.values(columns * rows, component == 1 || component == 2 ? 96...160 : 8...247)
        .map { UInt8($0) }
    }
    self.init(columns: columns, rows: rows, levels: levels, orientation: orientation)
  }

  /// The picture as seen with every brightness raised a little, as another encoder might.
  public func brightened(by amount: UInt8) -> BlockJPEG {
    var copy = self
    copy.levels[0] = levels[0].map { $0 > 255 - amount ? 255 : $0 + amount }
    return copy
  }

  /// The file (ITU-T T.81, sequential Huffman coding).
  ///
  /// - Parameter claimed: the width and height that the header says; `nil`: the true ones.
  public func bytes(claimed: (width: Int, height: Int)? = nil) -> [UInt8] {
    let size = claimed ?? (columns * 8, rows * 8)
    let count = UInt8(levels.count)
    var file: [UInt8] = [0xFF, 0xD8]
    if let orientation {
      let tiff: [UInt8] = [
        0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0,
        0, 0,
      ]
      file += Self.segment(0xE1, Array("Exif\0\0".utf8) + tiff)
    }
    if count == 4 {
      file += Self.segment(0xEE, Array("Adobe".utf8) + [0, 100, 0, 0, 0, 0, 0])
    }
    // A constant divisor of 8 makes a block's first coefficient its level.
    file += Self.segment(0xDB, [0] + [UInt8](repeating: 8, count: 64))
    let sides = [size.height, size.width].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    file += Self.segment(0xC0, [8] + sides + [count] + (1...count).flatMap { [$0, 0x11, 0] })
    // Twelve codes of four bits for the first coefficient; of the others, "the rest is zero" only.
    let none = [UInt8](repeating: 0, count: 12)
    file += Self.segment(0xC4, [0x00, 0, 0, 0, 12] + none + Array(0...11))
    file += Self.segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0])
    file += Self.segment(0xDA, [count] + (1...count).flatMap { [$0, 0] } + [0, 63, 0])
    return file + scan() + [0xFF, 0xD9]
  }

  private static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    let length = content.count + 2
    return [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + content
  }

  private func scan() -> [UInt8] {
    var bits: [Bool] = []
    func append(_ value: Int, _ width: Int) {
      for bit in (0..<width).reversed() { bits.append(value >> bit & 1 == 1) }
    }
    var previous = [Int](repeating: 0, count: levels.count)
    for block in 0..<columns * rows {
      for component in levels.indices {
        let level = Int(levels[component][block]) - 128
        let difference = level - previous[component]
        previous[component] = level
        let width = Int.bitWidth - abs(difference).leadingZeroBitCount
        append(width, 4)
        // A negative number is told by its complement (T.81, F.1.2.1).
        append(difference < 0 ? difference + (1 << width) - 1 : difference, width)
        append(0, 1)
      }
    }
    while bits.count % 8 != 0 { bits.append(true) }
    return stride(from: 0, to: bits.count, by: 8).flatMap { start -> [UInt8] in
      let byte = bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
      return byte == 0xFF ? [0xFF, 0] : [byte]
    }
  }
}

/// A grey PNG of one level per pixel, its data stored without compression (RFC 1950, 1951, 2083).
public func plainPNG(width: Int, height: Int, seed: UInt64) -> [UInt8] {
  func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
  func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + content
    let sum = body.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
    return number(UInt32(content.count)) + body + number(~sum)
  }
  var random = SeededValues(seed: seed)
  let raw = (0..<height).flatMap { _ in [0] + random.values(width, 0...255).map { UInt8($0) } }
  precondition(raw.count < 65536, "one stored block")
  let (low, high) = raw.reduce((UInt32(1), UInt32(0))) { sums, byte in
    let low = (sums.0 + UInt32(byte)) % 65521
    return (low, (sums.1 + low) % 65521)
  }
  let length = UInt16(raw.count)
  let lengths = [length, ~length].flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
  return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    + chunk("IHDR", number(UInt32(width)) + number(UInt32(height)) + [8, 0, 0, 0, 0])
    + chunk("IDAT", [0x78, 1, 1] + lengths + raw + number(high << 16 | low))
    + chunk("IEND", [])
}
