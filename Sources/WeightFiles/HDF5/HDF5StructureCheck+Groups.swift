import Files

/// Groups in the old format, which h5py and Keras write: a tree (version 1) over leaves of entries, whose
/// names are in a heap. Format: HDF5 File Format Specification 3.0, sections III.B to III.D.
extension HDF5StructureCheck {
  private static let names = "the list of a group's names"
  private static let tree = "the tree of a group"
  private static let entries = "a leaf of a group's tree"
  private static let links = "a link of a group"
  private static let attributes = "the list of an object's attributes"

  /// Checks what a group's message of tree and names leads to.
  func checkGroup(_ message: ArraySlice<UInt8>) throws(FormatError) {
    guard let tree = number(in: message, at: 0, addressSize) else {
      throw Self.outside(Self.tree)
    }
    guard let heap = number(in: message, at: addressSize, addressSize) else {
      throw Self.outside(Self.names)
    }
    let names = try checkedNames(heap)
    let leaves = try checkTree(
      tree, type: 0, keySize: lengthSize, room: room.group, Self.tree)
    for leaf in leaves { try checkEntries(leaf.address, names: names) }
  }

  /// Groups in the newer format: few links are in the header, many in a heap with an index.
  func checkLinkInformation(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let flags = message.dropFirst().first else { throw Self.outside(Self.links) }
    try checkNoHeap(message.dropFirst(2 + (flags & 1 != 0 ? 8 : 0)), Self.links) {
      Self.newer("the many links of '\(path)'")
    }
  }

  /// The same of an object's attributes.
  func checkAttributeInformation(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError) {
    guard let flags = message.dropFirst().first else { throw Self.outside(Self.attributes) }
    try checkNoHeap(message.dropFirst(2 + (flags & 1 != 0 ? 2 : 0)), Self.attributes) {
      Self.newer("the many attributes of '\(path)'")
    }
  }

  /// - Parameter addresses: of the heap and of its indexes; undefined where all is in the header.
  private func checkNoHeap(
    _ addresses: ArraySlice<UInt8>, _ what: String, _ refusal: () -> FormatError
  ) throws(FormatError) {
    guard addresses.count >= 2 * addressSize else { throw Self.outside(what) }
    guard isUndefined(addresses.prefix(addressSize)) else { throw refusal() }
  }

  /// A link in the header of its group: its name, and where it leads. Where libhdf5 1.10 finds one to be wrong, it frees
  /// those that it has not read yet.
  func checkLink(_ message: ArraySlice<UInt8>) throws(FormatError) {
    guard message.first == 1, let flags = number(in: message, at: 1, 1), flags < 32 else {
      throw Self.outside(Self.links)
    }
    // Its kind, when it was made and the encoding of its name may be told before the name's length.
    let kind = flags & 8 != 0 ? number(in: message, at: 2, 1) : 0
    let lengthAt =
      2 + (flags & 8 != 0 ? 1 : 0) + (flags & 4 != 0 ? 8 : 0) + (flags & 16 != 0 ? 1 : 0)
    let width = 1 << (flags & 3)
    guard let kind, let length = number(in: message, at: lengthAt, width),
      (1...message.count).contains(length), kind < 2 || kind >= 64,
      flags & 16 == 0 || (number(in: message, at: lengthAt - 1, 1) ?? 2) < 2
    else { throw Self.outside(Self.links) }
    let valueAt = lengthAt + width + length
    let size = kind == 0 ? addressSize : number(in: message, at: valueAt, 2).map { $0 + 2 }
    // A soft link leads somewhere.
    guard let size, kind != 1 || size > 2, valueAt + size <= message.count else {
      throw Self.outside(Self.links)
    }
  }

  /// The bytes of a group's names (a local heap), whose free places are a linked list.
  private func checkedNames(_ address: Int) throws(FormatError) -> [UInt8] {
    guard let start = file.bytes(at: base + address, 8 + 2 * lengthSize + addressSize),
      start[0..<4] == [0x48, 0x45, 0x41, 0x50],  // "HEAP"
      let size = Self.integer(start[8..<8 + lengthSize]),
      var free = Self.integer(start[(8 + lengthSize)..<8 + 2 * lengthSize]),
      let data = Self.integer(start[(8 + 2 * lengthSize)...]),
      let bytes = file.bytes(at: base + data, size)
    else { throw Self.outside(Self.names) }
    var steps = 0
    while free != 1 {  // 1 ends the list.
      // Each free place takes room for the next one's offset and its own size.
      guard steps <= size / (2 * lengthSize) else { throw Self.circle(Self.names) }
      guard free <= size - 2 * lengthSize, let next = number(in: bytes[...], at: free, lengthSize)
      else { throw Self.outside(Self.names) }
      steps += 1
      free = next
    }
    return bytes
  }

  /// The entries of a leaf ("SNOD"): where each has its name, and its object.
  private func checkEntries(_ address: Int, names: [UInt8]) throws(FormatError) {
    let size = 2 * addressSize + 24
    guard let head = file.bytes(at: base + address, 8),
      head[0..<4] == [0x53, 0x4e, 0x4f, 0x44],  // "SNOD"
      case let count = Int(head[6]) | Int(head[7]) << 8, count <= room.leaf,
      let entries = file.bytes(at: base + address + 8, count * size)
    else { throw Self.outside(Self.entries) }
    // A name or the target of a soft link ends with a zero.
    let end = names.lastIndex(of: 0) ?? -1
    for start in stride(from: 0, to: count * size, by: size) {
      let entry = entries[start..<start + size]
      let kind = number(in: entry, at: 2 * addressSize, 4)
      guard let name = number(in: entry, at: 0, addressSize), name <= end else {
        throw Self.outside(Self.names)
      }
      if kind == 2 {
        guard let target = number(in: entry, at: 2 * addressSize + 8, 4), target <= end else {
          throw Self.outside(Self.names)
        }
      } else if !holds(number(in: entry, at: addressSize, addressSize), 16) {
        throw Self.outside(Self.entries)
      }
    }
  }
}
