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
    let sides = try chunkSides(properties, path)
    let datasetID = dataset.id
    let type = try HDF5Handle("examine '\(path)'") { H5Dget_type(datasetID) }
    let typeID = type.id
    var chunk = UInt64(HDF5Library.query { H5Tget_size(typeID) })
    for side in sides {
      let (product, overflow) = chunk.multipliedReportingOverflow(by: side)
      guard side > 0, !overflow else {
        throw FormatError("declares an impossible chunk for '\(path)'")
      }
      chunk = product
    }
    guard chunk <= max(UInt64(byteCount) * 8, 16 << 20) else {
      throw FormatError("declares chunks of \(chunk) bytes for the \(byteCount) bytes of '\(path)'")
    }
    let extents = try extent(of: dataset, path).dimensions.map { UInt64($0) }
    guard extents.count == sides.count else {
      throw FormatError("declares chunks of another rank for '\(path)'")
    }
    try checkAllStored(ChunkGrid(extents: extents, sides: sides), dataset, path)
  }

  private func chunkSides(_ properties: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> [UInt64]
  {
    let id = properties.id
    var dimensions = [hsize_t](repeating: 0, count: 33)  // H5S_MAX_RANK and one more
    let rank = try HDF5Library.call("examine '\(path)'") { H5Pget_chunk(id, 32, &dimensions) }
    return dimensions.prefix(Int(rank)).map { UInt64($0) }
  }

  private func checkAllStored(_ grid: ChunkGrid, _ dataset: borrowing HDF5Handle, _ path: String)
    throws(FormatError)
  {
    let (id, limit) = (dataset.id, UInt64(byteCount))
    // Each takes a byte at least.
    guard grid.count <= limit else {
      throw FormatError("declares \(grid.count) chunks for '\(path)' but is \(limit) bytes long")
    }
    let missing = HDF5Library.query {
      (0..<grid.count).first { number in
        var (mask, size, address): (UInt32, hsize_t, haddr_t) = (0, 0, 0)
        let place = grid.place(number).map { hsize_t($0) }
        let status = H5Dget_chunk_info_by_coord(id, place, &mask, &address, &size)
        guard status >= 0, address != ft_h5_undefined_address(), size > 0 else { return true }
        return UInt64(size) > limit || UInt64(address) > limit - UInt64(size)
      }
    }
    if let missing {
      throw FormatError(
        "lacks chunk \(missing + 1) of the \(grid.count) of '\(path)'; download or copy it again")
    }
  }
}

/// The chunks of a dataset, counted row by row.
private struct ChunkGrid {
  /// How many there are; `UInt64.max` for more than can be counted.
  let count: UInt64
  private let sides: [UInt64]
  private let counts: [UInt64]

  init(extents: [UInt64], sides: [UInt64]) {
    self.sides = sides
    counts = zip(extents, sides).map { $0 == 0 ? 0 : ($0 - 1) / $1 + 1 }
    count = counts.reduce(1) { count, along in
      let (product, overflow) = count.multipliedReportingOverflow(by: along)
      return overflow ? .max : product
    }
  }

  /// Where a chunk's first element is along each axis.
  func place(_ number: UInt64) -> [UInt64] {
    var (rest, place) = (number, sides)
    for axis in sides.indices.reversed() {
      place[axis] = rest % counts[axis] * sides[axis]
      rest /= counts[axis]
    }
    return place
  }
}
