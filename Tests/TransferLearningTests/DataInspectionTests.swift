import Foundation
import Testing
import TransferLearning

@Suite("An inspection of photos")
struct DataInspectionTests {
  /// Two classes, two splits, some problems.
  private static var photos: Photos {
    var photos = Photos(
      root: URL(filePath: "/photos"), classes: ["ants", "bees"],
      splits: [
        .train: [
          Photo(path: "train/ants/1.jpg", label: 0), Photo(path: "train/ants/2.jpg", label: 0),
          Photo(path: "train/bees/1.jpg", label: 1),
        ], .validation: [Photo(path: "val/bees/1.jpg", label: 1)],
      ])
    photos.skipped = [SkippedPhoto(path: "train/ants/cut.jpg", reason: "ends too early")]
    photos.ignored = ["train/notes.txt", "train/.old"]
    photos.notes = ["something"]
    photos.problems = [
      PhotoProblem(.emptyClass, path: "train/wasps", "no photo"),
      PhotoProblem(.tiny, path: "train/ants/1.jpg", "12×12 pixels"),
      PhotoProblem(.truncated, path: "train/ants/cut.jpg", "ends too early"),
    ]
    photos.duplicates = [["train/ants/1.jpg", "train/ants/2.jpg"]]
    photos.facts = [
      "train/ants/1.jpg": facts(12, 12), "train/ants/2.jpg": facts(64, 4000),
      "train/bees/1.jpg": facts(500, 224), "val/bees/1.jpg": facts(5000, 1792),
    ]
    return photos
  }

  private static func facts(_ width: Int, _ height: Int) -> PhotoFacts {
    PhotoFacts(
      digest: "", byteCount: 1, format: .jpeg, width: width, height: height,
      fingerprint: Fingerprint(coarse: 0))
  }

  @Test("every path that was found is accounted for")
  func totals() {
    let inspection = DataInspection(Self.photos, data: "photos")
    #expect(inspection.totals == DataInspection.Totals(used: 4, leftOut: 1, ignored: 2))
    #expect(inspection.classes.map(\.images) == [2, 2])
    #expect(
      inspection.classes.map(\.splits) == [
        ["train": 2, "validation": 0], ["train": 1, "validation": 1],
      ])
    #expect(inspection.splits == ["train", "validation"])
    #expect(inspection.description.contains("7 found = 4 used + 1 left out + 2 ignored"))
  }

  @Test("sizes are counted by the shorter side, without gaps")
  func sizes() {
    let sizes = DataInspection(Self.photos, data: "photos").sizes
    #expect(sizes.first?.from == 0 && sizes.last?.below == nil)
    #expect(zip(sizes, sizes.dropFirst()).allSatisfy { $0.below == $1.from })
    #expect(sizes.filter { $0.images > 0 }.map(\.from) == [0, 64, 224, 1792])
    #expect(sizes.reduce(0) { $0 + $1.images } == 4)
  }

  @Test("it survives JSON")
  func codable() throws {
    let inspection = DataInspection(Self.photos, data: "photos")
    let data = try JSONEncoder().encode(inspection)
    #expect(try JSONDecoder().decode(DataInspection.self, from: data) == inspection)
  }

  @Test("the gravest kind of problem comes first, and each kind has its place")
  func order() {
    let kinds = DataInspection(Self.photos, data: "photos").problemsByKind.map(\.kind)
    #expect(kinds == [.truncated, .emptyClass, .tiny])
    #expect(
      PhotoProblem.Kind.bySeverity.count == PhotoProblem.Kind.allCases.count
        && Set(PhotoProblem.Kind.bySeverity) == Set(PhotoProblem.Kind.allCases))
    #expect(Set(PhotoProblem.Kind.allCases.map(\.title)).count == PhotoProblem.Kind.allCases.count)
  }

  @Test("strictness names the number of problems and the gravest")
  func strict() throws {
    let problems = Self.photos.problems
    let error = #expect(throws: DataError.self) {
      try problems.requireNone(in: "photos", allowsEmptyClasses: false)
    }
    #expect(error?.kind == .bad)
    #expect(error?.message.contains("3 problems, first 'train/ants/cut.jpg': ends too") == true)
    try [problems[0]].requireNone(in: "photos", allowsEmptyClasses: true)
    #expect(throws: DataError.self) {
      try [problems[0]].requireNone(in: "photos", allowsEmptyClasses: false)
    }
    try [PhotoProblem]().requireNone(in: "photos", allowsEmptyClasses: false)
  }

  @Test("the text names ten problems of a kind and counts the others")
  func bounded() {
    var photos = Self.photos
    photos.problems = (0..<37).map { PhotoProblem(.tiny, path: "t\($0)", "small") }
    let text = DataInspection(photos, data: "photos").description
    #expect(text.contains("tiny: 37") && text.contains("t9: small") && !text.contains("t10:"))
    #expect(text.contains("and 27 more"))
  }

  @Test("no name commands the terminal or leaves its line")
  func printable() {
    var photos = Self.photos
    photos.problems = [
      PhotoProblem(.tiny, path: "a\nb\u{1B}[2J\u{202E}.jpg", "small"),
      PhotoProblem(.tiny, path: "größe 蚂蚁 👩‍👧.jpg", "small"),
      PhotoProblem(.tiny, path: "\u{61C}c\u{200B}\u{2067}\u{FEFF}\u{E0061}.jpg", "small"),
    ]
    let text = DataInspection(photos, data: "photos").description
    #expect(text.contains("a\\nb\\u{1b}[2J\\u{202e}.jpg: small"))
    #expect(text.contains("größe 蚂蚁 👩‍👧.jpg: small"))
    #expect(text.contains("\\u{61c}c\\u{200b}\\u{2067}\\u{feff}\\u{e0061}.jpg: small"))
  }
}
