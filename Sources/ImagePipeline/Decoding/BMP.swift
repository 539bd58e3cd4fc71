/// Reads BMP files: 1 to 32 bits a pixel, as they are or run-length coded, of Windows and OS/2.
///
/// A reader of our own (decision 72): every number from the file is checked before use.
struct BMPDecoder: PictureDecoder {
  let header: ImageHeader
  private let bytes: UnsafeRawBufferPointer
  private let layout: BMPLayout

  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    self.bytes = bytes
    layout = try BMPLayout(bytes)
    let bits = layout.bitsPerPixel
    header = ImageHeader(
      format: .bmp, storedWidth: layout.width, storedHeight: layout.height, orientation: .upright,
      colour: layout.isPalette ? .palette : .rgb,
      bitDepth: layout.isPalette ? bits : bits == 16 ? 5 : 8,
      hasAlpha: layout.masks.map { $0[3] != 0 } ?? false, isProgressive: false)
  }

  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) -> [String] {
    switch layout.compression {
    case .none:
      let rows = layout.rowBytes * layout.height
      guard bytes.count - layout.pixels >= rows else { throw Self.truncated }
      try layout.isPalette ? decodeIndices(into: target) : decodeColours(into: target)
    case .runs(let bits): try decodeRuns(bits, into: target)
    }
    return []
  }

  static var truncated: ImageError {
    ImageError(.truncated, "cut short: the BMP ends before its picture does")
  }

  /// Where a row, counted as stored, begins in the picture.
  private func row(_ index: Int, of target: UnsafeMutablePointer<UInt8>)
    -> UnsafeMutablePointer<UInt8>
  {
    let row = layout.isTopDown ? index : layout.height - 1 - index
    return target + row * layout.width * 3
  }

  private func decodeIndices(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    let bits = layout.bitsPerPixel
    let mask = UInt8(truncatingIfNeeded: (1 << bits) - 1)
    for index in 0..<layout.height {
      var to = row(index, of: target)
      let start = layout.pixels + index * layout.rowBytes
      for column in 0..<layout.width {
        let bit = column * bits
        let value = bytes[start + bit >> 3] >> UInt8(8 - bits - bit & 7) & mask
        (to[0], to[1], to[2]) = layout.palette[Int(value)]
        to += 3
      }
    }
  }

  private func decodeColours(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    let size = layout.bitsPerPixel / 8
    let channels = layout.masks.map { $0.map(BMPChannel.init) }
    for index in 0..<layout.height {
      var (to, from) = (row(index, of: target), layout.pixels + index * layout.rowBytes)
      for _ in 0..<layout.width {
        if let channels {
          var pixel: UInt32 = 0
          for place in 0..<size { pixel |= UInt32(bytes[from + place]) << UInt32(8 * place) }
          let alpha = header.hasAlpha ? channels[3].value(pixel) : 255
          for channel in 0..<3 {
            let sum = channels[channel].value(pixel) * alpha + 255 * (255 - alpha) + 128
            to[channel] = UInt8((sum + sum >> 8) >> 8)
          }
        } else {
          (to[0], to[1], to[2]) = (bytes[from + 2], bytes[from + 1], bytes[from])
        }
        to += 3
        from += size
      }
    }
  }

  /// Runs of a colour, pixels as they are, ends of rows and jumps; what is jumped over has colour 0.
  private func decodeRuns(
    _ bits: Int, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    let (width, height) = (layout.width, layout.height)
    for row in 0..<height {
      for column in 0..<width { paint(0, column, row, target) }
    }
    var (position, x, y) = (layout.pixels, 0, 0)
    while y < height {
      guard position + 2 <= bytes.count else {
        // The end may lack where all pixels are there.
        if y == height - 1, x >= width { return }
        throw Self.truncated
      }
      let (count, value) = (Int(bytes[position]), bytes[position + 1])
      position += 2
      switch (count, value) {
      case (0, 0): (x, y) = (0, y + 1)
      case (0, 1): return
      case (0, 2):
        guard position + 2 <= bytes.count else { throw Self.truncated }
        x += Int(bytes[position])
        y += Int(bytes[position + 1])
        position += 2
      case (0, _):
        let size = (Int(value) * bits + 7) / 8
        guard position + size <= bytes.count else { throw Self.truncated }
        for index in 0..<Int(value) {
          let byte = bytes[position + index * bits / 8]
          paint(nibble(byte, index, bits), x + index, y, target)
        }
        x += Int(value)
        position += size + size & 1
      default:
        for index in 0..<count { paint(nibble(value, index, bits), x + index, y, target) }
        x += count
      }
    }
  }

  private func nibble(_ byte: UInt8, _ index: Int, _ bits: Int) -> UInt8 {
    bits == 8 ? byte : index.isMultiple(of: 2) ? byte >> 4 : byte & 15
  }

  /// Nothing beyond the picture's edges.
  private func paint(
    _ index: UInt8, _ column: Int, _ row: Int, _ target: UnsafeMutablePointer<UInt8>
  ) {
    guard column < layout.width, row < layout.height else { return }
    let to = self.row(row, of: target) + column * 3
    (to[0], to[1], to[2]) = layout.palette[Int(index)]
  }
}

/// The bits of a pixel that are one channel.
private struct BMPChannel {
  private let mask: UInt32
  private let shift: UInt32
  private let largest: UInt32

  init(_ mask: UInt32) {
    self.mask = mask
    shift = mask == 0 ? 0 : UInt32(mask.trailingZeroBitCount)
    largest = mask >> shift
  }

  /// In 0...255, cut to an integer.
  func value(_ pixel: UInt32) -> UInt32 {
    guard largest > 0 else { return 0 }
    return UInt32(UInt64((pixel & mask) >> shift) * 255 / UInt64(largest))
  }
}
