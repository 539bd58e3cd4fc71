import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Splitting off a validation part")
struct SplittingTests {
  static func collection(_ counts: [Int], copies: Int = 1) -> Photos {
    var photos: [Photo] = []
    for (label, count) in counts.enumerated() {
      for number in 0..<count {
        let digest = String(format: "%032x%032x", label * 7919 + number / copies * 104_729, 0)
        photos.append(Photo(path: "\(label)/\(number)", label: label, digest: digest))
      }
    }
    return Photos(
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
    #expect(one == photos.splitting(validation: 0.25, seed: 7))
    #expect(one != photos.splitting(validation: 0.25, seed: 8))
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

  @Test("what belongs together is never divided, of whatever classes it is")
  func bundles() {
    var random = SeededValues(seed: 4)
    for seed in UInt64(0)..<20 {
      var photos: [Photo] = []
      for number in 0..<200 {
        let digest = "\(Int(random.next(0...150)))"
        let group = number % 3 == 0 ? "\(Int(random.next(0...25)))" : nil
        photos.append(
          Photo(path: "\(number)", label: number % 4, digest: digest, group: group))
      }
      var collection = Photos(
        root: URL(filePath: "/"), classes: ["a", "b", "c", "d"], splits: [.all: photos])
      collection.duplicates = (0..<20).map { ["\($0)", "\(199 - $0)"] }
      let split = collection.splitting(validation: 0.25, seed: seed)
      let (train, validation) = (split[.train], split[.validation])
      #expect(train.count + validation.count == 200)
      #expect(split.imagesPerClass(in: .validation).allSatisfy { (1...49).contains($0) })
      #expect(Set(train.map(\.digest)).isDisjoint(with: validation.map(\.digest)))
      #expect(Set(train.compactMap(\.group)).isDisjoint(with: validation.compactMap(\.group)))
      let chosen = Set(validation.map(\.path))
      #expect(collection.duplicates.allSatisfy { chosen.contains($0[0]) == chosen.contains($0[1]) })
    }
  }

  @Test(
    "sizes are as close as groups allow",
    arguments: [
      // Sizes of groups, the fraction, the best number to validate on.
      ([7, 5, 5, 3], 0.5, 10), ([6, 5, 5], 0.625, 10), ([30, 30, 40], 0.35, 30), ([1, 9], 0.9, 9),
      ([4, 4, 4, 4, 4], 0.5, 8), ([10, 10], 0.1, 10), ([20], 0.5, 0), ([1, 19], 0.2, 1),
    ])
  func sizes(groups: [Int], fraction: Double, wanted: Int) {
    var photos: [Photo] = []
    for (group, count) in groups.enumerated() {
      for _ in 0..<count {
        photos.append(
          Photo(path: "\(photos.count)", label: 0, digest: "\(photos.count)", group: "g\(group)"))
      }
    }
    for seed in UInt64(0)..<10 {
      let collection = Photos(
        root: URL(filePath: "/"), classes: ["a"], splits: [.all: photos])
      let count = collection.splitting(validation: fraction, seed: seed)[.validation].count
      let target = (Double(photos.count) * fraction).rounded()
      #expect(abs(Double(count) - target) <= abs(Double(wanted) - target), "\(groups): \(count)")
    }
  }

  @Test("the order of the photos and their names do not matter, others hardly")
  func stable() {
    let collection = Self.collection([80, 80])
    func photos(_ list: [Photo]) -> Photos {
      Photos(root: collection.root, classes: collection.classes, splits: [.all: list])
    }
    let shuffled = photos(
      collection[.all].reversed().map {
        Photo(path: "x/\($0.path)", label: $0.label, digest: $0.digest)
      })
    func digests(_ photos: Photos) -> Set<String> {
      Set(photos.splitting(validation: 0.25, seed: 7)[.validation].map(\.digest))
    }
    #expect(digests(collection) == digests(shuffled))
    let more = photos(collection[.all] + [Photo(path: "new", label: 0, digest: "new")])
    #expect(digests(more).intersection(digests(collection)).count >= 39)
  }

  @Test("many groups of many classes are chosen in no time", .timeLimit(.minutes(1)))
  func many() {
    let photos = (0..<40_000).map { number in
      Photo(
        path: "\(number)", label: number / 7 % 400, digest: "\(number)", group: "\(number / 9)")
    }
    let collection = Photos(
      root: URL(filePath: "/"), classes: (0..<400).map(String.init), splits: [.all: photos])
    let counts = collection.splitting(validation: 0.2, seed: 1).imagesPerClass(in: .validation)
    #expect(counts.allSatisfy { (15...25).contains($0) })
  }

  @Test("a given validation split is kept, a test split never touched")
  func given() {
    let all = Self.collection([10, 10])
    let photos = Photos(
      root: all.root, classes: all.classes,
      splits: [.all: all[.all], .test: [Photo(path: "t", label: 0, digest: "t")]])
    let split = photos.splitting(validation: 0.2, seed: 1)
    #expect(split[.test] == photos[.test])
    #expect(split.splitting(validation: 0.5, seed: 9) == split)
  }

  @Test("a saved split comes back equal")
  func saved() throws {
    let split = Self.collection([6, 4]).splitting(validation: 0.2, seed: 1)
    let again = try JSONDecoder().decode(Photos.self, from: JSONEncoder().encode(split))
    #expect(again == split)
    #expect(again.division == .drawn(validation: 0.2, seed: 1))
    #expect(again[.train] == split[.train] && again[.validation] == split[.validation])
    // As saved before there were groups.
    let old = #"{"path": "a/0.jpg", "label": 1, "digest": "d"}"#
    let photo = try JSONDecoder().decode(Photo.self, from: Data(old.utf8))
    #expect(photo == Photo(path: "a/0.jpg", label: 1, digest: "d"))
  }
}
