import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("Loading batches")
struct BatchLoaderTests {
  static func folder() throws -> (TemporaryFolder, Photos) {
    let folder = try TemporaryFolder()
    try folder.writePhotos("a", 9)
    try folder.writePhotos("b", 8, seed: 5)
    return (folder, try Photos.scan(folder.url, pool: pool))
  }

  struct Seen: Equatable {
    var indices: [[Int]] = []
    var labels: [Int] = []
    var pixels: [Float] = []
    var failures: [String] = []
  }

  static func load(
    _ photos: Photos, workers: Int, view: PhotoView, epoch: Int = 0, ahead: Int = 2
  ) throws -> Seen {
    let loader = try BatchLoader(
      shuffledOrder(count: photos[.all].count, seed: 1, epoch: epoch), of: photos[.all],
      below: photos.root,
      PhotoRecipe(size: 24, view: view, preprocessing: .caffe, seed: 11, epoch: epoch),
      Batching(of: 4, ahead: ahead), pool: WorkerPool(count: workers))
    var seen = Seen()
    while let batch = loader.next() {
      #expect(batch.indices.count == batch.count && batch.labels.count == batch.count)
      seen.indices.append(batch.indices)
      seen.labels += batch.labels
      seen.pixels += UnsafeBufferPointer(start: batch.pixels, count: batch.count * 24 * 24 * 3)
      seen.failures += batch.failures.map(\.path)
    }
    return seen
  }

  @Test(
    "the bytes do not depend on the number of workers or of batches ahead",
    arguments: [PhotoView.training(.standard), .training(.light), .evaluation(.crop)])
  func deterministic(view: PhotoView) throws {
    let (folder, photos) = try Self.folder()
    defer { _ = folder }
    let one = try Self.load(photos, workers: 1, view: view)
    #expect(try one == Self.load(photos, workers: 3, view: view))
    #expect(try one == Self.load(photos, workers: 2, view: view, ahead: 1))
    #expect(try one == Self.load(photos, workers: 2, view: view, ahead: 50))
    #expect(one.indices.map(\.count) == [4, 4, 4, 4, 1])
    #expect(one.indices.flatMap { $0 } == shuffledOrder(count: 17, seed: 1, epoch: 0))
    #expect(try one.pixels != Self.load(photos, workers: 1, view: view, epoch: 1).pixels)
  }

  @Test("the parts of several processes are the whole batch", arguments: [1, 2, 3, 5])
  func parts(size: Int) throws {
    let (folder, photos) = try Self.folder()
    defer { _ = folder }
    var mixed = Augmentation.standard
    mixed.mixup = 0.4
    mixed.cutmix = 0.6
    func loader(_ part: BatchPart, _ view: PhotoView) throws -> BatchLoader {
      try BatchLoader(
        shuffledOrder(count: 17, seed: 1, epoch: 2), of: photos[.all], below: photos.root,
        PhotoRecipe(size: 24, view: view, preprocessing: .caffe, seed: 11, epoch: 2),
        Batching(of: 4, part: part), pool: WorkerPool(count: 2))
    }
    for view in [PhotoView.evaluation(.crop), .training(.light), .training(mixed)] {
      let whole = try loader(.whole, view)
      let parts = try (0..<size).map { try loader(BatchPart($0, of: size), view) }
      while let batch = whole.next() {
        var indices: [Int] = []
        var pixels: [Float] = []
        var labels: [MixedLabel] = []
        for part in parts {
          let piece = try #require(part.next())
          #expect(piece.total == batch.count && piece.before == indices.count)
          indices += piece.indices
          labels += piece.mixedLabels ?? []
          pixels += UnsafeBufferPointer(start: piece.pixels, count: piece.count * 24 * 24 * 3)
        }
        #expect(indices == batch.indices)
        #expect(labels == batch.mixedLabels ?? [])
        #expect(
          pixels
            == Array(UnsafeBufferPointer(start: batch.pixels, count: batch.count * 24 * 24 * 3)))
      }
      #expect(parts.allSatisfy { $0.next() == nil })
    }
  }

  @Test("a batch holds the evaluation views of its photos, preprocessed")
  func content() throws {
    let (folder, photos) = try Self.folder()
    let seen = try Self.load(photos, workers: 2, view: .evaluation(.squash))
    let length = 24 * 24 * 3
    for (place, index) in seen.indices.flatMap({ $0 }).enumerated() {
      let file = folder.url.appending(path: photos[.all][index].path)
      var expected = [Float](repeating: 0, count: length)
      Preprocessing.caffe.write(
        try decodeImage(contentsOf: file).evaluationView(.squash, size: 24), to: &expected)
      #expect(Array(seen.pixels[place * length..<(place + 1) * length]) == expected)
      #expect(seen.labels[place] == photos[.all][index].label)
    }
  }

  @Test("a photo that fails is reported and left out, the others are untouched")
  func failures() throws {
    let (folder, photos) = try Self.folder()
    let whole = try Self.load(photos, workers: 2, view: .evaluation(.crop))
    let order = whole.indices.flatMap { $0 }
    let gone = [order[1], order[6]]
    try FileManager.default.removeItem(
      at: folder.url.appending(path: photos[.all][gone[0]].path))
    try folder.write(photos[.all][gone[1]].path, Array("oops".utf8))
    let seen = try Self.load(photos, workers: 3, view: .evaluation(.crop))
    #expect(seen.failures == gone.map { photos[.all][$0].path })
    #expect(seen.indices.map(\.count) == [3, 3, 4, 4, 1])
    let length = 24 * 24 * 3
    let kept = order.indices.filter { $0 != 1 && $0 != 6 }
    #expect(seen.indices.flatMap { $0 } == kept.map { order[$0] })
    #expect(seen.pixels == kept.flatMap { whole.pixels[$0 * length..<($0 + 1) * length] })
  }

  @Test(
    "a photo that was replaced after the scan is a failure, and so is one found by a list of colours"
  )
  func replaced() throws {
    let (folder, photos) = try Self.folder()
    let (first, second) = (photos[.all][0], photos[.all][1])
    try FileManager.default.removeItem(at: folder.url.appending(path: first.path))
    try FileManager.default.copyItem(
      at: folder.url.appending(path: second.path), to: folder.url.appending(path: first.path))
    let loader = try BatchLoader(
      [0, 1], of: photos[.all], below: photos.root,
      PhotoRecipe(size: 24, view: .evaluation(.crop), preprocessing: .caffe), Batching(of: 2),
      pool: pool)
    let batch = try #require(loader.next())
    #expect(batch.indices == [1])
    #expect(
      batch.failures == [
        SkippedPhoto(
          path: first.path, reason: "its content has changed since the photos were scanned")
      ])
    #expect(throws: ImageError.self) {
      try ColourBasis(of: photos[.all], order: [0], root: photos.root, pool: pool)
    }
    let unscanned = [Photo(path: first.path)]
    #expect(throws: Never.self) {
      try ColourBasis(of: unscanned, order: [0], root: photos.root, pool: pool)
    }
  }

  @Test("large photos decoded smaller give nearly the same training views")
  func reduced() throws {
    let folder = try TemporaryFolder()
    let image = Image.gradient(900, 700)
    try folder.write("x/0.jpg", JPEG.encode(image, quality: 95))
    let photos = try Photos.scanFlat(folder.url, pool: pool)
    let seen = try BatchLoader(
      [0], of: photos[.all], below: folder.url,
      PhotoRecipe(size: 48, view: .training(.standard), preprocessing: .none, seed: 4, epoch: 2),
      Batching(of: 1), pool: pool)
    let batch = try #require(seen.next())
    let full = image.view(.training(.standard), size: 48, seed: 4, epoch: 2, index: 0)
    let worst = full.pixels.indices.map { abs(Float(full.pixels[$0]) - batch.pixels[$0]) }.max()
    #expect(worst.map { $0 <= 8 } == true, "\(worst ?? -1)")
    #expect(seen.next() == nil)
  }

  @Test("a loader may be given up before its end, and an empty one ends at once")
  func abandoned() throws {
    let (folder, photos) = try Self.folder()
    defer { _ = folder }
    for taken in 0..<3 {
      let loader = try BatchLoader(
        Array(0..<17), of: photos[.all], below: photos.root,
        PhotoRecipe(size: 24, view: .evaluation(.crop), preprocessing: .signed),
        Batching(of: 2, ahead: 4), pool: WorkerPool(count: 2))
      for _ in 0..<taken { #expect(loader.next()?.count == 2) }
    }
    let empty = try BatchLoader(
      [], of: photos[.all], below: photos.root,
      PhotoRecipe(size: 24, view: .evaluation(.crop), preprocessing: .signed),
      Batching(of: 2), pool: pool)
    #expect(empty.next() == nil)
  }
}
