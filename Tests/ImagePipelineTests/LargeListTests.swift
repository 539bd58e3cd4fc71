import Foundation
import ImagePipeline
import TestSupport
import Testing

/// Lists that are small as files and large in what they say.
@Suite("Lists with very many labels, classes or columns")
struct LargeListTests {
  private func scan(_ text: String) throws -> Photos {
    let folder = try ManifestTests.folder(["list.csv": text])
    return try Photos.scan(folder.url.appending(path: "list.csv"), isInspection: true, pool: pool)
  }

  /// So many labels between bars.
  private func labels(_ count: Int, from first: Int = 0) -> String {
    (first..<first + count).map { "q\($0)" }.joined(separator: "|")
  }

  @Test("a photo has up to a thousand labels, and one with more is refused with its line")
  func labelsOfPhoto() throws {
    let photos = try scan("path,label\np/0.jpg,\(labels(1000))\np/1.jpg,\(labels(1000))\n")
    #expect(photos.classes.count == 1000)
    let error = #expect(throws: DataError.self) {
      try scan("path,label\np/0.jpg,a|b\np/1.jpg,\(labels(1001))\n")
    }
    #expect(
      error?.description.contains(
        "line 3: 'p/1.jpg' has 1001 labels, more than the 1000 that a photo may have") == true,
      "\(error as Any)")
  }

  @Test("a list has up to a hundred thousand classes")
  func classes() throws {
    let rows = (0...100).map { "no/\($0).jpg,\(labels(1000, from: 1000 * $0))\n" }
    let error = #expect(throws: DataError.self) { try scan("path,label\n\(rows.joined())") }
    #expect(
      error?.description.contains("line 102: more than 100000 classes up to here") == true,
      "\(error as Any)")
  }

  @Test("a label that is repeated a hundred thousand times is there once")
  func repeated() throws {
    let many = labels(900) + "|" + [String](repeating: "q7", count: 100_000).joined(separator: "|")
    let photos = try scan("path,label\np/0.jpg,\(many)\np/1.jpg,a\n")
    #expect(photos.classes.count == 901)
  }

  @Test("sixty thousand columns are looked through once, and two of a name are found")
  func columns() throws {
    let names = (0..<60_000).map { "c\($0)" }.joined(separator: ",")
    let error = #expect(throws: DataError.self) {
      try scan("path,label,\(names),C7\np/0.jpg,a\n")
    }
    #expect(error?.description.contains("two columns are called 'c7'") == true, "\(error as Any)")
  }
}
