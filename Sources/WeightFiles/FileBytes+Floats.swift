import Files

extension FileBytes {
  /// Numbers that are stored one behind the other, little-endian, as Float32.
  ///
  /// They are read in pieces, so that no second copy of a large tensor exists.
  /// - Parameter name: of the tensor, for messages.
  func floats(at offset: Int, _ count: Int, _ type: ElementType, _ name: String)
    throws(FormatError) -> [Float]
  {
    let values: [Float]?
    switch type {
    case .float32: values = read(at: offset, count) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .float64:
      values = read(at: offset, count) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    case .bfloat16:
      values = read(at: offset, count) {
        Float(bitPattern: UInt32(UInt16(littleEndian: $0)) << 16)
      }
    case .float16: values = read(at: offset, count) { Self.float(half: UInt16(littleEndian: $0)) }
    case .integer, .other:
      throw FormatError("holds \(type) in '\(name)', expected floating-point numbers")
    }
    guard let values else { throw FormatError("changed while '\(name)' was read") }
    return values
  }

  private func read<Stored: FixedWidthInteger>(
    at offset: Int, _ count: Int, _ convert: (Stored) -> Float
  ) -> [Float]? {
    var result: [Float] = []
    result.reserveCapacity(count)
    var piece = [Stored](repeating: 0, count: min(count, 1 << 16))
    while result.count < count {
      let length = min(piece.count, count - result.count)
      let start = offset + result.count * MemoryLayout<Stored>.stride
      let isRead = piece.withUnsafeMutableBytes { buffer in
        read(
          at: start,
          into: UnsafeMutableRawBufferPointer(
            rebasing: buffer[..<(length * MemoryLayout<Stored>.stride)]))
      }
      guard isRead else { return nil }
      for value in piece[..<length] { result.append(convert(value)) }
    }
    return result
  }

  /// IEEE 754 binary16: a sign, five bits of exponent, ten of mantissa.
  private static func float(half: UInt16) -> Float {
    let sign = UInt32(half & 0x8000) << 16
    let exponent = UInt32(half >> 10 & 31)
    let mantissa = UInt32(half & 0x3ff)
    switch exponent {
    case 0:
      let magnitude = Float(mantissa) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | mantissa << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | mantissa << 13)
    }
  }
}
