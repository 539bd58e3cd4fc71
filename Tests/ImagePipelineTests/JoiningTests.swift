import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Photos that come later")
struct JoiningTests {
  private let pool = WorkerPool(count: 2)

  /// Pictures with something to recognise them by.
  private func picture(_ seed: UInt64) -> Image {
    let side = 64
    let pixels = (0..<side * side).flatMap { pixel -> [UInt8] in
      var random = CounterRandom(
        seed: seed, epoch: 0, index: UInt64(pixel / side / 8 * 8 + pixel % side / 8))
      return (0..<3).map { _ in UInt8(random.next() % 200) }
    }
    return Image(width: side, height: side, pixels: pixels)
  }

  private func write(
    _ paths: [String], _ folder: TemporaryFolder, seed: UInt64, quality: Int = 90
  ) throws {
    for (number, path) in paths.enumerated() {
      try folder.write(
        path, JPEG.encode(picture(seed + UInt64(number)), quality: quality))
    }
  }

  /// Photos as a run saves them and reads them back, when their files are gone.
  private func saved(_ name: String, _ folder: TemporaryFolder) throws -> Photos {
    let root = folder.url.appending(path: name)
    let photos = try Photos.scan(root, pool: pool).splitting(validation: 0.25, seed: 3)
    try FileManager.default.removeItem(at: root)
    return try JSONDecoder().decode(Photos.self, from: JSONEncoder().encode(photos))
  }

  /// Which photos belong together, by their bytes.
  private func bundles(_ photos: Photos) -> Set<Set<String>> {
    let members = Dictionary(grouping: photos.all.indices) { photos.bundleNumbers[$0] }
    return Set(members.values.map { places in Set(places.map { photos.all[$0].digest }) })
  }

  @Test("join the earlier ones as a scan of both would have them, in order, copies and division")
  func likeAScan() throws {
    let folder = try TemporaryFolder()
    let earlier = (0..<9).map { "birch/\($0).jpg" } + (0..<9).map { "oak/x\($0).jpg" }
    let later = (0..<7).map { "ash/\($0).jpg" } + (0..<5).map { "oak/w\($0).jpg" }
    for root in ["old", "both"] { try write(earlier.map { "\(root)/\($0)" }, folder, seed: 0) }
    for root in ["more", "both"] {
      try write(later.map { "\(root)/\($0)" }, folder, seed: 100)
      // What is known already, at another quality.
      try write(["\(root)/oak/y.jpg"], folder, seed: 12, quality: 60)
    }
    let known = try saved("old", folder)
    let joined = try known.joined(withPhotosIn: folder.url.appending(path: "more"), pool: pool)
    let both = try Photos.scan(folder.url.appending(path: "both"), pool: pool)
    #expect(joined.classes == ["ash", "birch", "oak"])
    #expect(joined.all.map(\.digest) == both.all.map(\.digest))
    #expect(joined.all.map(\.label) == both.all.map(\.label))
    #expect(bundles(joined) == bundles(both))
    #expect(bundles(both).contains { $0.count == 2 })
    for fraction in [0.0, 0.25] {
      let (one, other) = (joined, both)
      let parts = [one, other].map { $0.splitting(validation: fraction, seed: 3) }
      #expect(parts[0][.validation].map(\.digest) == parts[1][.validation].map(\.digest))
      #expect(parts[0][.train].map(\.digest) == parts[1][.train].map(\.digest))
    }
  }

  @Test("count once, take the place of what their files were, or stand beside it")
  func again() throws {
    let folder = try TemporaryFolder()
    try write((0..<4).map { "photos/birch/\($0).jpg" }, folder, seed: 0)
    try write((0..<4).map { "photos/oak/\($0).jpg" }, folder, seed: 10)
    let root = folder.url.appending(path: "photos")
    let photos = try Photos.scan(root, pool: pool).splitting(validation: 0.25, seed: 0)
    // One changes, one moves to another class, one is new; the others are as they were.
    try write(["photos/birch/2.jpg"], folder, seed: 50)
    try FileManager.default.moveItem(
      at: root.appending(path: "birch/3.jpg"), to: root.appending(path: "oak/moved.jpg"))
    try write(["photos/oak/new.jpg"], folder, seed: 60)
    let joined = try photos.joined(withPhotosIn: root, pool: pool)
    #expect(joined.imagesPerClass(in: .train) == [4, 6])
    #expect(Set(joined.all.map { joined.file(of: $0).path }).count == joined.all.count)
    #expect(joined.notes.contains { $0.hasPrefix("6 photos are known already") })
    #expect(joined.notes.contains { $0.hasPrefix("1 photo is replaced") })
    #expect(joined.problems.contains { $0.kind == .conflictingLabels })
    #expect(throws: DataError.self) {
      _ = try joined.joined(withPhotosIn: root, pool: pool)
    }
  }

  @Test("leave out earlier photos to test on that are not there as they were")
  func tests() throws {
    let folder = try TemporaryFolder()
    for part in ["train", "test"] {
      for (number, name) in ["birch", "oak"].enumerated() {
        try write(
          (0..<3).map { "photos/\(part)/\(name)/\($0).jpg" }, folder,
          seed: UInt64(number * 10 + part.count * 100))
      }
    }
    let root = folder.url.appending(path: "photos")
    let photos = try Photos.scan(root, pool: pool)
    try FileManager.default.removeItem(at: root.appending(path: "test/birch/1.jpg"))
    try write(["photos/test/oak/0.jpg"], folder, seed: 999)
    try write(["more/test/oak/9.jpg", "more/train/oak/9.jpg"], folder, seed: 2000)
    let joined = try photos.joined(
      withPhotosIn: folder.url.appending(path: "more"), pool: pool)
    #expect(joined.imagesPerClass(in: .test) == [2, 3])
    #expect(joined.imagesPerClass(in: .train) == [3, 4])
    #expect(joined.notes.contains { $0.hasPrefix("2 of the 6 photos to test on") })
  }
}
