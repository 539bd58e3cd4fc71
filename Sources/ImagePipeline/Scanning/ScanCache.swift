import Files
import Foundation
import Glibc

/// What scans found, on disk, so that a file that did not change is not even opened again.
///
/// One file a data folder and limit of pixels, `scan-….facts`, read when a scan starts and replaced
/// as a whole when it ends. A file of photos is known again by its path, its size and the times, to
/// the nanosecond, of its last change. A cache that is damaged, or that cannot be written, is as good
/// as none. Two scans at the same time do no harm: the later one's file stays.
public struct ScanCache: Hashable, Sendable {
  /// Where the files are; `nil` keeps nothing.
  public let folder: URL?

  /// - Parameter folder: is made when something is kept; `nil` for no cache.
  public init(folder: URL?) { self.folder = folder }

  /// In `$FINETUNE_CACHE`, else `~/.cache/finetune`.
  public static var standard: ScanCache { ScanCache(folder: CacheFolder.standard) }

  /// Keeps nothing.
  public static let none = ScanCache(folder: nil)

  /// A larger file is neither read nor written: that many bytes are about a million photos.
  static let largestFile = 256 << 20
  /// The files of that many data folders are kept, and of so many bytes in all.
  static let mostFiles = 64
  static let mostBytes = 1 << 30

  /// What every answer depends on besides the photo: our own reading and the decoders.
  private static let version =
    "finetune scan 4 \(ImageLibraries.versions.map(\.description).joined(separator: " "))"

  /// Whether a file is called as `record` calls those that it keeps.
  package static func isOwn(_ name: String) -> Bool {
    name.wholeMatch(of: /scan-[0-9a-f]{40}\.facts/) != nil
  }

  /// What is known of a data folder.
  ///
  /// - Parameter root: an absolute path or one relative to the working directory.
  func record(of root: String, maximumPixels: Int) -> ScanRecord {
    guard let folder else { return ScanRecord() }
    let path = realPath(root) ?? root
    let key = "\(Self.version)\n\(maximumPixels)\n\(path)\n"
    let name = ContentDigest(Array(key.utf8)).bytes.prefix(20).hexadecimal
    let file = folder.appending(path: "scan-\(name).facts", directoryHint: .notDirectory)
    return ScanRecord(root: path, file: file, key: Array(key.utf8))
  }
}

/// What is known of the files of a data folder.
struct ScanRecord: Sendable {
  struct Entry: Hashable, Sendable {
    var stamp: FileStamp
    var check: PhotoCheck
  }

  private let root: String
  private let file: URL?
  private let key: [UInt8]
  private var entries: [String: Entry] = [:]
  private var seen: Set<String> = []
  private var isChanged = false
  /// When the scan began, in nanoseconds since 1970.
  private let start: Int

  /// Knows nothing and keeps nothing.
  init() {
    (root, file, key, start) = ("", nil, [], 0)
  }

  /// Reads the file, if there is a sound one.
  init(root: String, file: URL, key: [UInt8]) {
    (self.root, self.file, self.key) = (root, file, key)
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    start = now.nanoseconds
    if let bytes = Self.read(file), let known = ScanFile.decode(bytes, key: key) {
      entries = known
    }
  }

  /// Whether anything is looked up and remembered.
  var isKept: Bool { file != nil }

  /// What was found in a file, if it has not changed since.
  func check(_ path: String, _ stamp: FileStamp) -> PhotoCheck? {
    guard let entry = entries[path], entry.stamp == stamp else { return nil }
    return entry.check
  }

  /// Takes note of what was found in a file, or found again.
  ///
  /// - Parameter stamp: `nil` if the answer must not be used again.
  mutating func remember(_ path: String, _ stamp: FileStamp?, _ check: PhotoCheck) {
    guard isKept else { return }
    guard let stamp, isSettled(stamp) else {
      isChanged = entries.removeValue(forKey: path) != nil || isChanged
      return
    }
    seen.insert(path)
    guard entries[path]?.stamp != stamp else { return }
    entries[path] = Entry(stamp: stamp, check: check)
    isChanged = true
  }

  /// Whether a change after the file was read would have given it another time.
  ///
  /// Clocks of file systems tick every 10 ms or oftener, some only every 2 s.
  private func isSettled(_ stamp: FileStamp) -> Bool {
    let last = max(stamp.modified, stamp.changed)
    let tick = last % 1_000_000_000 == 0 ? 2_000_000_000 : 20_000_000
    return last < start - tick  // In this order: a file may be dated at the end of time.
  }

  /// Writes what is known, if it differs from what was read; without the files that are gone.
  mutating func save() {
    guard isChanged, let file else { return }
    isChanged = false
    for path in entries.keys where !seen.contains(path) {
      if FileStamp(path: resolve(path, below: root)) == nil { entries[path] = nil }
    }
    guard let bytes = ScanFile.encode(entries, first: seen, key: key) else { return }
    let folder = file.deletingLastPathComponent()
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try AtomicFile.write(bytes, to: file)
    } catch { return }  // the next scan reads the photos again
    Self.tidy(folder)
  }

  /// Removes the files used longest ago if there are too many.
  private static func tidy(_ folder: URL) {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: folder.path)) ?? []
    var files = names.filter(ScanCache.isOwn)
      .map { folder.path + "/" + $0 }
      .compactMap { path in FileStamp(path: path).map { (path: path, stamp: $0) } }
      .sorted { $0.stamp.modified < $1.stamp.modified }[...]
    var total = files.reduce(0) { $0 + $1.stamp.size }
    while files.count > ScanCache.mostFiles || total > ScanCache.mostBytes,
      let oldest = files.popFirst()
    {
      total -= oldest.stamp.size
      try? manager.removeItem(atPath: oldest.path)
    }
  }

  private static func read(_ file: URL) -> Data? {
    try? InputFile.read(file, atMost: ScanCache.largestFile)
  }
}

/// The path of a photo of a collection.
func resolve(_ path: String, below root: String) -> String {
  path.isAbsolutePath ? path : root + "/" + path
}
