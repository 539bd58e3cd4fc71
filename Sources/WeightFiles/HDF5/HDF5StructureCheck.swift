import Files
import Synchronization

/// Looks at the linked structures of a file before libhdf5 does.
///
/// Object headers, the names of a group and the tree over them point from one place of the file to
/// the next. libhdf5 (1.10 at least) follows such pointers without noticing that they lead in a
/// circle, which one damaged byte can bring about, and fills the machine's memory or its stack. Nor does
/// it ask of every address and size whether the file has as much: what is not inside the file is refused
/// here, before the library sees it.
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
  /// What the file says of its own length.
  private let declaredByteCount: Int?
  /// How many entries a leaf of a group's tree and a node of each tree have room for.
  private(set) var room: (leaf: Int, group: Int, chunks: Int)
  /// Whether the file says which driver of libhdf5's is to read it, as parts of larger files do.
  private let namesDriver: Bool
  /// The headers that have been looked at: paths to many tensors begin alike.
  private let known = Mutex<Set<Int>>([])

  /// Takes the file's bytes for itself.
  init(_ file: consuming FileBytes) {
    let base = Self.signature(in: file) ?? file.byteCount
    var sizes = (address: 8, length: 8)
    var first: [Int] = []
    var declared: Int? = 0
    var superblockExtension: Int?
    var namesDriver = false
    // What the format says where the file does not.
    var halves = (leaf: 4, group: 16, chunks: 32)
    if let start = file.bytes(at: base, 96) {
      let isOld = start[8] < 2
      sizes = isOld ? (Int(start[13]), Int(start[14])) : (Int(start[9]), Int(start[10]))
      let addresses = isOld ? (start[8] == 0 ? 24 : 28) : 12
      if isOld {
        halves.leaf = Int(start[16]) | Int(start[17]) << 8
        halves.group = Int(start[18]) | Int(start[19]) << 8
        if start[8] == 1 { halves.chunks = Int(start[24]) | Int(start[25]) << 8 }
      }
      if [2, 4, 8].contains(sizes.address), [2, 4, 8].contains(sizes.length) {
        func address(_ index: Int) -> Int? {
          Self.integer(start[(addresses + index * sizes.address)...].prefix(sizes.address))
        }
        first = (isOld ? [5] : [1, 3]).compactMap(address)
        declared = address(2)
        superblockExtension = isOld ? nil : address(1)
        let driver = start[(addresses + 3 * sizes.address)...].prefix(sizes.address)
        namesDriver = isOld && driver.contains { $0 != 0xff }
      }
    }
    self.file = file
    self.base = base
    // Where these make no sense, libhdf5 does not open the file at all.
    (addressSize, lengthSize) = (min(max(sizes.address, 2), 8), min(max(sizes.length, 2), 8))
    self.first = first
    declaredByteCount = declared
    self.namesDriver = namesDriver
    room = (2 * halves.leaf, 2 * halves.group, 2 * halves.chunks)
    // Newer files say it in a message of their own. One that is wrong is told of when it is checked.
    guard let superblockExtension else { return }
    var told: ArraySlice<UInt8>?
    try? visitMessages(of: superblockExtension) {
      if $0.type == 0x13, told == nil { told = $0.data }
    }
    if let told { readRoom(told) }
  }

  /// Version, then half of what a node of chunks, of a group's tree and a leaf have room for.
  private mutating func readRoom(_ message: ArraySlice<UInt8>) {
    guard let chunks = number(in: message, at: 1, 2), let group = number(in: message, at: 3, 2),
      let leaf = number(in: message, at: 5, 2)
    else { return }
    room = (2 * leaf, 2 * group, 2 * chunks)
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
    guard let declaredByteCount else { throw Self.outside("the end of the file") }
    guard declaredByteCount <= file.byteCount else {
      throw FormatError(
        "is cut short: it ends after \(file.byteCount) bytes of \(declaredByteCount); download or "
          + "copy it again")
    }
    guard !namesDriver else { throw Self.onePart }
    for address in first { try check(address, of: "/") }
  }

  /// What no file of Keras's or h5py's has unless it was asked for. libhdf5 1.10 follows it by numbers that only
  /// checksums guard, which whoever makes a file up computes as well.
  static func newer(_ what: String) -> FormatError {
    FormatError(
      "keeps \(what) in a newer form of HDF5, which is not read; save it again as h5py does by "
        + "default (libver='earliest', track_order=False)")
  }

  /// libhdf5 believes the length of a driver's information.
  private static let onePart = FormatError(
    "is one of several files that belong together, which are not read; write them as one, as with "
      + "h5repart")

  /// Messages whose own checks refuse those that are kept elsewhere.
  private static let sayingWhatIsShared = [0x01, 0x03, 0x04, 0x05, 0x0c]

  /// Messages that a header has once: extent, type, fill values, layout, filters, and what a group's links lead to. libhdf5
  /// takes the first.
  private static let standingOnce: Set = [0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x0b, 0x11]

  /// Follows what the object at an address of the file is made of.
  /// - Parameter path: of the object, for errors.
  /// - Throws: `FormatError` when it leads in a circle or out of the file, or has what the library would follow
  ///   unseen.
  func check(_ address: Int, of path: String) throws(FormatError) {
    guard known.withLock({ !$0.contains(address) }) else { return }
    var found = Set<Int>()
    try visitMessages(of: address) { message throws(FormatError) in
      guard found.insert(message.type).inserted || !Self.standingOnce.contains(message.type) else {
        throw FormatError(
          "is damaged: the header of '\(path)' says the same twice; download or copy it again")
      }
      guard message.flags & 2 == 0 || Self.sayingWhatIsShared.contains(message.type) else {
        throw FormatError("keeps a part of '\(path)' elsewhere, which is not read")
      }
      switch message.type {
      case 0x01: try checkExtent(message)
      case 0x02: try checkLinkInformation(message.data, path)
      case 0x03: try checkType(message)
      case 0x04, 0x05: try checkFill(message)
      case 0x06: try checkLink(message.data)
      case 0x07: throw FormatError("keeps '\(path)' in another file, which is refused")
      case 0x08: try checkLayout(message.data, path)
      case 0x0c: try checkAttribute(message)
      case 0x0f: throw Self.newer("parts of its objects in a table")
      case 0x11: try checkGroup(message.data)
      case 0x14: throw Self.onePart
      case 0x15: try checkAttributeInformation(message.data, path)
      case 0x18: throw Self.newer("a copy of libhdf5's cache")
      default: break
      }
    }
    known.withLock { _ = $0.insert(address) }
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
      guard let bytes = file.bytes(at: base + chunk.address, chunk.size) else {
        throw Self.outside("the header of an object")
      }
      for message in messages(in: bytes, isOld: isOld, header: messageHeader) {
        if message.type == 0x10 {
          guard let next = number(in: message.data, at: 0, addressSize),
            let size = number(in: message.data, at: addressSize, lengthSize)
          else { throw Self.outside("the header of an object") }
          // In the newer format the stated length includes signature and checksum.
          chunks.append((next, isOld ? size : max(0, size - 4)))
        }
        try body(message)
      }
    }
  }

  static func circle(_ what: String) -> FormatError {
    FormatError("is damaged: \(what) leads in a circle; download or copy it again")
  }

  static func outside(_ what: String) -> FormatError {
    FormatError("is damaged: \(what) leads out of the file; download or copy it again")
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
