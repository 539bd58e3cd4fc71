internal import CZlib

/// How long data is that was compressed by zlib.
enum Inflation {
  /// How many bytes a stream holds, which are made and thrown away piece by piece.
  /// - Returns: `nil` where the bytes hold no whole stream, or it is longer than `limit`.
  static func count(_ bytes: ArraySlice<UInt8>, atMost limit: Int) -> Int? {
    var stream = z_stream()
    guard let available = UInt32(exactly: bytes.count),
      inflateInit_(&stream, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    return bytes.withUnsafeBufferPointer { input in
      stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
      stream.avail_in = available
      return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { piece in
        var count = 0
        while true {
          stream.next_out = piece.baseAddress
          stream.avail_out = UInt32(piece.count)
          let status = inflate(&stream, Z_NO_FLUSH)
          count += piece.count - Int(stream.avail_out)
          if count > limit { return nil }
          if status == Z_STREAM_END { return count }
          guard status == Z_OK else { return nil }
        }
      }
    }
  }
}
