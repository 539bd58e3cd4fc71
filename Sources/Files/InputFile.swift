import Foundation

/// Files that are opened for reading without waiting for anybody, and those that are read as a whole: plans, lists, records.
package enum InputFile {
  /// The most that is read by default: 256 MiB.
  package static let usualLimit = 256 << 20

  /// All bytes of a regular file. A pipe or device is refused and never waited for.
  /// - Parameter limit: the most bytes that such a file can reasonably have.
  /// - Throws: `FormatError`.
  package static func read(_ url: URL, atMost limit: Int = usualLimit) throws(FormatError) -> Data {
    let (descriptor, status) = try opened(url.path)
    defer { close(descriptor) }
    guard status.byteCount <= limit else {
      throw FormatError(
        "cannot be read: it has \(status.byteCount) bytes, more than the \(limit) that are read")
    }
    return try bytes(of: descriptor, atMost: limit)
  }

  /// Opens a regular file for reading. A pipe or device is refused and never waited for.
  /// - Parameter verb: what cannot be done with another one.
  /// - Returns: a descriptor, which the caller closes.
  package static func opened(_ path: String, verb: String = "read") throws(FormatError)
    -> (descriptor: Int32, status: FileStatus)
  {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw FormatError(unreadable: systemMessage(), verb: verb) }
    guard let status = FileStatus(descriptor: descriptor) else {
      let message = systemMessage()
      close(descriptor)
      throw FormatError(unreadable: message, verb: verb)
    }
    guard status.kind == .file else {
      close(descriptor)
      let what = status.kind == .folder ? "a folder" : "a pipe or device"
      throw FormatError("cannot be \(verb): it is \(what), expected a file")
    }
    return (descriptor, status)
  }

  /// To the file's end, which may be another than its status told.
  private static func bytes(of descriptor: Int32, atMost limit: Int) throws(FormatError) -> Data {
    var data = Data()
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while data.count <= limit {
      let count = Glibc.read(descriptor, &piece, piece.count)
      if count == 0 { return data }
      if count < 0 {
        if errno == EINTR { continue }
        throw FormatError(unreadable: systemMessage())
      }
      data += piece[..<count]
    }
    throw FormatError("cannot be read: it has more than the \(limit) bytes that are read")
  }
}
