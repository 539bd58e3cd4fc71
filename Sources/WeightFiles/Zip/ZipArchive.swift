internal import CZip
import Files

/// A zip archive that is open for reading, whose content is not trusted.
///
/// Nothing is ever extracted to the disk. Before anything is read, every entry's name, size and
/// encryption is looked at: an archive with anything odd in it is refused as a whole.
struct ZipArchive: ~Copyable {
  /// One file of the archive.
  struct Entry: Hashable {
    let name: String
    fileprivate let index: UInt64
    /// What it says it has; checked against `largestExpansion`.
    let byteCount: Int
  }

  private let archive: OpaquePointer
  let entries: [Entry]

  /// A model of Keras has three files and few assets, one of PyTorch a file for each tensor.
  private static let largestEntryCount = 10_000
  /// Weights hardly shrink, and of what else a model's file holds only the zeros of an optimiser that has
  /// not begun do, twice as many as weights; deflate itself can expand 1032 to 1, which only a bomb does.
  private static let largestExpansion = 16
  /// Below this even a bomb does no harm.
  private static let harmlessByteCount = 1 << 24

  /// Opens an archive (`zip_open`).
  /// - Parameter byteCount: the size of the file, an upper bound for what it stores.
  init(path: String, byteCount: Int) throws(FormatError) {
    var code: Int32 = 0
    guard let archive = zip_open(path, ZIP_RDONLY, &code) else {
      throw FormatError(
        "starts like a zip archive but cannot be opened: \(Self.reason(code)); it may be cut short, "
          + "download or copy it again")
    }
    let found: [Entry]
    do throws(FormatError) {
      found = try Self.list(archive, byteCount)
    } catch {
      zip_discard(archive)
      throw error
    }
    self.archive = archive
    entries = found
  }

  deinit { zip_discard(archive) }

  /// The entry of this name; `nil` when there is none.
  func entry(_ name: String) -> Entry? { entries.first { $0.name == name } }

  /// All bytes of an entry (`zip_fread`), whose checksum is right.
  /// - Parameter limit: the most that is read; more is an error.
  func read(_ entry: Entry, atMost limit: Int) throws(FormatError) -> MemoryBytes {
    guard entry.byteCount <= limit else {
      throw FormatError(
        "declares \(entry.byteCount) bytes for '\(entry.name)', more than the \(limit) that are read"
      )
    }
    guard let file = zip_fopen_index(archive, entry.index, 0) else {
      throw FormatError("cannot read '\(entry.name)': \(lastReason())")
    }
    defer { zip_fclose(file) }
    guard let memory = MemoryBytes(byteCount: entry.byteCount) else {
      throw FormatError(
        "declares \(entry.byteCount) bytes for '\(entry.name)', more memory than there is")
    }
    var done = 0
    while done < entry.byteCount {
      let target = memory.buffer.baseAddress.map { $0 + done }
      let count = zip_fread(file, target, UInt64(min(entry.byteCount - done, 1 << 26)))
      guard count > 0 else {
        if let unreadable = Self.unreadable(zip_file_get_error(file)) { throw unreadable }
        throw FormatError(
          "ends after \(done) of the \(entry.byteCount) bytes of '\(entry.name)': "
            + "\(Self.reason(of: zip_file_get_error(file))); download or copy it again")
      }
      done += Int(count)
    }
    // Only reading beyond the end compares the checksum.
    var more: UInt8 = 0
    guard zip_fread(file, &more, 1) == 0 else {
      throw FormatError(
        "is damaged in '\(entry.name)': \(Self.reason(of: zip_file_get_error(file))); download or "
          + "copy it again")
    }
    return memory
  }

  // MARK: What is refused

  private static func list(_ archive: OpaquePointer, _ fileByteCount: Int) throws(FormatError)
    -> [Entry]
  {
    let count = zip_get_num_entries(archive, 0)
    guard count <= Int64(largestEntryCount) else {
      throw FormatError("holds \(count) files, more than a model has")
    }
    var entries: [Entry] = []
    var allStored = 0
    var names: Set<String> = []
    for index in 0..<UInt64(max(0, count)) {
      var status = zip_stat_t()
      guard zip_stat_index(archive, index, 0, &status) == 0, let text = status.name else {
        throw FormatError("has an entry \(index) that cannot be read; it is damaged")
      }
      let name = String(cString: text)
      guard !name.isAbsolutePath, !name.utf8.contains(UInt8(ascii: "\\")),
        !name.pathParts.contains("..")
      else {
        throw FormatError(
          "holds the name '\(name)', which leads out of the archive, and is refused")
      }
      guard names.insert(name).inserted else {
        throw FormatError("holds '\(name)' twice, which is refused")
      }
      let needed = UInt64(ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD)
      guard status.valid & needed == needed, let byteCount = Int(exactly: status.size),
        let stored = Int(exactly: status.comp_size)
      else { throw FormatError("does not say how large '\(name)' is; it is damaged") }
      guard stored <= fileByteCount else {
        throw FormatError(
          "declares \(stored) stored bytes for '\(name)' but is only \(fileByteCount) bytes long")
      }
      allStored += stored
      guard allStored <= fileByteCount else {
        throw FormatError("holds files that overlap, which is refused")
      }
      guard status.encryption_method == ZIP_EM_NONE else {
        throw FormatError("holds '\(name)' encrypted, which is not read")
      }
      let method = Int32(status.comp_method)
      guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
        throw FormatError("compresses '\(name)' by method \(method); only deflate is read")
      }
      guard byteCount <= harmlessByteCount || byteCount / largestExpansion <= stored else {
        throw FormatError(
          "declares \(byteCount) bytes for '\(name)' but stores \(stored), which is refused")
      }
      entries.append(Entry(name: name, index: index, byteCount: byteCount))
    }
    return entries
  }

  // MARK: The library's reasons

  private static func reason(_ code: Int32) -> String {
    var error = zip_error_t()
    zip_error_init_with_code(&error, code)
    defer { zip_error_fini(&error) }
    return reason(of: &error)
  }

  private static func reason(of error: UnsafeMutablePointer<zip_error_t>?) -> String {
    guard let error, zip_error_code_zip(error) != 0, let text = zip_error_strerror(error) else {
      return "no reason given"
    }
    return String(cString: text)
  }

  /// What the system says, where it has not given the file's bytes.
  private static func unreadable(_ error: UnsafeMutablePointer<zip_error_t>?) -> FormatError? {
    guard let error, zip_error_code_zip(error) == ZIP_ER_READ else { return nil }
    return FormatError(unreadable: systemMessage(zip_error_code_system(error)))
  }

  private func lastReason() -> String { Self.reason(of: zip_get_error(archive)) }
}
