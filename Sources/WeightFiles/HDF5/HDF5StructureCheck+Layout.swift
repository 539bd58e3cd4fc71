import Files

/// Where a dataset says that its values are. Format: HDF5 File Format Specification 3.0, section IV.A.2.i.
extension HDF5StructureCheck {
  static let values = "where a tensor says that its numbers are"

  /// Checks what a dataset's layout leads to: its values, or the tree over their chunks.
  func checkLayout(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let version = message.first else { throw Self.outside(Self.values) }
    if let chunks = try chunkLayout(message, path) { return try checkChunks(chunks) }
    switch version {
    case 1, 2: try checkOldLayout(message)
    case 3, 4: try checkNewLayout(message, path)
    default: break  // The library refuses versions that it does not know.
    }
  }

  /// Version 1 or 2: rank, class, five bytes; the address; extents.
  private func checkOldLayout(_ message: ArraySlice<UInt8>) throws(FormatError) {
    guard let rank = number(in: message, at: 1, 1), let kind = number(in: message, at: 2, 1) else {
      throw Self.outside(Self.values)
    }
    switch kind {
    case 0: try checkInside(message, from: 12 + rank * 4, number(in: message, at: 8 + rank * 4, 4))
    case 1: try checkPlace(message.dropFirst(8).prefix(addressSize), byteCount: 1)
    default: break
    }
  }

  /// Version 3 or 4: class; for values behind one another their address and size.
  private func checkNewLayout(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let kind = number(in: message, at: 1, 1) else { throw Self.outside(Self.values) }
    switch kind {
    case 0: try checkInside(message, from: 4, number(in: message, at: 2, 2))
    case 1:
      guard let size = number(in: message, at: 2 + addressSize, lengthSize) else {
        throw Self.outside(Self.values)
      }
      try checkPlace(message.dropFirst(2).prefix(addressSize), byteCount: size)
    // Before libhdf5 reads which they are.
    case 3: throw FormatError("assembles '\(path)' from other datasets, which is refused")
    default: break
    }
  }

  /// Values in the message itself.
  private func checkInside(_ message: ArraySlice<UInt8>, from start: Int, _ size: Int?)
    throws(FormatError)
  {
    guard let size, start + size <= message.count else { throw Self.outside(Self.values) }
  }

  /// - Parameter address: undefined where there are no values yet.
  private func checkPlace(_ address: ArraySlice<UInt8>, byteCount: Int) throws(FormatError) {
    guard address.count == addressSize,
      isUndefined(address) || holds(Self.integer(address), byteCount)
    else { throw Self.outside(Self.values) }
  }
}
