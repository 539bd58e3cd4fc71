import Files
import Foundation
import ImagePipeline
import TensorKernels
import Testing

@Suite("Mixup and CutMix")
struct MixingTests {
  private static func recipe(mixup: Double = 0, cutmix: Double = 0) -> Augmentation {
    var recipe = Augmentation.light
    recipe.mixup = mixup
    recipe.cutmix = cutmix
    return recipe
  }

  private struct Seen: Equatable {
    var pixels: [[Float]] = []
    var labels: [[Int]] = []
    var mixed: [[MixedLabel]?] = []
    var indices: [[Int]] = []
  }

  private static let side = 24

  private static func load(
    _ photos: Photos, _ view: PhotoView, workers: Int = 2, from first: Int = 0,
    epoch: Int = 0, order: [Int]? = nil
  ) throws -> Seen {
    let loader = try BatchLoader(
      order ?? shuffledOrder(count: photos[.all].count, seed: 1, epoch: 0), of: photos[.all],
      below: photos.root,
      PhotoRecipe(
        size: ImageSize(side: side), view: view, preprocessing: .torch, seed: 11, epoch: epoch),
      Batching(of: 4, startingAt: first), pool: WorkerPool(count: workers))
    var seen = Seen()
    while let batch = loader.next() {
      seen.pixels.append(
        Array(UnsafeBufferPointer(start: batch.pixels, count: batch.count * side * side * 3)))
      seen.labels.append(batch.labels)
      seen.mixed.append(batch.mixedLabels)
      seen.indices.append(batch.indices)
    }
    return seen
  }

  private static func mixing(_ recipe: Augmentation, batch: Int, side: Int = side) -> BatchMixing? {
    BatchMixing(.training(recipe), size: ImageSize(side: side), seed: 11, epoch: 0, batch: batch)
  }

  @Test(
    "each view is mixed with the next of its batch, and its label as much",
    arguments: [recipe(mixup: 0.5), recipe(cutmix: 1), recipe(mixup: 1, cutmix: 1)])
  func content(recipe: Augmentation) throws {
    let (folder, photos) = try BatchLoaderTests.folder()
    defer { _ = folder }
    let plain = try Self.load(photos, .training(.light))
    let mixed = try Self.load(photos, .training(recipe))
    #expect(plain.mixed.allSatisfy { $0 == nil })
    #expect(mixed.labels == plain.labels)
    let floats = Self.side * Self.side * 3
    for (batch, views) in plain.pixels.enumerated() {
      let mixing = try #require(Self.mixing(recipe, batch: batch))
      let labels = try #require(mixed.mixed[batch])
      let count = plain.labels[batch].count
      for example in 0..<count {
        let next = (example + 1) % count
        #expect(
          labels[example]
            == MixedLabel(
              label: plain.labels[batch][example], other: plain.labels[batch][next],
              share: count > 1 ? mixing.share : 1))
        for place in 0..<floats {
          let (own, other) = (views[example * floats + place], views[next * floats + place])
          let expected: Float
          switch mixing.kind {
          case .blend: expected = mixing.share * own + (1 - mixing.share) * other
          case .paste(let x, let y, let width, let height):
            let (column, row) = (place / 3 % Self.side, place / 3 / Self.side)
            let isInside = (x..<x + width).contains(column) && (y..<y + height).contains(row)
            expected = isInside ? other : own
          }
          let found = mixed.pixels[batch][example * floats + place]
          #expect(abs(found - (count > 1 ? expected : own)) < 1e-5)
        }
      }
    }
  }

  @Test(
    "the bytes depend neither on the number of threads nor on the batch that was loaded first",
    arguments: [recipe(mixup: 0.5, cutmix: 1), .strong, .alexnet])
  func deterministic(recipe: Augmentation) throws {
    let (folder, photos) = try BatchLoaderTests.folder()
    defer { _ = folder }
    let one = try Self.load(photos, .training(recipe), workers: 1)
    #expect(try one == Self.load(photos, .training(recipe), workers: 4))
    #expect(try one.pixels != Self.load(photos, .training(recipe), epoch: 1).pixels)
    for first in 0...5 {
      let rest = try Self.load(photos, .training(recipe), workers: 4, from: first)
      #expect(rest.pixels == Array(one.pixels.dropFirst(first)))
      #expect(rest.mixed == Array(one.mixed.dropFirst(first)))
      #expect(rest.indices == Array(one.indices.dropFirst(first)))
    }
  }

  @Test("photos that fail take no part in the mixing")
  func failures() throws {
    let (folder, photos) = try BatchLoaderTests.folder()
    let order = shuffledOrder(count: 17, seed: 1, epoch: 0)
    for place in [1, 3, 4, 5, 6] {
      try FileManager.default.removeItem(
        at: folder.url.appending(path: photos[.all][order[place]].path))
    }
    let mixed = try Self.load(photos, .training(Self.recipe(mixup: 1)))
    #expect(mixed.labels.map(\.count) == [2, 1, 4, 4, 1])
    let first = try #require(mixed.mixed[0])
    #expect(first.map(\.other) == mixed.labels[0].reversed())
    let alone = try #require(mixed.mixed[1])
    #expect(alone.map(\.share) == [1])
    let plain = try Self.load(photos, .training(.light))
    #expect(mixed.pixels[1] == plain.pixels[1])
    #expect(mixed.pixels[0] != plain.pixels[0])
  }

  @Test("evaluation and test-time views are never mixed")
  func evaluation() {
    for view in [PhotoView.evaluation(.crop), .testTime(.crop, index: 1, of: 2)] {
      #expect(BatchMixing(view, size: 24, seed: 1, epoch: 0, batch: 0) == nil)
    }
    #expect(Self.mixing(.strong, batch: 0) == nil)
  }

  @Test("a rectangle's share is its area exactly, also where the edge cuts it")
  func area() throws {
    var clipped = 0
    for batch in 0..<500 {
      let mixing = try #require(Self.mixing(Self.recipe(cutmix: 1), batch: batch, side: 32))
      guard case .paste(let x, let y, let width, let height) = mixing.kind else {
        Issue.record("no rectangle")
        continue
      }
      #expect(x >= 0 && y >= 0 && x + width <= 32 && y + height <= 32)
      #expect(mixing.share == 1 - Float(width * height) / 1024)
      if width != height { clipped += 1 }
    }
    #expect(clipped > 50)
  }

  @Test("with both, half the batches take each")
  func both() {
    let blends = (0..<1000).count {
      Self.mixing(Self.recipe(mixup: 1, cutmix: 1), batch: $0)?.kind == .blend
    }
    #expect((440...560).contains(blends))
  }

  @Test("shares follow the Beta distribution", arguments: [0.05, 0.2, 1.0, 4.0])
  func beta(alpha: Double) {
    let count = 20_000
    var (mean, square) = (0.0, 0.0)
    for index in 0..<count {
      var random = CounterRandom(seed: 4, epoch: 0, index: UInt64(index))
      let value = random.beta(alpha)
      #expect((0...1).contains(value))
      mean += value / Double(count)
      square += value * value / Double(count)
    }
    let variance = 1 / (4 * (2 * alpha + 1))
    #expect(abs(mean - 0.5) < 0.012)
    #expect(abs((square - mean * mean) / variance - 1) < 0.03)
  }

  @Test("a photo that a sampler takes twice is seen in two views")
  func repeated() throws {
    let (folder, photos) = try BatchLoaderTests.folder()
    defer { _ = folder }
    let seen = try Self.load(photos, .training(.light), order: [5, 5, 2, 5])
    let floats = Self.side * Self.side * 3
    let views = (0..<4).map { Array(seen.pixels[0][$0 * floats..<($0 + 1) * floats]) }
    #expect(views[0] != views[1] && views[0] != views[3] && views[1] != views[3])
    let alone = try Self.load(photos, .training(.light), order: [2, 5])
    #expect(views[0] == Array(alone.pixels[0].suffix(floats)))
  }
}
