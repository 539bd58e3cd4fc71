import Foundation
import Glibc
import ImagePipeline
import TestSupport
import Testing

@Suite("The cache of scans")
struct ScanCacheTests {
  /// A data folder and a cache beside it.
  private struct Place {
    let folder: TemporaryFolder
    var data: URL { folder.url.appending(path: "data") }
    var cache: ScanCache { ScanCache(folder: folder.url.appending(path: "cache")) }

    init() throws {
      folder = try TemporaryFolder()
      for (name, seed) in [("a", UInt8(0)), ("b", 5)] {
        try folder.writePhotos("data/\(name)", 3, seed: seed)
      }
      let jpeg = try JPEG.encode(.gradient(33, 21), quality: 80)
      try folder.write("data/a/cut.jpg", Array(jpeg.prefix(jpeg.count / 2)))
      try folder.write("data/a/notes.txt", Array("hello".utf8))
      try folder.write("data/b/text.jpg", Array("hello".utf8))
    }

    func scan(maximumPixels: Int = 1_000_000) throws -> Summary {
      Summary(
        try Photos.scan(data, maximumPixels: maximumPixels, cache: cache, pool: pool))
    }

    var cacheFiles: [URL] {
      (try? FileManager.default.contentsOfDirectory(
        at: cache.folder ?? data, includingPropertiesForKeys: nil)) ?? []
    }
  }

  /// What a scan found.
  private struct Summary: Hashable {
    let photos: [Photo]
    let skipped: [SkippedPhoto]
    let ignored: [String]

    init(_ collection: Photos) {
      photos = collection[.all]
      skipped = collection.skipped
      ignored = collection.ignored
    }

    func digest(_ path: String) -> String? { photos.first { $0.path == path }?.digest }
  }

  /// File systems need a moment until another change has another time.
  private func settle() { usleep(40_000) }

  @Test("a second scan of thousands of files opens none and finds the same")
  func thousands() throws {
    let place = try Place()
    for number in 0..<1500 {
      for (source, name) in [("a/0.jpg", "a/x"), ("a/cut.jpg", "b/y")] {
        #expect(
          link(
            place.data.appending(path: source).path,
            place.data.appending(path: "\(name)\(number).jpg").path) == 0)
      }
    }
    settle()
    let first = try place.scan()
    #expect(first.photos.count == 1506 && first.skipped.count == 1502)
    let opened = OpenedFiles(in: ["a", "b"].map { place.data.appending(path: $0) })
    #expect(try place.scan() == first)
    #expect(opened.names == [])
    // The watch does see what is opened.
    _ = try PhotoFacts(contentsOf: place.data.appending(path: "a/0.jpg"))
    #expect(opened.names == ["0.jpg"])
  }

  @Test(
    "a changed file is read again, whatever was done to hide it",
    arguments: ["written in place", "time set back", "another moved into place", "made shorter"])
  func edits(kind: String) throws {
    let place = try Place()
    settle()
    let first = try place.scan()
    let file = place.data.appending(path: "a/0.jpg")
    let bytes = try Data(contentsOf: file)
    var status = stat()
    #expect(stat(file.path, &status) == 0)
    var changed = bytes
    changed[bytes.count - 3] ^= 1
    switch kind {
    case "written in place": try changed.write(to: file)
    case "time set back":
      try changed.write(to: file)
      let times = [status.st_atim, status.st_mtim]
      #expect(utimensat(AT_FDCWD, file.path, times, 0) == 0)
    case "another moved into place":
      let other = place.data.appending(path: "a/.other")
      try changed.write(to: other)
      let times = [status.st_atim, status.st_mtim]
      #expect(utimensat(AT_FDCWD, other.path, times, 0) == 0)
      #expect(rename(other.path, file.path) == 0)
    default: try bytes.prefix(bytes.count / 2).write(to: file)
    }
    let second = try place.scan()
    #expect(second.digest("a/0.jpg") != first.digest("a/0.jpg"))
    let truth = Summary(try Photos.scan(place.data, maximumPixels: 1_000_000, pool: pool))
    #expect(second == truth)
    #expect(try place.scan() == truth)
  }

  @Test("files that come and go")
  func comingAndGoing() throws {
    let place = try Place()
    settle()
    _ = try place.scan()
    let before = try place.cacheFiles.map { try Data(contentsOf: $0).count }
    try FileManager.default.removeItem(at: place.data.appending(path: "a/1.jpg"))
    try FileManager.default.removeItem(at: place.data.appending(path: "a/2.jpg"))
    try place.folder.writePhotos("data/c", 1, seed: 9)
    settle()
    let second = try place.scan()
    #expect(second.photos.map(\.path).contains("c/0.jpg"))
    #expect(!second.photos.map(\.path).contains("a/1.jpg"))
    let after = try place.cacheFiles.map { try Data(contentsOf: $0).count }
    #expect(before.count == 1 && after.count == 1 && after[0] < before[0])
  }

  @Test("a file written while the clock does not tick is not taken for the one before")
  func rapidEdits() throws {
    let place = try Place()
    let files = try [UInt8(0), 200].map {
      try JPEG.encode(
        Image(width: 16, height: 16, pixels: .init(repeating: $0, count: 768)), quality: 90)
    }
    #expect(files[0].count == files[1].count)
    var seen: Set<String> = []
    for round in 0..<20 {
      try place.folder.write("data/a/rapid.jpg", files[round % 2])
      let digest = try place.scan().digest("a/rapid.jpg")
      let truth = try PhotoFacts(contentsOf: place.data.appending(path: "a/rapid.jpg")).digest
      #expect(digest == truth)
      seen.insert(truth)
    }
    #expect(seen.count == 2)
  }

  @Test("the limit of pixels belongs to what is remembered")
  func limits() throws {
    let place = try Place()
    settle()
    #expect(try place.scan().photos.count == 6)
    let small = try place.scan(maximumPixels: 40 * 35)
    #expect(small.photos.map(\.path) == ["a/0.jpg", "a/1.jpg", "a/2.jpg", "b/0.jpg"])
    #expect(try place.scan().photos.count == 6)
    #expect(place.cacheFiles.count == 2)
  }

  @Test("a damaged cache does no harm and is replaced")
  func damage() throws {
    let place = try Place()
    settle()
    let truth = try place.scan()
    let file = try #require(place.cacheFiles.first)
    let good = try Data(contentsOf: file)
    var damaged = [Data(), good.prefix(5), good.prefix(30), good.dropLast(), good + [0]]
    for position in stride(from: 0, to: good.count, by: max(1, good.count / 40)) {
      var bytes = good
      bytes[position] ^= 0x40
      damaged.append(bytes)
    }
    for bytes in damaged {
      try bytes.write(to: file)
      #expect(try place.scan() == truth)
      #expect(try Data(contentsOf: file).count == good.count)
    }
    try FileManager.default.removeItem(at: file)
    try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
    #expect(try place.scan() == truth)
  }

  @Test("there are never more than 64 files, the latest among them")
  func bounds() throws {
    let place = try Place()
    settle()
    for number in 100..<180 {
      let digits = String(repeating: "0", count: 37) + "\(number)"
      try place.folder.write("cache/scan-\(digits).facts", [1, 2, 3])
    }
    for others in ["other.features", "scan-of-mine.facts"] {
      try place.folder.write("cache/\(others)", [1])
    }
    settle()
    _ = try place.scan()
    let names = place.cacheFiles.map(\.lastPathComponent)
    #expect(
      names.count == 66 && names.contains("other.features") && names.contains("scan-of-mine.facts"))
    let opened = OpenedFiles(in: [place.data.appending(path: "a")])
    _ = try place.scan()
    #expect(opened.names == [])
  }

  @Test("scans at the same time do not disturb each other")
  func together() async throws {
    let place = try Place()
    settle()
    let truth = Summary(try Photos.scan(place.data, maximumPixels: 1_000_000, pool: pool))
    let (data, cache) = (place.data, place.cache)
    let found = await withTaskGroup(of: Summary?.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (try? Photos.scan(data, maximumPixels: 1_000_000, cache: cache, pool: pool))
            .map { Summary($0) }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.count == 8 && found.allSatisfy { $0 == truth })
    #expect(place.cacheFiles.count == 1)
    let opened = OpenedFiles(in: [place.data.appending(path: "a")])
    #expect(try place.scan() == truth)
    #expect(opened.names == [])
  }

  @Test("the standard cache is where the environment says, else below the home folder")
  func standard() {
    let said = ProcessInfo.processInfo.environment["FINETUNE_CACHE"] ?? ""
    let path = said.isEmpty ? NSHomeDirectory() + "/.cache/finetune" : said
    #expect(ScanCache.standard.folder?.path == path)
    #expect(ScanCache.none.folder == nil)
  }

  @Test("a cache that cannot be written is done without")
  func unwritable() throws {
    let place = try Place()
    try place.folder.write("cache", [1])
    #expect(try place.scan().photos.count == 6)
  }
}

/// The names of files opened in some folders from now on (`inotify`).
private final class OpenedFiles {
  private let descriptor = inotify_init1(Int32(IN_NONBLOCK))

  init(in folders: [URL]) {
    for folder in folders { inotify_add_watch(descriptor, folder.path, UInt32(IN_OPEN)) }
  }

  deinit { close(descriptor) }

  /// Those since the last call.
  var names: Set<String> {
    var names: Set<String> = []
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      guard count > 0 else { return names }
      var position = 0
      while position < count {
        let length = Int(buffer.load(fromByteOffset: position + 12, as: UInt32.self))
        let name = buffer[position + 16..<position + 16 + length].prefix { $0 != 0 }
        if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
        position += 16 + length
      }
    }
  }
}
