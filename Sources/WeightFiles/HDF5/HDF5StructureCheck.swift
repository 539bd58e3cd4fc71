import Files

/// Looks at the linked structures of a file before libhdf5 does.
///
/// Object headers, the names of a group and the tree over them point from one place of the file to
/// the next. libhdf5 (1.10 at least) follows such pointers without noticing that they lead in a
/// circle, which one damaged byte can bring about, and fills the machine's memory or its stack.
/// Format: HDF5 File Format Specification 3.0, sections II, III.A, III.D and IV.A.
struct HDF5StructureCheck: ~Copyable {
  let file: FileBytes
  /// Where the file's addresses count from.
  let base: Int
  let addressSize: Int
  let lengthSize: Int
  /// Headers that libhdf5 reads when it opens the file: of the root group, and of what belongs to
  /// the file itself.
  private let first: [Int]

  /// Takes the file's bytes for itself.
  init(_ file: consuming FileBytes) {
    let base = Self.signature(in: file) ?? file.byteCount
    var sizes = (address: 8, length: 8)
    var first: [Int] = []
    if let start = file.bytes(at: base, 96) {
      let isOld = start[8] < 2
      sizes = isOld ? (Int(start[13]), Int(start[14])) : (Int(start[9]), Int(start[10]))
      let addresses = isOld ? (start[8] == 0 ? 24 : 28) : 12
      if [2, 4, 8].contains(sizes.address), [2, 4, 8].contains(sizes.length) {
        first = (isOld ? [5] : [1, 3]).compactMap {
          Self.integer(start[(addresses + $0 * sizes.address)...].prefix(sizes.address))
        }
      }
    }
    self.file = file
    self.base = base
    // Where these make no sense, libhdf5 does not open the file at all.
    (addressSize, lengthSize) = (min(max(sizes.address, 2), 8), min(max(sizes.length, 2), 8))
    self.first = first
  }

  /// Where the file begins, behind a block that may be the user's own: 0, 512, 1024, 2048…; `nil`
  /// when it is not HDF5.
  static func signature(in file: borrowing FileBytes) -> Int? {
    var base = 0
    while base < file.byteCount {
      if file.bytes(at: base, 8) == [0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10] { return base }
      base = base == 0 ? 512 : base * 2
    }
    return nil
  }

  /// Checks the headers that are read when the file is opened.
  func checkFirst() throws(FormatError) {
    for address in first { try check(address) }
  }

  /// Follows what the object at an address of the file is made of.
  /// - Throws: `FormatError` when it leads in a circle or takes more than the file has.
  func check(_ address: Int) throws(FormatError) {
    try visitMessages(of: address) { message throws(FormatError) in
      guard message.type == 0x11, let tree = number(in: message.data, at: 0, addressSize),
        let names = number(in: message.data, at: addressSize, addressSize)
      else { return }
      try checkTree(tree)
      try checkNames(names)
    }
  }

  /// One message of an object's header.
  struct Message {
    let type: Int
    let flags: UInt8
    let data: ArraySlice<UInt8>
  }

  /// Calls `body` with each message of the header at an address, in all its parts; 0x10 continues
  /// it elsewhere.
  func visitMessages(
    of address: Int, _ body: (Message) throws(FormatError) -> Void
  ) throws(FormatError) {
    // What cannot be made out here is left to libhdf5, which will tell.
    guard let start = file.bytes(at: base + address, 16) else { return }
    var chunks: [(address: Int, size: Int)]
    let isOld = start[0] == 1
    var messageHeader = 8
    if isOld {
      chunks = [(address + 16, Self.integer(start[8..<12]) ?? 0)]
    } else {
      guard start[0..<4] == [0x4f, 0x48, 0x44, 0x52] else { return }  // "OHDR"
      let flags = start[5]
      let sizeWidth = 1 << Int(flags & 3)
      let sizeAt = 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
      guard let bytes = file.bytes(at: base + address + sizeAt, sizeWidth),
        let size = Self.integer(bytes[...])
      else { return }
      chunks = [(address + sizeAt + sizeWidth, size)]
      messageHeader = flags & 4 != 0 ? 6 : 4
    }
    var seen = Set<Int>()
    var total = 0
    while let chunk = chunks.popLast() {
      total += min(chunk.size, file.byteCount + 1)
      guard seen.insert(chunk.address).inserted, total <= file.byteCount else {
        throw Self.circle("the header of an object")
      }
      guard let bytes = file.bytes(at: base + chunk.address, chunk.size) else { continue }
      for message in messages(in: bytes, isOld: isOld, header: messageHeader) {
        if message.type == 0x10, let next = number(in: message.data, at: 0, addressSize),
          let size = number(in: message.data, at: addressSize, lengthSize)
        {
          // In the newer format the stated length includes signature and checksum.
          chunks.append((next, isOld ? size : max(0, size - 4)))
        }
        try body(message)
      }
    }
  }

  private static func circle(_ what: String) -> FormatError {
    FormatError("is damaged: \(what) leads in a circle; download or copy it again")
  }

  /// The names of a group (a local heap): its free places are a linked list.
  private func checkNames(_ address: Int) throws(FormatError) {
    guard let start = file.bytes(at: base + address, 8 + 2 * lengthSize + addressSize),
      let size = Self.integer(start[8..<8 + lengthSize]),
      var free = Self.integer(start[(8 + lengthSize)..<8 + 2 * lengthSize]),
      let data = Self.integer(start[(8 + 2 * lengthSize)...])
    else { return }
    var steps = 0
    // 1 ends the list.
    while free != 1, free <= size, let bytes = file.bytes(at: base + data + free, lengthSize),
      let next = Self.integer(bytes[...])
    {
      // Each free place takes room for its own offset and size.
      guard steps <= size / (2 * lengthSize) else {
        throw Self.circle("the list of a group's names")
      }
      steps += 1
      free = next
    }
  }

  /// The tree over the entries of a group (version 1): every node once, a child below its parent.
  private func checkTree(_ root: Int) throws(FormatError) {
    var seen = Set<Int>()
    var nodes = [(address: root, level: UInt8.max)]
    while let node = nodes.popLast() {
      let head = 8 + 2 * addressSize
      guard let start = file.bytes(at: base + node.address, head), start[4] == 0 else { continue }
      guard seen.insert(node.address).inserted, start[5] < node.level else {
        throw Self.circle("the tree of a group")
      }
      if start[5] == 0 { continue }
      let count = Int(start[6]) | Int(start[7]) << 8
      let step = lengthSize + addressSize
      guard let entries = file.bytes(at: base + node.address + head, count * step) else { continue }
      for entry in 0..<count {
        let child = entries[(entry * step + lengthSize)...].prefix(addressSize)
        if let child = Self.integer(child) { nodes.append((child, start[5])) }
      }
    }
  }

  private func messages(in bytes: [UInt8], isOld: Bool, header: Int) -> [Message] {
    var found: [Message] = []
    // A later chunk of the newer format begins with a signature.
    var position = bytes.starts(with: [0x4f, 0x43, 0x48, 0x4b]) ? 4 : 0  // "OCHK"
    while position + header <= bytes.count {
      let type = isOld ? Int(bytes[position]) | Int(bytes[position + 1]) << 8 : Int(bytes[position])
      let sizeAt = position + (isOld ? 2 : 1)
      let size = Int(bytes[sizeAt]) | Int(bytes[sizeAt + 1]) << 8
      let data = position + header
      let end = min(data + size, bytes.count)
      found.append(Message(type: type, flags: bytes[sizeAt + 2], data: bytes[data..<end]))
      position = data + size
    }
    return found
  }

  /// A number within bytes; `nil` where they end before.
  func number(in bytes: ArraySlice<UInt8>, at offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, size > 0, offset + size <= bytes.count else { return nil }
    return Self.integer(bytes.dropFirst(offset).prefix(size))
  }

  /// A little-endian number; `nil` for an undefined address or one beyond any file.
  static func integer(_ bytes: ArraySlice<UInt8>) -> Int? {
    let value = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return value <= UInt64(Int.max / 4) ? Int(value) : nil
  }
}
