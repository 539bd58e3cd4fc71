/// Files whose checksums are what their content has: none keeps anybody out who computes it himself, and no fuzzer
/// comes behind one that it has broken.
enum Checksums {
  /// With the checksum of each chunk of a PNG file.
  static func png(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    var start = 8
    while let length = bytes.number(at: start, 4, bigEndian: true), length < bytes.count {
      let end = start + 8 + length
      guard end + 4 <= bytes.count else { break }
      let sum = crc32(bytes[(start + 4)..<end])
      for index in 0..<4 { bytes[end + index] = UInt8(truncatingIfNeeded: sum >> (24 - 8 * index)) }
      start = end + 4
    }
    return bytes
  }

  /// With the checksum of each member of a zip file that is stored as it is.
  static func zip(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard let end = bytes.indices.last(where: { bytes[$0...].starts(with: [0x50, 0x4b, 5, 6]) }),
      var entry = bytes.number(at: end + 16, 4)
    else { return bytes }
    while bytes.number(at: entry, 4) == 0x0201_4b50 {
      guard let method = bytes.number(at: entry + 10, 2), let size = bytes.number(at: entry + 20, 4),
        let place = bytes.number(at: entry + 42, 4), let nameSize = bytes.number(at: place + 26, 2),
        let extraSize = bytes.number(at: place + 28, 2),
        let skipped = [28, 30, 32].map({ bytes.number(at: entry + $0, 2) }) as? [Int]
      else { break }
      let start = place + 30 + nameSize + extraSize
      if method == 0, start + size <= bytes.count {
        let sum = crc32(bytes[start..<start + size])
        for index in 0..<4 {
          let byte = UInt8(truncatingIfNeeded: sum >> (8 * index))
          (bytes[entry + 16 + index], bytes[place + 14 + index]) = (byte, byte)
        }
      }
      entry += 46 + skipped.reduce(0, +)
    }
    return bytes
  }

  /// By byte, of the polynomial of PNG and zip (ISO 3309).
  private static let table: [UInt32] = (0..<256).map { byte in
    var sum = UInt32(byte)
    for _ in 0..<8 {
      let isOdd = sum & 1 == 1
      sum >>= 1
      if isOdd { sum ^= 0xedb8_8320 }
    }
    return sum
  }

  private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes { sum = sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] }
    return ~sum
  }
}

extension [UInt8] {
  /// An integer without sign; `nil` where the bytes end before.
  fileprivate func number(at start: Int, _ size: Int, bigEndian: Bool = false) -> Int? {
    guard start >= 0, start + size <= count else { return nil }
    let bytes = self[start..<start + size]
    return bigEndian
      ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }
}
