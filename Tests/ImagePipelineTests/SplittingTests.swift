import Foundation
import ImagePipeline
import Testing

@Suite("Splitting off a validation part")
struct SplittingTests {
  static func collection(_ counts: [Int], copies: Int = 1) -> PhotoCollection {
    var photos: [Photo] = []
    for (label, count) in counts.enumerated() {
      for number in 0..<count {
        let digest = String(format: "%032x%032x", label * 7919 + number / copies * 104_729, 0)
        photos.append(Photo(path: "\(label)/\(number)", label: label, digest: digest))
      }
    }
    return PhotoCollection(
      root: URL(filePath: "/"), classes: counts.indices.map(String.init), splits: [.all: photos])
  }

  @Test("each class gives its share, at least one photo where it has two")
  func stratified() {
    let split = Self.collection([100, 50, 10, 3, 2, 1]).splitting(validation: 0.2, seed: 1)
    #expect(split.imagesPerClass(in: .validation) == [20, 10, 2, 1, 1, 0])
    #expect(split.imagesPerClass(in: .train) == [80, 40, 8, 2, 1, 1])
    #expect(split[.all].isEmpty)
    #expect(Set(split[.train]).isDisjoint(with: split[.validation]))
  }

  @Test("the same seed gives the same split, another seed another")
  func seeded() {
    let photos = Self.collection([60, 60])
    let one = photos.splitting(validation: 0.25, seed: 7)
    #expect(one.splits == photos.splitting(validation: 0.25, seed: 7).splits)
    #expect(one.splits != photos.splitting(validation: 0.25, seed: 8).splits)
  }

  @Test("copies of a photo stay together")
  func copies() {
    let split = Self.collection([40, 40], copies: 4).splitting(validation: 0.3, seed: 2)
    let digests = Set(split[.train].map(\.digest))
    #expect(split[.validation].allSatisfy { !digests.contains($0.digest) })
    #expect(split.imagesPerClass(in: .validation) == [12, 12])
    let twins = Self.collection([2], copies: 2).splitting(validation: 0.5, seed: 1)
    #expect(twins[.validation].isEmpty)
  }

  @Test("a given validation split is kept, a test split never touched")
  func given() {
    var photos = Self.collection([10, 10])
    photos.splits[.test] = [Photo(path: "t", label: 0, digest: "t")]
    let split = photos.splitting(validation: 0.2, seed: 1)
    #expect(split[.test] == photos[.test])
    #expect(split.splitting(validation: 0.5, seed: 9).splits == split.splits)
  }

  @Test("a saved split comes back equal")
  func saved() throws {
    let split = Self.collection([6, 4]).splitting(validation: 0.2, seed: 1)
    let saved = split.saved(validationFraction: 0.2, seed: 1)
    let again = try JSONDecoder().decode(SavedSplit.self, from: JSONEncoder().encode(saved))
    #expect(again == saved)
    #expect(saved.train == split[.train] && saved.validation == split[.validation])
  }
}
