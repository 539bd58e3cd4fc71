import Foundation

/// Bytes in memory that stay where they are as long as somebody holds this object.
///
/// `@unchecked Sendable`: the bytes are written once, before anybody else sees the object.
package final class MemoryBytes: @unchecked Sendable {
  package let buffer: UnsafeMutableRawBufferPointer

  /// - Returns: `nil` where the machine does not have so much to give. A page that is not written to
  ///   takes nothing.
  package init?(byteCount: Int) {
    if let available = AvailableMemory.byteCount, byteCount > available { return nil }
    guard let start = malloc(max(1, byteCount)) else { return nil }
    buffer = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit { free(buffer.baseAddress) }
}

/// Bytes by position, of a file on the disk or of one in memory.
package struct FileBytes: ~Copyable {
  private let descriptor: Int32
  private let memory: MemoryBytes?
  package let byteCount: Int

  /// Opens a regular file.
  package init(path: String) throws(FormatError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FormatError("cannot be opened: \(systemMessage())") }
    self.descriptor = descriptor
    memory = nil
    byteCount = max(0, Int(lseek(descriptor, 0, SEEK_END)))
  }

  package init(_ memory: MemoryBytes) {
    descriptor = -1
    self.memory = memory
    byteCount = memory.buffer.count
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// `count` bytes from `offset` on; `nil` where the file does not have them.
  package func bytes(at offset: Int, _ count: Int) -> [UInt8]? {
    guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
      return nil
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
      filled = read(at: offset, into: target) ? count : 0
    }
    return bytes.count == count ? bytes : nil
  }

  /// Fills `buffer` from `offset` on; false where the file does not have as much.
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Bool {
    guard offset >= 0, offset <= byteCount, buffer.count <= byteCount - offset else { return false }
    if let memory {
      let source = memory.buffer[offset..<offset + buffer.count]
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source))
      return true
    }
    var done = 0
    while done < buffer.count {
      let count = pread(
        descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
