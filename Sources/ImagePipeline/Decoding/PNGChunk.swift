/// A part of a PNG file: length, name, content, checksum (PNG specification, section 5.3).
struct PNGChunk {
  let name: String
  /// How many bytes of content there are to be.
  let byteCount: Int
  /// As far as the file has it.
  let content: UnsafeRawBufferPointer
  /// Whether the file has all of it, with its checksum.
  let isWhole: Bool
  private let checked: UnsafeRawBufferPointer
  private let checksum: UInt32

  /// The chunk at a position; `nil` where the file has none.
  init?(at position: Int, of bytes: UnsafeRawBufferPointer) {
    guard position + 8 <= bytes.count else { return nil }
    func number(_ offset: Int) -> UInt32 {
      bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
    let start = position + 8
    let rest = bytes.count - start
    byteCount = Int(number(position))
    isWhole = byteCount <= rest - 4
    let end = start + min(byteCount, rest)
    name = String(decoding: bytes[position + 4..<start], as: UTF8.self)
    content = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
    checked = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<end])
    checksum = isWhole ? number(end) : 0
  }

  /// Whether the content is what was written: the CRC-32 of name and content (section 5.5).
  var isSound: Bool {
    guard isWhole else { return false }
    let found = checked.reduce(UInt32.max) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
    }
    return found ^ .max == checksum
  }

  /// The chunks of a file, behind its signature, in order; the last may not be whole.
  static func all(of bytes: UnsafeRawBufferPointer) -> some Sequence<PNGChunk> {
    sequence(state: 8) { (position: inout Int) -> PNGChunk? in
      guard let chunk = PNGChunk(at: position, of: bytes) else { return nil }
      position += 12 + chunk.content.count
      return chunk
    }
  }
}
