/// The sizes of the coded pictures that a HEIC file describes, as far as one can tell without decoding.
///
/// libheif compares nothing with the size that a file's header claims before it decodes, so the sequence
/// parameter sets of the file's configurations are looked at first (ITU-T H.265, 7.3.2.2). What does not
/// parse is left to the decoder.
enum HEVCPictures {
  /// The largest in pixels; `nil` if none is found.
  static func largest(in bytes: UnsafeRawBufferPointer) -> (width: Int, height: Int)? {
    guard let meta = metaBox(of: bytes) else { return nil }
    var largest: (width: Int, height: Int)?
    for place in meta.places(ofBox: "hvcC") {
      let record = UnsafeRawBufferPointer(rebasing: meta[(place + 4)...])
      for size in sizes(record) where size.width * size.height > largest.map({ $0 * $1 }) ?? 0 {
        largest = size
      }
    }
    return largest
  }

  /// The content of the box that describes the file's items.
  private static func metaBox(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var position = 0
    while position + 16 <= bytes.count {
      var size = number(bytes, position, 4)
      if size == 1 { size = number(bytes, position + 8, 8) }
      if size == 0 { size = bytes.count - position }
      guard size >= 8, size <= bytes.count - position else { return nil }
      if bytes[position + 4..<position + 8].elementsEqual("meta".utf8) {
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + size])
      }
      position += size
    }
    return nil
  }

  /// Of the parameter sets of a decoder's configuration (ISO/IEC 14496-15, 8.3.3.1).
  private static func sizes(_ record: UnsafeRawBufferPointer) -> [(width: Int, height: Int)] {
    guard record.count > 23 else { return [] }
    var found: [(width: Int, height: Int)] = []
    var position = 23
    for _ in 0..<record[22] {
      guard position + 3 <= record.count else { return found }
      let isSequence = record[position] & 63 == 33
      let count = number(record, position + 1, 2)
      position += 3
      for _ in 0..<count {
        guard position + 2 <= record.count else { return found }
        let length = number(record, position, 2)
        position += 2
        guard length <= record.count - position else { return found }
        var bits = HEVCBits(record[position..<position + length])
        if isSequence, let size = bits.pictureSize() { found.append(size) }
        position += length
      }
    }
    return found
  }

  /// Big-endian, at most 2⁶² − 1.
  private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> Int {
    bytes[start..<start + count].reduce(0) { ($0 << 8 | Int($1)) & Int.max >> 1 }
  }
}

extension UnsafeRawBufferPointer {
  /// Wherever the four characters of a box's type stand, be it a box or not.
  func places(ofBox type: String) -> some Sequence<Int> {
    let characters = type.utf8.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    return (0..<Swift.max(0, count - 3)).lazy.filter {
      loadUnaligned(fromByteOffset: $0, as: UInt32.self).bigEndian == characters
    }
  }
}

/// Reads the bits of a parameter set.
private struct HEVCBits {
  /// Sides are told up to this length, so that products stay numbers.
  private static let longest = 1 << 24

  private let bytes: [UInt8]
  private var position = 0

  /// Without its header of two bytes, and the bytes that keep start codes out.
  init(_ unit: Slice<UnsafeRawBufferPointer>) {
    var bytes: [UInt8] = []
    var zeros = 0
    for byte in unit.dropFirst(2) {
      if zeros >= 2 && byte == 3 {
        zeros = 0
        continue
      }
      zeros = byte == 0 ? zeros + 1 : 0
      bytes.append(byte)
    }
    self.bytes = bytes
  }

  private mutating func bit() -> Int? {
    guard position < bytes.count * 8 else { return nil }
    defer { position += 1 }
    return Int(bytes[position >> 3] >> UInt8(7 - position & 7) & 1)
  }

  private mutating func bits(_ count: Int) -> Int? {
    var value = 0
    for _ in 0..<count {
      guard let bit = bit() else { return nil }
      value = value << 1 | bit
    }
    return value
  }

  /// An Exp-Golomb code.
  private mutating func code() -> Int? {
    var zeros = 0
    while let bit = bit(), bit == 0 { zeros += 1 }
    guard zeros < 32, let rest = bits(zeros) else { return nil }
    return 1 << zeros - 1 + rest
  }

  mutating func pictureSize() -> (width: Int, height: Int)? {
    guard bits(4) != nil, let layers = bits(3), bits(1) != nil else { return nil }
    position += 96  // the general profile and level
    var flags: [(profile: Int, level: Int)] = []
    for _ in 0..<layers {
      guard let profile = bit(), let level = bit() else { return nil }
      flags.append((profile, level))
    }
    if layers > 0 { position += 2 * (8 - layers) }
    for flag in flags { position += 88 * flag.profile + 8 * flag.level }
    guard code() != nil, let chroma = code() else { return nil }
    if chroma == 3 { position += 1 }
    guard let width = code(), let height = code(), width > 0, height > 0 else { return nil }
    return (min(width, Self.longest), min(height, Self.longest))
  }
}
