import Glibc

/// Pages for rows of features: of a mapped file, which the system may drop and read again when it needs the
/// room, or of no file.
///
/// `@unchecked Sendable`: the address never changes; rows are written before they are handed out.
final class FeatureMemory: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer

  /// Zeros that take room when they are first written.
  init(byteCount: Int) {
    guard
      let pages = Self.map(
        byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, descriptor: -1)
    else { preconditionFailure("there is no memory for \(byteCount) bytes of features") }
    bytes = pages
  }

  /// The beginning of a file, which stays mapped when the descriptor is closed; `nil` when the system refuses.
  init?(descriptor: Int32, byteCount: Int, isWritable: Bool) {
    guard
      let pages = Self.map(
        byteCount, isWritable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED,
        descriptor: descriptor)
    else { return nil }
    bytes = pages
  }

  private static func map(
    _ byteCount: Int, _ protection: Int32, _ flags: Int32, descriptor: Int32
  ) -> UnsafeMutableRawBufferPointer? {
    let length = max(1, byteCount)
    let address = mmap(nil, length, protection, flags, descriptor, 0)
    guard let address, address != MAP_FAILED else { return nil }
    return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
  }

  deinit { munmap(bytes.baseAddress, max(1, bytes.count)) }

  /// Where a row begins, for rows behind one another from `offset` on.
  func row(_ row: Int, dimension: Int, offset: Int) -> UnsafeMutablePointer<Float> {
    let stride = dimension * MemoryLayout<Float>.stride
    let first = offset + row * stride
    guard first >= 0, first + stride <= bytes.count, let start = bytes.baseAddress else {
      preconditionFailure("row \(row) lies outside of its memory")
    }
    return (start + first).assumingMemoryBound(to: Float.self)
  }
}
