import TensorKernels

/// Memory that all lanes share: packed weights and gradients. Made while compiling, on one thread.
final class SharedMemory {
  private let backend: any Backend
  private var chunk: Region?
  private(set) var byteCount = 0

  /// Smaller pieces share a chunk of this size.
  private static let chunkByteCount = 1 << 20
  private static let alignment = 64

  init(_ backend: any Backend) { self.backend = backend }

  /// A zeroed region of its own.
  func allocate(_ wanted: Int) throws(BackendError) -> Region {
    let size = (wanted + Self.alignment - 1) / Self.alignment * Self.alignment
    if size > Self.chunkByteCount / 4 {
      byteCount += size
      return Region(try backend.allocate(byteCount: size))
    }
    var place: Region
    if let chunk, chunk.offset + size <= Self.chunkByteCount {
      place = chunk
    } else {
      place = Region(try backend.allocate(byteCount: Self.chunkByteCount))
      byteCount += Self.chunkByteCount
    }
    chunk = Region(place.buffer, offset: place.offset + size)
    return place
  }
}
