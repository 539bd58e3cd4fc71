import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Folders of photos")
struct FolderTests {
  @Test("class folders become classes in the order of Unicode scalars")
  func classes() throws {
    let folder = try TemporaryFolder()
    for name in ["b", "a", "Z", "ä"] { try folder.writePhotos(name, 2) }
    try folder.writePhotos("b/more", 1, seed: 3)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["Z", "a", "b", "ä"])
    #expect(photos.imagesPerClass(in: .all) == [2, 2, 3, 2])
    #expect(photos[.all].map(\.path).contains("b/more/0.jpg"))
    #expect(photos[.all].allSatisfy { $0.digest.count == 64 })
    #expect(try Photos.splits(in: folder.url) == [.all])
    #expect(photos.notes == [])
  }

  @Test("train, validation and test share the label map of train")
  func splits() throws {
    let folder = try TemporaryFolder()
    for split in ["train", "val", "test"] {
      try folder.writePhotos("\(split)/cat", 2, seed: UInt8(split.count))
    }
    try folder.writePhotos("train/ant", 2, seed: 20)
    try folder.writePhotos("test/ant", 1, seed: 21)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["ant", "cat"])
    #expect(photos.imagesPerClass(in: .train) == [2, 2])
    #expect(photos.imagesPerClass(in: .validation) == [0, 2])
    #expect(photos.imagesPerClass(in: .test) == [1, 2])
    #expect(photos.notes.contains { $0.contains("'val'") && $0.contains("'ant'") })
    #expect(photos[.train].map(\.label) == [0, 0, 1, 1])
    let test = try Photos.scan(
      folder.url, classes: ["cat", "ant", "x"], splits: [.test], pool: pool)
    #expect(test.splits == [.test])
    #expect(test.imagesPerClass(in: .test) == [2, 1, 0])
  }

  @Test("two photos whose paths differ in the encoding of a letter alone are never taken for one")
  func encodings() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("0", 1, seed: 50)
    try folder.writePhotos("a", 2)
    let names = ["a/e\u{301}.jpg", "a/\u{e9}.jpg"]
    for (seed, name) in names.enumerated() {
      try folder.write(name, BlockJPEG(seed: UInt64(90 + seed)).bytes())
    }
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos[.all].count == 4)
    #expect(photos.duplicates.isEmpty)
    let problem = try #require(photos.problems.first { $0.kind == .sameName })
    let used = try #require(photos[.all].last)
    // What is used is the first of the two by its scalars.
    #expect(Array(used.path.utf8) == Array(names[0].utf8))
    #expect(Array(problem.path.utf8) == Array(names[1].utf8))
    #expect(photos.skipped.count == 1)
  }

  @Test("class folders beside a test folder are for training")
  func testBesideClasses() throws {
    let folder = try TemporaryFolder()
    for name in ["a", "b", "test/a", "test/b"] { try folder.writePhotos(name, 1) }
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["a", "b"])
    #expect(photos.imagesPerClass(in: .train) == [1, 1])
    #expect(photos.imagesPerClass(in: .test) == [1, 1])
  }

  @Test("a class may be called train")
  func classCalledTrain() throws {
    let folder = try TemporaryFolder()
    for name in ["car", "plane", "train"] { try folder.writePhotos(name, 1) }
    #expect(try Photos.scan(folder.url, pool: pool).classes == ["car", "plane", "train"])
  }

  @Test("a class that training does not have is named")
  func unknownClass() throws {
    let folder = try TemporaryFolder()
    for name in ["train/a", "train/b", "val/a", "val/wasp"] { try folder.writePhotos(name, 1) }
    let error = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(error?.kind == .bad)
    #expect(error?.message.contains("'val/wasp'") == true)
    let given = dataError { _ = try Photos.scan(folder.url, classes: ["a", "c"], pool: pool) }
    #expect(given?.message.contains("the label map") == true)
  }

  @Test("folders that cannot be learned from are refused, naming why")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let missing = dataError {
      _ = try Photos.scan(folder.url.appending(path: "nowhere"), pool: pool)
    }
    #expect(missing?.kind == .missing)
    let bare = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(bare?.kind == .bad)
    try folder.writePhotos("ants", 2)
    let one = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(one?.kind == .bad && one?.message.contains("'ants'") == true)
    try folder.write("bees/broken.jpg", Array("GIF89a……………".utf8))
    let empty = dataError { _ = try Photos.scan(folder.url, pool: pool) }
    #expect(empty?.kind == .bad)
    #expect(empty?.message.contains("'bees'") == true && empty?.message.contains("GIF") == true)
    let allowed = try Photos.scan(folder.url, allowEmptyClasses: true, pool: pool)
    #expect(allowed.classes == ["ants", "bees"])
    #expect(allowed.notes.contains { $0.contains("'bees'") })
  }

  @Test(
    "hidden files, leftovers and other things are ignored and listed; unreadable photos skipped")
  func oddities() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("a", 1)
    try folder.writePhotos("b", 1, seed: 1)
    try folder.writePhotos(".git", 1)
    try folder.write("readme.txt", [65])
    try folder.write("a/.DS_Store", [65])
    try folder.write("a/Thumbs.db", [65])
    try folder.write("a/notes.txt", Array("hello".utf8))
    try folder.write("a/.thumbnails/x.jpg", [1])
    let jpeg = try JPEG.encode(.gradient(33, 21), quality: 80)
    try folder.write("a/camera", jpeg)
    try folder.write("a/really-jpeg.png", jpeg + [1])
    try folder.write("a/cut.jpg", Array(jpeg.prefix(jpeg.count / 2)))
    try folder.write("a/text.JPG", Array("not a picture".utf8))
    try folder.write("a/empty.jpeg", [])
    try folder.link("a/broken.jpg", to: "/nowhere/at/all.jpg")
    #expect(mkfifo(folder.url.appending(path: "a/pipe.jpg").path, 0o600) == 0)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["a", "b"])
    #expect(photos[.all].map(\.path) == ["a/0.jpg", "a/camera", "a/really-jpeg.png", "b/0.jpg"])
    #expect(
      photos.skipped.map(\.path) == ["a/broken.jpg", "a/cut.jpg", "a/empty.jpeg", "a/text.JPG"])
    #expect(
      photos.ignored == [
        ".git", "a/.DS_Store", "a/.thumbnails", "a/Thumbs.db", "a/notes.txt", "a/pipe.jpg",
        "readme.txt",
      ])
  }

  @Test("numeric class names and copies across splits are pointed out")
  func notes() throws {
    let folder = try TemporaryFolder()
    for name in ["train/10", "train/2", "val/10"] { try folder.writePhotos(name, 1) }
    try folder.writePhotos("val/2", 1, seed: 9)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["10", "2"])
    #expect(photos.notes.contains { $0.contains("numbers") })
    #expect(photos.notes.contains { $0.contains("also trained on") && $0.contains("val/10/0.jpg") })
  }

  @Test("a flat folder gives photos without labels")
  func flat() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("x", 3)
    #expect(try Photos.isFlat(folder.url.appending(path: "x")))
    #expect(try !Photos.isFlat(folder.url))
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    #expect(photos[.all].map(\.path) == ["x/0.jpg", "x/1.jpg", "x/2.jpg"])
    #expect(photos[.all].allSatisfy { $0.label == -1 })
    let other = try TemporaryFolder()
    #expect(dataError { _ = try Photos.scanFlat(other.url, pool: pool) }?.kind == .bad)
  }

  @Test("progress rises to the number of files")
  func progress() throws {
    let folder = try TemporaryFolder()
    for name in ["train/a", "train/b", "val/a"] { try folder.writePhotos(name, 5) }
    let seen = Recorder()
    _ = try Photos.scan(folder.url, pool: pool) { seen.add($0, of: $1) }
    #expect(seen.done.sorted() == seen.done && Set(seen.done).count == seen.done.count)
    #expect(seen.done.last == 15 && seen.done.allSatisfy { $0 > 0 })
    #expect(seen.totals == [15])
  }

  @Test(
    "a real collection is read whole",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func hymenoptera() throws {
    let photos = try Photos.scan(TestData.url("datasets/hymenoptera"), pool: pool)
    #expect(photos.classes == ["ants", "bees"])
    #expect(photos.imagesPerClass(in: .train) == [124, 121])
    #expect(photos.imagesPerClass(in: .validation) == [70, 83])
    #expect(photos.skipped.isEmpty)
  }
}

/// What a progress closure was told.
private final class Recorder: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var done: [Int] = []
  private(set) var totals: Set<Int> = []

  func add(_ number: Int, of total: Int) {
    lock.withLock {
      done.append(number)
      totals.insert(total)
    }
  }
}
