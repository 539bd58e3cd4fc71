import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Links and names in folders of photos", .timeLimit(.minutes(1)))
struct LinkTests {
  /// The paths of a collection's problems of a kind.
  static func paths(_ kind: PhotoProblem.Kind, _ photos: Photos) -> [String] {
    photos.problems.filter { $0.kind == kind }.map(\.path)
  }

  @Test("links to photos and to folders elsewhere are followed, once")
  func followed() throws {
    let folder = try TemporaryFolder()
    let elsewhere = try TemporaryFolder()
    try elsewhere.writePhotos("x", 1, seed: 2)
    try elsewhere.writePhotos("y", 1, seed: 3)
    try folder.writePhotos("a", 1)
    try folder.writePhotos("b", 1, seed: 1)
    try folder.link("b/link.jpg", to: "../a/0.jpg")
    try folder.link("a/far", to: elsewhere.url.appending(path: "x").path)
    try folder.link("a/far-again", to: elsewhere.url.appending(path: "x").path)
    try folder.link("c", to: elsewhere.url.appending(path: "y").path)
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes == ["a", "b", "c"])
    #expect(
      photos[.all].map(\.path) == ["a/0.jpg", "a/far/0.jpg", "b/0.jpg", "b/link.jpg", "c/0.jpg"])
    #expect(Self.paths(.linkLoop, photos) == ["a/far-again"])
    #expect(photos.ignored == ["a/far-again"])
  }

  @Test("links in circles end and are named")
  func circles() throws {
    let folder = try TemporaryFolder()
    for name in ["data/a", "data/b/inner"] { try folder.writePhotos(name, 1) }
    try folder.link("data/a/self", to: ".")
    try folder.link("data/a/up", to: "..")
    try folder.link("data/a/above", to: "../../..")
    try folder.link("data/a/other", to: "../b")
    try folder.link("data/c", to: "a")
    try folder.link("data/b/inner/knot", to: "knot")
    let photos = try Photos.scan(folder.url.appending(path: "data"), pool: pool)
    #expect(photos.classes == ["a", "b"])
    #expect(photos[.all].map(\.path) == ["a/0.jpg", "b/inner/0.jpg"])
    #expect(Self.paths(.linkLoop, photos) == ["a/above", "a/other", "a/self", "a/up", "c"])
    #expect(Self.paths(.unreadable, photos) == ["b/inner/knot"])
  }

  @Test("a photo belongs to the class it lies in, whoever links to its folder")
  func realBeforeLinks() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("a", 1)
    try folder.writePhotos("b/inner", 1, seed: 1)
    try folder.link("a/link", to: "../b/inner")
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.imagesPerClass(in: .all) == [1, 1])
    let loop = try #require(photos.problems.first { $0.kind == .linkLoop })
    #expect(loop.path == "a/link" && loop.detail.contains("'b/inner'"))
  }

  @Test("a split that is a link to another is read, and every photo is a leak")
  func linkedSplit() throws {
    let folder = try TemporaryFolder()
    for (seed, name) in ["train/a", "train/b"].enumerated() {
      try folder.writePhotos(name, 2, seed: UInt8(seed))
    }
    try folder.link("val", to: "train")
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.imagesPerClass(in: .validation) == [2, 2])
    #expect(
      Self.paths(.leak, photos) == ["val/a/0.jpg", "val/a/1.jpg", "val/b/0.jpg", "val/b/1.jpg"])
  }

  @Test("names may hold anything; those that are not UTF-8 are reported")
  func names() throws {
    let folder = try TemporaryFolder()
    let odd = ["new\nline", " space ", "quote\"'", "größe", "蚂蚁", "🐜", "100%", "a\\b", "-rf"]
    for (seed, name) in odd.enumerated() { try folder.writePhotos(name, 1, seed: UInt8(seed)) }
    // Latin-1: a folder and a file.
    for name in ["caf\u{1}", "🐜/b\u{1}a.jpg"] {
      let bytes = Array((folder.url.path + "/" + name).utf8).map { $0 == 1 ? 0xE9 : $0 }
      let path = (bytes + [0]).map { CChar(bitPattern: $0) }
      #expect((name.hasSuffix("jpg") ? creat(path, 0o600) : mkdir(path, 0o700)) >= 0)
    }
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(Set(photos.classes) == Set(odd))
    #expect(photos[.all].count == odd.count)
    #expect(Self.paths(.unlistable, photos) == ["caf\\xE9"])
    #expect(Self.paths(.unreadable, photos) == ["🐜/b\\xE9a.jpg"])
  }

  @Test("two spellings of a name are one class, and said to be")
  func spellings() throws {
    let folder = try TemporaryFolder()
    try folder.writePhotos("b", 1)
    for (seed, name) in ["\u{E9}", "e\u{301}"].enumerated() {
      #expect(mkdir(folder.url.path + "/" + name, 0o700) == 0)
      let bytes = try JPEG.encode(.gradient(50, 40, blue: UInt8(seed)), quality: 90)
      try Data(bytes).write(to: URL(filePath: folder.url.path + "/" + name + "/\(seed).jpg"))
    }
    let photos = try Photos.scan(folder.url, pool: pool)
    #expect(photos.classes.count == 2)
    #expect(photos.imagesPerClass(in: .all) == [1, 2])
    #expect(photos.notes.contains { $0.contains("one class") })
  }
}
