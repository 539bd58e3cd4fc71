import Files

/// What a dataset's layout says of its chunks.
struct ChunkLayout {
  /// Elements of a chunk along each axis, and then the bytes of an element.
  let sides: [UInt64]
  let index: Index

  enum Index {
    /// Nothing has been stored yet.
    case none
    /// A tree (version 1) at an address.
    case tree(Int)
    /// The only chunk.
    /// - Parameter filtered: what it takes in the file and the filters that it does without; `nil` where there are no filters.
    case single(Int, filtered: (byteCount: Int, mask: UInt32)?)
    /// All chunks behind one another from an address on, without filters.
    case consecutive(Int)
  }
}

/// The chunks of a dataset that are in the file, all of them.
enum StoredChunks {
  /// In the order of the grid.
  case listed([StoredChunk])
  /// Behind one another, each as long as is declared.
  case consecutive
}

/// A chunk that is in the file.
struct StoredChunk {
  let address: Int
  /// What it takes in the file.
  let byteCount: Int
  /// A bit for each filter that it does without.
  let mask: UInt32
}

/// Datasets in chunks. Format: HDF5 File Format Specification 3.0, sections III.A.1 and IV.A.2.i.
extension HDF5StructureCheck {
  private static let tree = "the tree of a tensor's chunks"

  // MARK: The layout

  /// What a layout message says of chunks; `nil` where it is of something else.
  func chunkLayout(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError)
    -> ChunkLayout?
  {
    let version = message.first ?? 0
    guard (1...4).contains(version), number(in: message, at: version < 3 ? 2 : 1, 1) == 2 else {
      return nil
    }
    switch version {
    // Rank, class, five bytes; the address of the tree; sides of four bytes.
    case 1, 2:
      return try chunkTree(message, rankAt: 1, addressAt: 8)
    // Class, rank; the address; sides.
    case 3: return try chunkTree(message, rankAt: 2, addressAt: 3)
    default: return try newerChunks(message, path)
    }
  }

  private func chunkTree(_ message: ArraySlice<UInt8>, rankAt: Int, addressAt: Int)
    throws(FormatError) -> ChunkLayout
  {
    let address = message.dropFirst(addressAt).prefix(addressSize)
    guard address.count == addressSize,
      let sides = sides(in: message, rankAt: rankAt, at: addressAt + addressSize, width: 4)
    else { throw Self.outside(Self.values) }
    if isUndefined(address) { return ChunkLayout(sides: sides, index: .none) }
    guard let tree = Self.integer(address) else { throw Self.outside(Self.values) }
    return ChunkLayout(sides: sides, index: .tree(tree))
  }

  /// Version 4: class, flags, rank, the width of a side, sides; the kind of index, what belongs to it, and where
  /// it is. The first two kinds are no index: a single chunk, and all chunks behind one another.
  private func newerChunks(_ message: ArraySlice<UInt8>, _ path: String) throws(FormatError)
    -> ChunkLayout
  {
    guard let flags = number(in: message, at: 2, 1), let width = number(in: message, at: 4, 1),
      let sides = sides(in: message, rankAt: 3, at: 5, width: width),
      case let kindAt = 5 + sides.count * width, let kind = number(in: message, at: kindAt, 1)
    else { throw Self.outside(Self.values) }
    guard kind == 1 || kind == 2 else { throw Self.newer("an index of the chunks of '\(path)'") }
    guard flags & 1 == 0 else { throw Self.newer("the edges of '\(path)'") }
    let isFiltered = kind == 1 && flags & 2 != 0
    let address = message.dropFirst(kindAt + 1 + (isFiltered ? lengthSize + 4 : 0))
      .prefix(addressSize)
    guard address.count == addressSize else { throw Self.outside(Self.values) }
    if isUndefined(address) { return ChunkLayout(sides: sides, index: .none) }
    guard let address = Self.integer(address) else { throw Self.outside(Self.values) }
    guard isFiltered else {
      return ChunkLayout(
        sides: sides,
        index: kind == 1 ? .single(address, filtered: nil) : .consecutive(address))
    }
    guard let size = number(in: message, at: kindAt + 1, lengthSize),
      let mask = number(in: message, at: kindAt + 1 + lengthSize, 4)
    else { throw Self.outside(Self.values) }
    return ChunkLayout(
      sides: sides, index: .single(address, filtered: (size, UInt32(truncatingIfNeeded: mask))))
  }

  private func sides(in message: ArraySlice<UInt8>, rankAt: Int, at start: Int, width: Int)
    -> [UInt64]?
  {
    // H5S_MAX_RANK, and one more for the bytes of an element.
    guard let rank = number(in: message, at: rankAt, 1), (1...33).contains(rank),
      (1...8).contains(width)
    else { return nil }
    var sides: [UInt64] = []
    for axis in 0..<rank {
      guard let side = number(in: message, at: start + axis * width, width) else { return nil }
      sides.append(UInt64(side))
    }
    return sides
  }

  /// Checks that what a layout leads to is in the file.
  func checkChunks(_ layout: ChunkLayout) throws(FormatError) {
    switch layout.index {
    case .none: break
    case .single(let address, let filtered):
      guard holds(address, filtered?.byteCount ?? 1) else { throw Self.outside(Self.values) }
    case .consecutive(let address):
      guard holds(address, 1) else { throw Self.outside(Self.values) }
    case .tree(let root):
      let leaves = try checkTree(
        root, type: 1, keySize: 8 + layout.sides.count * 8, room: room.chunks, Self.tree)
      for leaf in leaves { _ = try storedChunk(leaf.key, leaf.address) }
    }
  }

  /// - Parameter key: the bytes that the chunk takes, filters that it does without, its place along each axis.
  private func storedChunk(_ key: ArraySlice<UInt8>, _ address: Int) throws(FormatError)
    -> StoredChunk
  {
    guard let size = number(in: key, at: 0, 4), let mask = number(in: key, at: 4, 4),
      holds(address, size)
    else { throw Self.outside(Self.values) }
    return StoredChunk(
      address: address, byteCount: size, mask: UInt32(truncatingIfNeeded: mask))
  }

  // MARK: The chunks

  /// All chunks of a dataset, as libhdf5 will find them.
  ///
  /// The tree is gone through once. (libhdf5 1.10 does so anew for every chunk that it is asked about.)
  /// - Parameters:
  ///   - header: the address of the dataset.
  ///   - grid: of at most as many chunks as the file has bytes.
  /// - Throws: `FormatError` that names the first chunk that is not there.
  func storedChunks(of header: Int, in grid: ChunkGrid, elementSize: Int, _ path: String)
    throws(FormatError) -> StoredChunks
  {
    var layouts: [ArraySlice<UInt8>] = []
    try visitMessages(of: header) { if $0.type == 0x08 { layouts.append($0.data) } }
    guard layouts.count == 1, let layout = try chunkLayout(layouts[0], path),
      layout.sides == grid.sides + [UInt64(elementSize)]
    else {
      throw FormatError(
        "is damaged: what '\(path)' says of its chunks does not fit together; download or copy it again"
      )
    }
    var found: [UInt64: StoredChunk] = [:]
    switch layout.index {
    case .none: break
    case .tree(let root): found = try storedChunks(inTree: root, layout.sides, grid)
    case .single(let address, let filtered):
      let size = filtered?.byteCount ?? Int(clamping: grid.byteCount)
      guard holds(address, size) else { throw Self.outside(Self.values) }
      found[0] = StoredChunk(address: address, byteCount: size, mask: filtered?.mask ?? 0)
    case .consecutive(let address):
      let (size, overflow) = grid.count.multipliedReportingOverflow(by: grid.byteCount)
      guard !overflow, holds(address, Int(clamping: size)) else {
        throw Self.outside(Self.values)
      }
      return .consecutive
    }
    return .listed(try complete(found, grid, path))
  }

  /// Puts the chunks into the order of the grid; each has to be there, in bytes of its own.
  private func complete(_ found: [UInt64: StoredChunk], _ grid: ChunkGrid, _ path: String)
    throws(FormatError) -> [StoredChunk]
  {
    var chunks: [StoredChunk] = []
    for number in 0..<grid.count {
      guard let chunk = found[number], chunk.byteCount > 0 else {
        throw FormatError(
          "lacks chunk \(number + 1) of the \(grid.count) of '\(path)'; download or copy it again")
      }
      chunks.append(chunk)
    }
    let places = chunks.map { $0.address..<$0.address + $0.byteCount }
      .sorted { $0.lowerBound < $1.lowerBound }
    guard zip(places, places.dropFirst()).allSatisfy({ $0.upperBound <= $1.lowerBound }) else {
      throw FormatError(
        "is damaged: two chunks of '\(path)' share their bytes; download or copy it again")
    }
    return chunks
  }

  /// Goes through a tree, and makes sure that libhdf5 comes to every chunk of it. It looks for one only where the
  /// keys above and beside it lead, and reads what it does not find as zeros.
  private func storedChunks(inTree root: Int, _ sides: [UInt64], _ grid: ChunkGrid)
    throws(FormatError) -> [UInt64: StoredChunk]
  {
    typealias Place = [UInt64]
    let misleading = FormatError(
      "is damaged: \(Self.tree) does not lead to all of them; download or copy it again")
    var chunks: [UInt64: StoredChunk] = [:]
    var seen = Set<Int>()
    // What is below a node lies from one place up to another: in chunks, in the order of the grid.
    let (start, end) = (
      Place(repeating: 0, count: sides.count), Place(repeating: .max, count: sides.count)
    )
    var nodes = [(address: root, level: Int(UInt8.max) + 1, from: start, upTo: end)]
    while let next = nodes.popLast() {
      let node = try treeNode(
        next.address, type: 1, keySize: 8 + sides.count * 8, room: room.chunks, Self.tree)
      guard seen.insert(next.address).inserted, node.level < next.level else {
        throw Self.circle(Self.tree)
      }
      let places = node.keys.map { key in
        sides.indices.map { axis in
          key.dropFirst(8 + axis * 8).prefix(8).reversed().reduce(UInt64(0)) {
            $0 << 8 | UInt64($1)
          }
            / max(sides[axis], 1)
        }
      }
      for (index, address) in node.children.enumerated() {
        let (place, following) = (places[index], places[index + 1])
        guard place.lexicographicallyPrecedes(following) else { throw misleading }
        let from = next.from.lexicographicallyPrecedes(place) ? place : next.from
        let upTo = following.lexicographicallyPrecedes(next.upTo) ? following : next.upTo
        if node.level > 0 {
          nodes.append((address, node.level, from, upTo))
          continue
        }
        guard from == place, place.lexicographicallyPrecedes(upTo) else { throw misleading }
        // libhdf5 leaves alone what is behind the end of a dataset that was made smaller.
        guard let number = grid.number(of: place) else { continue }
        chunks[number] = try storedChunk(node.keys[index], address)
      }
    }
    return chunks
  }
}
