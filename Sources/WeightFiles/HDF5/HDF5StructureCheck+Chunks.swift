import Files

/// Where a dataset says that its values are. Format: HDF5 File Format Specification 3.0, sections III.A.1
/// and IV.A.2.i.
extension HDF5StructureCheck {
  private static let values = "where a tensor says that its numbers are"

  /// Checks what a dataset's layout leads to: its values, or the tree over their chunks.
  func checkLayout(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let version = message.first else { throw Self.outside(Self.values) }
    switch version {
    case 1, 2: try checkOldLayout(message)
    case 3, 4: try checkNewLayout(message, version: version, path)
    default: break  // The library refuses versions that it does not know.
    }
  }

  /// Version 1 or 2: rank, class, five bytes; the address; extents.
  private func checkOldLayout(_ message: ArraySlice<UInt8>) throws(FormatError) {
    guard let rank = number(in: message, at: 1, 1), let kind = number(in: message, at: 2, 1) else {
      throw Self.outside(Self.values)
    }
    let address = message.dropFirst(8).prefix(addressSize)
    switch kind {
    case 0: try checkInside(message, from: 12 + rank * 4, number(in: message, at: 8 + rank * 4, 4))
    case 1: try checkPlace(address, byteCount: 1)
    case 2: try checkChunks(address, rank: rank)
    default: break
    }
  }

  /// Version 3 or 4: class; for values behind one another their address and size; for chunks in version 3
  /// the rank and the address of the tree.
  private func checkNewLayout(_ message: ArraySlice<UInt8>, version: UInt8, _ path: String)
    throws(FormatError)
  {
    guard let kind = number(in: message, at: 1, 1) else { throw Self.outside(Self.values) }
    switch kind {
    case 0: try checkInside(message, from: 4, number(in: message, at: 2, 2))
    case 1:
      guard let size = number(in: message, at: 2 + addressSize, lengthSize) else {
        throw Self.outside(Self.values)
      }
      try checkPlace(message.dropFirst(2).prefix(addressSize), byteCount: size)
    case 2 where version == 3:
      guard let rank = number(in: message, at: 2, 1) else { throw Self.outside(Self.values) }
      try checkChunks(message.dropFirst(3).prefix(addressSize), rank: rank)
    case 2: try checkIndex(message, path)
    // Before libhdf5 reads which they are.
    case 3: throw FormatError("assembles '\(path)' from other datasets, which is refused")
    default: break
    }
  }

  /// Chunks in version 4: flags, rank, the width of an extent, extents; the kind of index, what belongs to
  /// it, and where it is. The first two kinds are no index: a single chunk, and all chunks behind one another.
  private func checkIndex(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let flags = number(in: message, at: 2, 1), let rank = number(in: message, at: 3, 1),
      let width = number(in: message, at: 4, 1),
      let kind = number(in: message, at: 5 + rank * width, 1)
    else { throw Self.outside(Self.values) }
    guard kind < 3 else { throw Self.newer("an index of the chunks of '\(path)'") }
    guard flags & 1 == 0 else { throw Self.newer("the edges of '\(path)'") }
    let size = kind == 1 && flags & 2 != 0 ? lengthSize + 4 : 0
    let address = message.dropFirst(6 + rank * width + size).prefix(addressSize)
    try checkPlace(address, byteCount: 1)
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

  /// - Parameter rank: of the dataset and one more, for the bytes of an element.
  private func checkChunks(_ address: ArraySlice<UInt8>, rank: Int) throws(FormatError) {
    guard address.count == addressSize else { throw Self.outside(Self.values) }
    if isUndefined(address) { return }
    guard let tree = Self.integer(address), rank <= 33 else { throw Self.outside(Self.values) }
    // A key: the bytes that the chunk takes, filters that it does without, its place along each axis.
    let chunks = try checkTree(
      tree, type: 1, keySize: 8 + rank * 8, room: room.chunks, "the tree of a tensor's chunks")
    for chunk in chunks {
      guard let size = number(in: chunk.key, at: 0, 4), holds(chunk.address, size) else {
        throw Self.outside(Self.values)
      }
    }
  }
}
