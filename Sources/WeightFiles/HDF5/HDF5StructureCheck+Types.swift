import Files

/// Types of elements and extents. libhdf5 1.10 reads both to the end that they themselves tell, and copies the names in a
/// type up to the next zero, wherever that is.
/// Format: HDF5 File Format Specification 3.0, sections IV.A.2.b and d.
extension HDF5StructureCheck {
  /// The most types within one another; libhdf5 reads each by a call of its own.
  private static let deepestType = 16
  private static let fill = "the fill value of an object"

  /// Checks that a type ends where its message does, or before.
  func checkType(_ message: Message) throws(FormatError) {
    guard message.flags & 2 == 0 else {
      throw FormatError("keeps the type of an object elsewhere, which is not read")
    }
    guard typeEnd(message.data) != nil else { throw Self.outside("the type of an object") }
  }

  /// Checks that an extent ends where its message does, or before.
  func checkExtent(_ message: Message) throws(FormatError) {
    guard message.flags & 2 == 0 else {
      throw FormatError("keeps the extent of an object elsewhere, which is not read")
    }
    guard sides(of: message.data) != nil else { throw Self.outside("the extent of an object") }
  }

  /// Checks that the value of elements that were never written, of which the library copies as many bytes as it is said
  /// to have, ends where its message does, or before.
  func checkFill(_ message: Message) throws(FormatError) {
    let data = message.data
    guard message.flags & 2 == 0 else {
      throw FormatError("keeps the fill value of an object elsewhere, which is not read")
    }
    var size: Int? = 0
    var start = 0
    if message.type == 0x04 {
      (size, start) = (number(in: data, at: 0, 4), 4)
    } else if data.first == 3 {
      guard let flags = number(in: data, at: 1, 1) else { throw Self.outside(Self.fill) }
      if flags & 0x20 != 0 { (size, start) = (number(in: data, at: 2, 4), 6) }
    } else if number(in: data, at: 3, 1) != 0 {
      // A negative size says that there is none.
      (size, start) = (number(in: data, at: 4, 4).map { $0 >= 1 << 31 ? 0 : $0 }, 8)
    }
    guard let size, start + size <= data.count else { throw Self.outside(Self.fill) }
  }

  /// How many elements an extent has; `nil` where it ends before it says so, or has more than can be counted.
  func elementCount(_ extent: ArraySlice<UInt8>) -> Int? {
    guard let sides = sides(of: extent) else { return nil }
    if extent.first == 2, number(in: extent, at: 3, 1) == 2 { return 0 }
    var count = 1
    for side in sides {
      let (product, overflow) = count.multipliedReportingOverflow(by: side)
      if overflow { return nil }
      count = product
    }
    return count
  }

  /// The sides of an extent; `nil` where it ends before all that it says it has.
  private func sides(of extent: ArraySlice<UInt8>) -> [Int]? {
    guard let version = number(in: extent, at: 0, 1), let rank = number(in: extent, at: 1, 1),
      let flags = number(in: extent, at: 2, 1), extent.count > 3
    else { return nil }
    let start = version == 1 ? 8 : 4
    // Behind the sides follow how long they may become and, in the first version, their order.
    let lists = 1 + flags & 1 + (version == 1 ? flags >> 1 & 1 : 0)
    guard start + lists * rank * lengthSize <= extent.count else { return nil }
    var sides: [Int] = []
    for axis in 0..<rank {
      guard let side = number(in: extent, at: start + axis * lengthSize, lengthSize) else {
        return nil
      }
      sides.append(side)
    }
    return sides
  }

  /// How many bytes a type takes of those that begin with it; `nil` where they end before.
  func typeEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
    typeEnd(in: bytes, at: 0, depth: 0)
  }

  private func typeEnd(in bytes: ArraySlice<UInt8>, at start: Int, depth: Int) -> Int? {
    guard depth < Self.deepestType, let first = number(in: bytes, at: start, 1),
      let flags = number(in: bytes, at: start + 1, 3),
      let size = number(in: bytes, at: start + 4, 4)
    else { return nil }
    let version = first >> 4
    var end: Int? = start + 8
    switch first & 15 {
    case 0, 4: end = start + 12  // Integers and bits.
    case 1: end = start + 20  // Floating point.
    case 2: end = start + 10  // Times.
    case 5: end = start + 8 + flags & 0xff  // Opaque: a tag.
    case 6: end = membersEnd(in: bytes, at: start, count: flags & 0xffff, size, version, depth)
    case 8: end = namesEnd(in: bytes, at: start + 8, count: flags & 0xffff, version, depth)
    case 9: end = typeEnd(in: bytes, at: start + 8, depth: depth + 1)  // Of variable length.
    case 10:  // Arrays.
      guard let rank = number(in: bytes, at: start + 8, 1) else { return nil }
      let base = start + 9 + 4 * rank + (version < 3 ? 3 + 4 * rank : 0)
      end = typeEnd(in: bytes, at: base, depth: depth + 1)
    default: break  // Strings and references; others the library refuses.
    }
    return end.flatMap { $0 <= bytes.count ? $0 : nil }
  }

  /// Where the members of a compound type end.
  private func membersEnd(
    in bytes: ArraySlice<UInt8>, at start: Int, count: Int, _ size: Int, _ version: Int,
    _ depth: Int
  ) -> Int? {
    // As many bytes as the size needs tell where a member is.
    let place =
      version < 3 ? 4 : (max(size, 1).bitWidth - max(size, 1).leadingZeroBitCount - 1) / 8 + 1
    var position = start + 8
    for _ in 0..<count {
      guard let name = nameEnd(in: bytes, at: position, version),
        let type = typeEnd(
          in: bytes, at: name + place + (version == 1 ? 28 : 0), depth: depth + 1)
      else { return nil }
      position = type
    }
    return position
  }

  /// Where the names and values of an enumeration end.
  private func namesEnd(
    in bytes: ArraySlice<UInt8>, at base: Int, count: Int, _ version: Int, _ depth: Int
  ) -> Int? {
    guard var position = typeEnd(in: bytes, at: base, depth: depth + 1),
      let size = number(in: bytes, at: base + 4, 4)
    else { return nil }
    for _ in 0..<count {
      guard let name = nameEnd(in: bytes, at: position, version) else { return nil }
      position = name
    }
    let (values, overflow) = count.multipliedReportingOverflow(by: size)
    return overflow ? nil : position + values
  }

  /// Where a name ends with its zero and, before the third version, what fills it up to a multiple of eight.
  private func nameEnd(in bytes: ArraySlice<UInt8>, at start: Int, _ version: Int) -> Int? {
    guard start < bytes.count, let zero = bytes.dropFirst(start).firstIndex(of: 0) else {
      return nil
    }
    let length = zero - bytes.startIndex - start
    return start + (version < 3 ? (length + 8) / 8 * 8 : length + 1)
  }
}
