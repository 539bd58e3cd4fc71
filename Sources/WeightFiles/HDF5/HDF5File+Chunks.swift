internal import CHDF5
import Files

/// Tensors that are stored in chunks.
extension HDF5File {
  /// Every chunk has to be there: the library reads one that is not as zeros. It is held in memory whole, so
  /// it may not be much larger than what is to be read.
  func checkChunks(
    _ properties: borrowing HDF5Handle, _ dataset: borrowing HDF5Handle, byteCount: Int,
    _ path: String
  ) throws(FormatError) {
    let grid = try chunks(properties, dataset, path)
    guard grid.byteCount <= max(UInt64(byteCount) * 8, 16 << 20) else {
      throw FormatError(
        "declares chunks of \(grid.byteCount) bytes for the \(byteCount) bytes of '\(path)'")
    }
    _ = try storedChunks(of: dataset, in: grid, path)
  }

  /// Each takes a byte at least.
  func checkCount(of chunks: ChunkGrid, _ path: String) throws(FormatError) {
    guard chunks.count <= UInt64(byteCount) else {
      throw FormatError(
        "declares \(chunks.count) chunks for '\(path)' but is \(byteCount) bytes long")
    }
  }

  func chunks(
    _ properties: borrowing HDF5Handle, _ dataset: borrowing HDF5Handle, _ path: String
  ) throws(FormatError) -> ChunkGrid {
    let sides = try chunkSides(properties, path)
    var byteCount = UInt64(try elementSize(of: dataset, path))
    for side in sides {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: side)
      guard side > 0, !overflow else {
        throw FormatError("declares an impossible chunk for '\(path)'")
      }
      byteCount = product
    }
    let extents = try extent(of: dataset, path).dimensions.map { UInt64($0) }
    guard extents.count == sides.count else {
      throw FormatError("declares chunks of another rank for '\(path)'")
    }
    return ChunkGrid(extents: extents, sides: sides, byteCount: byteCount)
  }

  private func elementSize(of dataset: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> Int
  {
    let id = dataset.id
    let type = try HDF5Handle("examine '\(path)'") { H5Dget_type(id) }
    let typeID = type.id
    return HDF5Library.query { H5Tget_size(typeID) }
  }

  private func chunkSides(_ properties: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> [UInt64]
  {
    let id = properties.id
    var dimensions = [hsize_t](repeating: 0, count: 33)  // H5S_MAX_RANK and one more
    let rank = try HDF5Library.call("examine '\(path)'") { H5Pget_chunk(id, 32, &dimensions) }
    return dimensions.prefix(Int(rank)).map { UInt64($0) }
  }

  private func storedChunks(
    of dataset: borrowing HDF5Handle, in grid: ChunkGrid, _ path: String
  ) throws(FormatError) -> StoredChunks {
    let address = Int(exactly: try identify(dataset, path).address) ?? 0
    let elementSize = try elementSize(of: dataset, path)
    return try structure.storedChunks(of: address, in: grid, elementSize: elementSize, path)
  }

  /// Makes sure that behind its filters every chunk is as long as the file declares: the library believes that, and
  /// would read on behind a shorter one. Nothing is done for datasets without chunks.
  /// - Throws: `FormatError` that names the chunk.
  func requireWholeChunks(_ dataset: borrowing HDF5Handle, _ path: String) throws(FormatError) {
    let id = dataset.id
    let properties = try HDF5Handle("examine '\(path)'") { H5Dget_create_plist(id) }
    guard try checkedLayout(properties, path) == .chunked else { return }
    let filters = try checkedFilters(properties, path)
    let grid = try chunks(properties, dataset, path)
    guard case .listed(let stored) = try storedChunks(of: dataset, in: grid, path) else {
      guard filters.isEmpty else {
        throw FormatError(
          "is damaged: the chunks of '\(path)' cannot be filtered where they are; download or copy it again"
        )
      }
      return
    }
    for (index, chunk) in stored.enumerated() {
      let applied = filters.indices.filter { chunk.mask & 1 << $0 == 0 }.map { filters[$0] }
      var length: UInt64? = UInt64(chunk.byteCount)
      if !applied.isEmpty {
        let bytes = structure.file.bytes(at: structure.base + chunk.address, chunk.byteCount)
        length = bytes.flatMap { self.length(of: $0, behind: applied, atMost: grid.byteCount) }
      }
      guard length == grid.byteCount else {
        throw FormatError(
          "is damaged: chunk \(index + 1) of the \(grid.count) of '\(path)' does not give the "
            + "\(grid.byteCount) bytes that it should; download or copy it again")
      }
    }
  }

  /// How long a chunk is when all that was done to it is undone; `nil` where that cannot be.
  /// - Parameter filters: in the order in which they were applied; what is compressed is at most checksummed.
  private func length(of stored: [UInt8], behind filters: [Int32], atMost limit: UInt64) -> UInt64?
  {
    var length = stored.count
    for filter in filters.reversed() {
      switch filter {
      case H5Z_FILTER_FLETCHER32: length -= 4
      case H5Z_FILTER_DEFLATE:
        let most = Int(limit) + 4 * filters.count
        guard length > 0, let count = Inflation.count(stored.prefix(length), atMost: most) else {
          return nil
        }
        length = count
      default: break  // Shuffling leaves the length as it is.
      }
    }
    return UInt64(exactly: length)
  }
}

/// The chunks of a dataset, counted row by row.
struct ChunkGrid {
  /// How many there are; `UInt64.max` for more than can be counted.
  let count: UInt64
  /// Of each of them, also where it reaches beyond the dataset.
  let byteCount: UInt64
  /// Elements of a chunk along each axis.
  let sides: [UInt64]
  private let counts: [UInt64]

  init(extents: [UInt64], sides: [UInt64], byteCount: UInt64) {
    self.sides = sides
    self.byteCount = byteCount
    counts = zip(extents, sides).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
    count = counts.reduce(1) { count, along in
      let (product, overflow) = count.multipliedReportingOverflow(by: along)
      return overflow ? .max : product
    }
  }

  /// The number of a chunk; `nil` for one outside the dataset.
  /// - Parameter place: which one it is along each axis, and then within an element: 0.
  func number(of place: [UInt64]) -> UInt64? {
    guard place.last == 0, zip(place, counts).allSatisfy({ $0 < $1 }) else { return nil }
    return zip(place, counts).reduce(0) { $0 * $1.1 + $1.0 }
  }
}
