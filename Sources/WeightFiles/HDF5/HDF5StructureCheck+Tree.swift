import Files

/// Trees (version 1) over the entries of a group or the chunks of a dataset. Format: HDF5 File Format
/// Specification 3.0, section III.A.1.
extension HDF5StructureCheck {
  /// A child of the lowest level.
  typealias Leaf = (key: ArraySlice<UInt8>, address: Int)

  /// Looks at every node once; a child has to be below its parent.
  /// - Parameters:
  ///   - type: 0 for a group's, 1 for chunks.
  ///   - room: how many children a node can have.
  func checkTree(
    _ root: Int, type: UInt8, keySize: Int, room: Int, _ what: String
  ) throws(FormatError) -> [Leaf] {
    var leaves: [Leaf] = []
    var seen = Set<Int>()
    var nodes = [(address: root, level: Int(UInt8.max) + 1)]
    while let next = nodes.popLast() {
      let node = try treeNode(next.address, type: type, keySize: keySize, room: room, what)
      guard seen.insert(next.address).inserted, node.level < next.level else {
        throw Self.circle(what)
      }
      if node.level > 0 {
        nodes += node.children.map { ($0, node.level) }
      } else {
        leaves += zip(node.keys, node.children).map { ($0, $1) }
      }
    }
    return leaves
  }

  /// A node of a tree: how far above the lowest level it is, its children, and a key before, between and behind them.
  struct TreeNode {
    let level: Int
    let keys: [ArraySlice<UInt8>]
    let children: [Int]
  }

  func treeNode(_ address: Int, type: UInt8, keySize: Int, room: Int, _ what: String)
    throws(FormatError) -> TreeNode
  {
    let head = 8 + 2 * addressSize
    guard let start = file.bytes(at: base + address, head),
      start[0..<4] == [0x54, 0x52, 0x45, 0x45], start[4] == type  // "TREE"
    else { throw Self.outside(what) }
    for sibling in [start[8..<8 + addressSize], start[(8 + addressSize)...]]
    where !isUndefined(sibling) && !holds(Self.integer(sibling), head) {
      throw Self.outside(what)
    }
    let count = Int(start[6]) | Int(start[7]) << 8
    let step = keySize + addressSize
    guard count <= room,
      let entries = file.bytes(at: base + address + head, count * step + keySize)
    else { throw Self.outside(what) }
    var children: [Int] = []
    for entry in 0..<count {
      guard let child = Self.integer(entries[(entry * step + keySize)...].prefix(addressSize))
      else { throw Self.outside(what) }
      children.append(child)
    }
    let keys = (0...count).map { entries[($0 * step)...].prefix(keySize) }
    return TreeNode(level: Int(start[5]), keys: keys, children: children)
  }

  /// Whether so many bytes from an address on are in the file.
  func holds(_ address: Int?, _ count: Int) -> Bool {
    guard let address, count <= file.byteCount else { return false }
    return base + address <= file.byteCount - count
  }

  /// An address of ones only, which leads nowhere.
  func isUndefined(_ address: ArraySlice<UInt8>) -> Bool { address.allSatisfy { $0 == 0xff } }
}
