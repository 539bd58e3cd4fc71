import Files
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("The same picture twice")
struct DuplicateTests {
  /// - Parameter coarse: the coarse bits of the fingerprint; `nil`: it has none.
  static func facts(_ digest: String, _ coarse: UInt64?, fine: SIMD3<UInt64> = .zero) -> PhotoFacts
  {
    PhotoFacts(
      digest: digest, byteCount: 1, format: .jpeg, width: 64, height: 64,
      fingerprint: coarse.map { Fingerprint(coarse: $0, fine: fine) })
  }

  /// The definition: photos are joined by any chain of pairs that are alike.
  static func naive(_ facts: [PhotoFacts], distance: Int) -> [[Int]] {
    var colour = Array(facts.indices)
    for left in facts.indices {
      for right in facts.indices.dropFirst(left + 1) {
        let bits = facts[left].distance(to: facts[right])
        let same = facts[left].digest == facts[right].digest || bits.map { $0 <= distance } ?? false
        guard same, colour[left] != colour[right] else { continue }
        let (old, new) = (colour[right], colour[left])
        for index in colour.indices where colour[index] == old { colour[index] = new }
      }
    }
    return Dictionary(grouping: facts.indices, by: { colour[$0] }).values
      .filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
  }

  @Test("groups are those of the definition", arguments: [0, 1, 4, 6, 11, 31, 63])
  func groups(distance: Int) {
    var random = CounterRandom(seed: 5, epoch: 1, index: UInt64(distance))
    var facts: [PhotoFacts] = []
    for number in 0..<300 {
      var fingerprint = random.next()
      if number > 20, number % 2 == 0, let near = facts[random.below(number)].fingerprint?.coarse {
        fingerprint = near
        for _ in 0..<random.below(2 * distance + 2) { fingerprint ^= 1 << UInt64(random.below(64)) }
      }
      if number > 20, number % 17 == 3 {
        facts.append(facts[random.below(number)])  // the same bytes, so the same picture
      } else {
        facts.append(Self.facts("\(number)", number % 13 == 5 ? nil : fingerprint))
      }
    }
    let found = Duplicates(facts, distance: distance).groups
    #expect(found == Self.naive(facts, distance: distance))
    #expect(!found.isEmpty)
  }

  @Test("pictures with the same large forms, but other details, are not the same")
  func details() {
    let forms: UInt64 = 0xF0F0_1234_5678_9ABC
    let many = SIMD3<UInt64>(0x1FF_FFFF, 0xFFFF, 0)
    let few = SIMD3<UInt64>(0xFF_FFFF, 0xFFFF, 0)
    #expect(many.nonzeroBitCount.wrappedSum() == 41 && few.nonzeroBitCount.wrappedSum() == 40)
    let facts = [
      Self.facts("a", forms), Self.facts("b", forms, fine: many), Self.facts("c", forms ^ 5),
      Self.facts("d", forms ^ 0x80, fine: few),
    ]
    // What looks like the same picture is it: b and d differ in one fine bit, a and d in 40.
    #expect(Duplicates([facts[0], facts[1]]).groups == [])
    #expect(Duplicates([facts[0], facts[1], facts[2]]).groups == [[0, 2]])
    #expect(Duplicates(facts).groups == [[0, 1, 2, 3]])
    #expect(!facts[0].looksLike(facts[1]) && facts[0].looksLike(facts[3]))
  }

  @Test("a hundred thousand photos take a pass, though half of them are alike")
  func many() {
    var random = CounterRandom(seed: 1, epoch: 1, index: 1)
    let facts = (0..<100_000).map { number in
      Self.facts("\(number)", number % 2 == 0 ? 0xF0F0_1234_5678_9ABC : random.next())
    }
    let start = ContinuousClock.now
    let groups = Duplicates(facts).groups
    #expect(groups.first?.count ?? 0 >= 50_000)
    // The definition compares five thousand million pairs.
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test("copies and look-alikes are found, with the pair and how")
  func problems() throws {
    let folder = try TemporaryFolder()
    for number in 0..<4 {
      try folder.write("train/a/\(number).jpg", BlockJPEG(seed: UInt64(number)).bytes())
      try folder.write("train/b/\(number).jpg", BlockJPEG(seed: 100 + UInt64(number)).bytes())
    }
    let picture = BlockJPEG(seed: 0)
    try folder.write("train/a/copy.jpg", picture.bytes())
    try folder.write("train/a/brighter.jpg", picture.brightened(by: 4).bytes())
    try folder.write("val/a/seen.jpg", BlockJPEG(seed: 1).bytes())
    try folder.write("val/b/mixed-up.jpg", BlockJPEG(seed: 2).brightened(by: 4).bytes())
    try folder.write("val/b/new.jpg", BlockJPEG(seed: 200).bytes())
    let photos = try Photos.scan(folder.url, pool: pool)
    func details(_ kind: PhotoProblem.Kind) -> [String] {
      photos.problems.filter { $0.kind == kind }.map { "\($0.path): \($0.detail)" }
    }
    #expect(
      details(.duplicate) == ["train/a/copy.jpg: the same picture as 'train/a/0.jpg', by its bytes"]
    )
    #expect(details(.nearDuplicate).count == 1)
    #expect(
      details(.nearDuplicate)[0].hasPrefix(
        "train/a/brighter.jpg: the same picture as 'train/a/0.jpg', by its looks"))
    #expect(
      details(.leak).map { $0.prefix(59) }
        == [
          "val/a/seen.jpg: the same picture as 'train/a/1.jpg', by its ",
          "val/b/mixed-up.jpg: the same picture as 'train/a/2.jpg', by ",
        ].map { $0.prefix(59) })
    // Of the two, one has the same bytes and is known by these.
    let shared = photos.sharedPictures(of: photos[.validation], and: photos[.train])
    #expect(shared.copies == ["val/b/mixed-up.jpg"])
    #expect(
      shared.groups.map { $0.map { "\($0.photo.path) \($0.isOther)" } }
        == [
          ["train/a/1.jpg true", "val/a/seen.jpg false"],
          ["train/a/2.jpg true", "val/b/mixed-up.jpg false"],
        ])
    // In another collection nobody can say whether a file of the same bytes is not the same file.
    let seenElsewhere = photos.sharedPictures(
      of: photos[.validation], and: photos[.train], in: photos)
    #expect(
      seenElsewhere.groups.map { $0.map(\.photo.path) } == [
        ["train/a/2.jpg", "val/b/mixed-up.jpg"]
      ])
    #expect(photos.sharedPictures(of: photos[.train], and: photos[.train]).groups.count == 1)
    #expect(details(.conflictingLabels).count == 1)
    #expect(details(.conflictingLabels)[0].hasPrefix("val/b/mixed-up.jpg: of the class 'b'"))
    #expect(
      photos.duplicates == [
        ["train/a/0.jpg", "train/a/brighter.jpg", "train/a/copy.jpg"],
        ["train/a/1.jpg", "val/a/seen.jpg"], ["train/a/2.jpg", "val/b/mixed-up.jpg"],
      ])
    #expect(photos.notes.contains { $0.hasPrefix("2 photos for validation are also trained on") })
    #expect(photos.problems == photos.problems.sorted { $0.path < $1.path })
  }

  @Test(
    "photos of real collections are not taken for one another",
    .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
  func real() throws {
    let photos = try Photos.scanFlat(TestData.url("photos"), pool: pool)
    #expect(photos[.all].count == 100)
    #expect(photos.duplicates == [])
  }
}
