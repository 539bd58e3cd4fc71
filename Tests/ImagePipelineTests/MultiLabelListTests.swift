import Foundation
import ImagePipeline
import TestSupport
import Testing

@Suite("Lists of photos with any number of labels")
struct MultiLabelListTests {
  private func scan(
    _ text: String, name: String = "list.csv", isMultiLabel: Bool? = nil,
    classes: [String]? = nil
  ) throws -> Photos {
    let folder = try ManifestTests.folder([name: text])
    return try Photos.scan(
      folder.url.appending(path: name), classes: classes, isMultiLabel: isMultiLabel, pool: pool)
  }

  private func labels(_ photos: Photos, _ split: Split = .all) -> [String] {
    photos[split].map { photos.labelling.text(of: $0.label, photos.classes) }
  }

  @Test(
    "a bar anywhere makes them so: nothing is none, blanks and repetitions do not count",
    arguments: [
      ("cat|dog", "cat", ["cat|dog", "cat", "cat"]),
      ("cat|", "dog", ["cat", "dog", "cat"]),
      (" dog | cat|dog", "", ["cat|dog", "", "cat"]),
      ("|", "dog|cat", ["", "cat|dog", "cat"]),
      ("dog", "|dog|", ["dog", "dog", "cat"]),
    ])
  func cells(first: String, second: String, expected: [String]) throws {
    let photos = try scan(
      "path,label\np/0.jpg,\(first)\np/1.jpg,\(second)\np/2.jpg,cat\n", isMultiLabel: nil,
      classes: ["cat", "dog"])
    #expect(photos.labelling.isMultiLabel)
    #expect(labels(photos) == expected)
    #expect(
      photos.reading == "a list of 3 photos with any number of labels each, not divided into splits"
    )
  }

  @Test(
    "without a bar each photo has one class, and an empty cell is an error that says what it could be"
  )
  func plain() throws {
    let photos = try scan("path,label\np/0.jpg,cat\np/1.jpg,dog\n")
    #expect(photos.labelling == .exclusive && photos.labelling.classes(of: 1) == [1])
    let error = #expect(throws: DataError.self) { try scan("path,label\np/0.jpg,cat\np/1.jpg,\n") }
    #expect(
      error?.description.contains("line 3") == true
        && error?.description.contains("'cat|dog'") == true)
  }

  @Test(
    "who knows better than the list is asked for: a model's classes exclude one another, or do not")
  func asked() throws {
    let single = "path,label\np/0.jpg,cat\np/1.jpg,dog\n"
    let photos = try scan(single, isMultiLabel: true)
    #expect(photos.labelling == .sets([[0], [1]]))
    let error = #expect(throws: DataError.self) {
      try scan("path,label\np/0.jpg,cat\np/1.jpg,dog|cat\n", isMultiLabel: false)
    }
    #expect(error?.description.contains("line 3: 'dog|cat'") == true)
    let folder = try TemporaryFolder()
    for name in ["a", "b"] { try folder.write("\(name)/0.jpg", BlockJPEG(seed: 3).bytes()) }
    let refused = #expect(throws: DataError.self) {
      try Photos.scan(folder.url, isMultiLabel: true, pool: pool)
    }
    #expect(refused?.description.contains("give a list") == true)
  }

  @Test("each photo counts for each of its classes, and one that only the test has is unknown")
  func counts() throws {
    let photos = try scan(
      """
      path,label,split
      p/0.jpg,cat|dog,train
      p/1.jpg,dog,train
      p/2.jpg,,train
      p/3.jpg,cat,val
      p/4.jpg,dog|cat,test

      """)
    #expect(photos.imagesPerClass(in: .train) == [1, 2])
    #expect(photos.imagesPerClass(in: .validation) == [1, 0])
    #expect(labels(photos, .test) == ["cat|dog"])
    let again = try JSONDecoder().decode(Photos.self, from: JSONEncoder().encode(photos))
    #expect(again.labelling == photos.labelling && again.all == photos.all)
    let error = #expect(throws: DataError.self) {
      try scan("path,label,split\np/0.jpg,cat|dog,train\np/1.jpg,dog|emu,test\n")
    }
    #expect(error?.description.contains("'emu' is a class that training does not have") == true)
  }

  @Test("a collection whose labels name no set is damaged")
  func damaged() throws {
    let photos = Photos(
      root: URL(filePath: "."), classes: ["a", "b"],
      splits: [.train: [Photo(path: "x", label: 3)]], labelling: .sets([[0], [1]]))
    let data = try JSONEncoder().encode(photos)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Photos.self, from: data) }
  }

  /// Photos with sets of four classes, rare and common ones, of groups of two.
  private static func drawn(_ count: Int, grouped: Bool) -> Photos {
    var values = SeededValues(seed: 5)
    let shares: [Float] = [0.6, 0.3, 0.15, 0.05]
    let sets = (0..<count).map { _ in
      shares.indices.filter { values.next(0...1) < shares[$0] }
    }
    let labelling = Labelling(numbering: sets)
    guard case .sets(let all) = labelling else { preconditionFailure("sets were numbered") }
    let photos = sets.enumerated().map { place, set in
      Photo(
        path: String(format: "%04d.jpg", place), label: all.firstIndex(of: set) ?? -1,
        digest: String(format: "%064d", place), group: grouped ? "g\(place / 2)" : nil)
    }
    return Photos(
      root: URL(filePath: "."), classes: ["a", "b", "c", "d"], splits: [.all: photos],
      labelling: labelling)
  }

  @Test(
    "the part to validate on has its share of each class, and no group is divided",
    arguments: [60, 400], [false, true])
  func splitting(count: Int, grouped: Bool) {
    let photos = Self.drawn(count, grouped: grouped)
    let all = photos.imagesPerClass(in: .all)
    for seed in 0..<5 as Range<UInt64> {
      let divided = photos.splitting(validation: 0.2, seed: seed)
      for (part, whole) in zip(divided.imagesPerClass(in: .validation), all) {
        #expect(abs(Double(part) - 0.2 * Double(whole)) <= (grouped ? 4 : 3), "\(part) of \(whole)")
      }
      let groups = Set(divided[.validation].compactMap(\.group))
      #expect(groups.isDisjoint(with: divided[.train].compactMap(\.group)))
      #expect(divided == photos.splitting(validation: 0.2, seed: seed))
    }
  }

  @Test("a set that many photos have is a stratum, others are with their rarest class")
  func strata() {
    let labelling = Labelling.sets([[], [0], [0, 1], [0, 2], [1, 2]])
    let labels = [Int](repeating: 1, count: 6) + [2, 2, 2, 3, 0, 4]
    let (numbers, bound) = labelling.strata(of: labels)
    #expect(numbers == [Int](repeating: 1, count: 6) + [6, 6, 6, 7, 0, 7])
    #expect(bound == 8)
    #expect(Labelling.exclusive.strata(of: [2, 0]).numbers == [2, 0])
  }

  @Test("more photos join with labels under the map of both")
  func joining() throws {
    let folder = try ManifestTests.folder([
      "first.csv": "path,label,split\np/0.jpg,cat|dog,train\np/1.jpg,dog,train\np/2.jpg,,train\n",
      "more.csv": "path,label\np/3.jpg,bee|dog\np/4.jpg,cat\np/0.jpg,dog|cat\n",
      "both.csv":
        "path,label,split\np/0.jpg,cat|dog,train\np/1.jpg,dog,train\np/2.jpg,,train\np/3.jpg,bee|dog,train\np/4.jpg,cat,train\n",
    ])
    let first = try Photos.scan(folder.url.appending(path: "first.csv"), pool: pool)
    let joined = try first.joined(
      withPhotosIn: folder.url.appending(path: "more.csv"), pool: pool)
    let both = try Photos.scan(folder.url.appending(path: "both.csv"), pool: pool)
    #expect(joined.classes == both.classes && joined.labelling == both.labelling)
    #expect(labels(joined, .train) == labels(both, .train))
    #expect(joined[.train].map(\.path) == both[.train].map(\.path))
    #expect(throws: DataError.self) { try first.joined(withPhotosIn: folder.url, pool: pool) }
  }
}
