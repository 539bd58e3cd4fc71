import Files

/// Attributes. libhdf5 1.10 copies name, type, extent and values of one without asking whether its message has as
/// much.
/// Format: HDF5 File Format Specification 3.0, sections IV.A.2.b, d and m.
extension HDF5StructureCheck {
  private static let attribute = "an attribute of an object"

  /// Checks that an attribute's parts are inside its message.
  func checkAttribute(_ message: Message) throws(FormatError) {
    let data = message.data
    guard message.flags & 2 == 0 else {
      throw FormatError("keeps an attribute elsewhere, which is not read")
    }
    // Versions that are not known the library refuses.
    guard let version = data.first, (1...3).contains(version) else { return }
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
      typeEnd(data.dropFirst(typeAt).prefix(typeSize)) != nil,
      let size = number(in: data, at: typeAt + 4, 4),
      let count = elementCount(data.dropFirst(spaceAt).prefix(spaceSize)),
      case (let byteCount, let overflow) = count.multipliedReportingOverflow(by: size), !overflow,
      byteCount <= data.count - valuesAt
    else { throw Self.outside(Self.attribute) }
  }
}
