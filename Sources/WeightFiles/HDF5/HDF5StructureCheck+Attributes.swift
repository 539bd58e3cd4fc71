import Files

/// Attributes. libhdf5 1.10 copies name, type, extent and values of one without asking whether its message has as
/// much.
/// Format: HDF5 File Format Specification 3.0, sections IV.A.2.b, d and m.
extension HDF5StructureCheck {
  private static let attribute = "an attribute of an object"

  /// Checks that an attribute's parts are inside its message.
  func checkAttribute(_ message: Message) throws(FormatError) {
    let data = message.data
    // One that several objects share is elsewhere; versions that are not known the library refuses.
    guard message.flags & 2 == 0, let version = data.first, (1...3).contains(version) else {
      return
    }
    guard let flags = number(in: data, at: 1, 1), let nameSize = number(in: data, at: 2, 2),
      let typeSize = number(in: data, at: 4, 2), let spaceSize = number(in: data, at: 6, 2)
    else { throw Self.outside(Self.attribute) }
    guard version == 1 || flags & 3 == 0 else {
      throw FormatError("keeps the type of an attribute elsewhere, which is not read")
    }
    func padded(_ size: Int) -> Int { version == 1 ? (size + 7) / 8 * 8 : size }
    let nameAt = version == 3 ? 9 : 8
    let typeAt = nameAt + padded(nameSize)
    let spaceAt = typeAt + padded(typeSize)
    let valuesAt = spaceAt + padded(spaceSize)
    guard valuesAt <= data.count, number(in: data, at: nameAt + nameSize - 1, 1) == 0,
      typeSize >= 8, let size = number(in: data, at: typeAt + 4, 4),
      let count = elementCount(data.dropFirst(spaceAt).prefix(spaceSize)),
      case (let byteCount, let overflow) = count.multipliedReportingOverflow(by: size), !overflow,
      byteCount <= data.count - valuesAt
    else { throw Self.outside(Self.attribute) }
  }

  /// How many elements an extent has; `nil` where it ends before it says so, or has more than can be counted.
  private func elementCount(_ space: ArraySlice<UInt8>) -> Int? {
    guard let version = number(in: space, at: 0, 1), let rank = number(in: space, at: 1, 1),
      let kind = number(in: space, at: 3, 1)
    else { return nil }
    if version == 2, kind == 2 { return 0 }
    var count = 1
    for axis in 0..<rank {
      guard
        let side = number(in: space, at: (version == 1 ? 8 : 4) + axis * lengthSize, lengthSize)
      else { return nil }
      let (product, overflow) = count.multipliedReportingOverflow(by: side)
      if overflow { return nil }
      count = product
    }
    return count
  }
}
