internal import CZip
import Files
import Foundation

/// A new zip archive, built in memory, its files stored as they are.
///
/// Times are fixed at the first that zip knows, so the same content is the same bytes.
struct ZipImage {
  private(set) var bytes: [UInt8] = []

  /// - Parameter files: names and contents, in order.
  init(_ files: [(name: String, content: [UInt8])]) throws(FormatError) {
    var error = zip_error_t()
    zip_error_init(&error)
    defer { zip_error_fini(&error) }
    guard let target = zip_source_buffer_create(nil, 0, 0, &error) else {
      throw Self.failure("begin an archive", &error)
    }
    defer { zip_source_free(target) }
    // The archive frees its target when it is closed; this one is read afterwards.
    zip_source_keep(target)
    guard let archive = zip_open_from_source(target, ZIP_TRUNCATE, &error) else {
      zip_source_free(target)
      throw Self.failure("begin an archive", &error)
    }
    for file in files {
      let isAdded = file.content.withUnsafeBytes { content in
        Self.add(file.name, content, to: archive)
      }
      guard isAdded else {
        let reason = Self.failure("store '\(file.name)'", zip_get_error(archive))
        zip_discard(archive)
        throw reason
      }
    }
    guard zip_close(archive) == 0 else {
      let reason = Self.failure("finish an archive", zip_get_error(archive))
      zip_discard(archive)
      throw reason
    }
    bytes = try Self.content(of: target)
  }

  private static func add(
    _ name: String, _ content: UnsafeRawBufferPointer, to archive: OpaquePointer
  ) -> Bool {
    // libzip reads the content when the archive is closed: it gets memory of its own.
    // It releases it by `free`.
    guard let copy = malloc(max(1, content.count)) else { return false }
    if let start = content.baseAddress { copy.copyMemory(from: start, byteCount: content.count) }
    guard let source = zip_source_buffer(archive, copy, UInt64(content.count), 1) else {
      free(copy)
      return false
    }
    let index = zip_file_add(archive, name, source, UInt32(ZIP_FL_ENC_UTF_8))
    guard index >= 0 else {
      zip_source_free(source)
      return false
    }
    let first: UInt16 = 1 << 5 | 1  // 1 January 1980
    return zip_set_file_compression(archive, UInt64(index), ZIP_CM_STORE, 0) == 0
      && zip_file_set_dostime(archive, UInt64(index), 0, first, 0) == 0
  }

  private static func content(of source: OpaquePointer) throws(FormatError) -> [UInt8] {
    var status = zip_stat_t()
    guard zip_source_stat(source, &status) == 0, zip_source_open(source) == 0 else {
      throw failure("read an archive back", zip_source_error(source))
    }
    defer { zip_source_close(source) }
    var bytes = [UInt8](repeating: 0, count: Int(status.size))
    let count = bytes.withUnsafeMutableBytes {
      zip_source_read(source, $0.baseAddress, status.size)
    }
    guard count == Int64(bytes.count) else {
      throw failure("read an archive back", zip_source_error(source))
    }
    return bytes
  }

  private static func failure(_ what: String, _ error: UnsafeMutablePointer<zip_error_t>?)
    -> FormatError
  {
    guard let error, let text = zip_error_strerror(error) else {
      return FormatError("libzip cannot \(what)")
    }
    return FormatError("libzip cannot \(what): \(String(cString: text))")
  }
}
