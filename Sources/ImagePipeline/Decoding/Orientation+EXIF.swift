/// Finding EXIF's orientation tag in files nobody has checked: every offset is tested before use,
/// and whatever does not parse means "upright".
extension Orientation {
  /// The orientation that a JPEG's first EXIF segment (APP1) states.
  init(jpeg bytes: UnsafeRawBufferPointer) {
    self = .upright
    var position = 2
    while position + 4 <= bytes.count {
      guard bytes[position] == 0xFF else {
        position += 1  // decoders skip bytes between segments, so do we
        continue
      }
      switch bytes[position + 1] {
      case 0xFF: position += 1  // padding
      case 0x00, 0x01, 0xD0...0xD8: position += 2  // stands alone
      case 0xD9, 0xDA: return  // the end, or the pixels begin
      case let marker:
        let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
        let end = position + 2 + length
        guard length >= 2, end <= bytes.count else { return }
        let content = bytes[position + 4..<end]
        if marker == 0xE1, content.starts(with: Array("Exif".utf8)), content.count > 6 {
          if let found = Self(tiff: UnsafeRawBufferPointer(rebasing: content.dropFirst(6))) {
            self = found
            return
          }
        }
        position = end
      }
    }
  }

  /// Tag 0x0112 of the first directory of a TIFF block.
  init?(tiff bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 8 else { return nil }
    let littleEndian: Bool
    switch (bytes[0], bytes[1]) {
    case (0x49, 0x49): littleEndian = true
    case (0x4D, 0x4D): littleEndian = false
    default: return nil
    }
    func number(at offset: Int, size: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - size else { return nil }
      let part = bytes[offset..<offset + size]
      return littleEndian
        ? part.reversed().reduce(0) { $0 << 8 | Int($1) } : part.reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, size: 2) == 42, let directory = number(at: 4, size: 4),
      let count = number(at: directory, size: 2)
    else { return nil }
    for entry in 0..<count {
      let offset = directory + 2 + entry * 12
      guard let tag = number(at: offset, size: 2), let type = number(at: offset + 2, size: 2) else {
        return nil
      }
      guard tag == 0x0112 else { continue }
      // The type is SHORT; some writers say BYTE or LONG.
      guard let size = [1: 1, 3: 2, 4: 4][type], let value = number(at: offset + 8, size: size)
      else { return nil }
      self.init(rawValue: value)
      return
    }
    return nil
  }
}
