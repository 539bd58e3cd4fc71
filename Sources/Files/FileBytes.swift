import Foundation
import Synchronization

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

/// The first of the system's errors in reading a file, for whoever wonders why bytes are not there.
package final class ReadingTrouble: Sendable {
  private let number = Atomic<Int32>(0)

  package init() {}

  /// The error, if there was one.
  package var error: FormatError? {
    let number = number.load(ordering: .relaxed)
    return number == 0 ? nil : FormatError(unreadable: systemMessage(number))
  }

  fileprivate func note(_ found: Int32) {
    _ = number.compareExchange(expected: 0, desired: found, ordering: .relaxed)
  }
}

/// Bytes by position, of a file on the disk or of one in memory.
package struct FileBytes: ~Copyable {
  private let descriptor: Int32
  private let memory: MemoryBytes?
  package let byteCount: Int
  /// Of what is read of it.
  package let trouble = ReadingTrouble()

  /// Opens a regular file.
  package init(path: String) throws(FormatError) {
    let file = try InputFile.opened(path, verb: "opened")
    descriptor = file.descriptor
    memory = nil
    byteCount = file.status.byteCount
  }

  package init(_ memory: MemoryBytes) {
    descriptor = -1
    self.memory = memory
    byteCount = memory.buffer.count
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// A path by which a library opens this very file, as long as it is open here, whatever has come under its name
  /// since.
  /// - Parameter path: by which it was opened; the one that is left where the system has no `/proc`.
  package func ownPath(_ path: String) -> String {
    let own = "/proc/self/fd/\(descriptor)"
    return descriptor >= 0 && access(own, R_OK) == 0 ? own : path
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
      if count < 0 {
        if errno == EINTR { continue }
        trouble.note(errno)
      }
      guard count > 0 else { return false }
      done += count
    }
    return true
  }
}
