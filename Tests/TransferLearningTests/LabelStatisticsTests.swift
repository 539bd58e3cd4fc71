import Foundation
import Testing
import TransferLearning

@Suite("What is told of labels that do not exclude one another")
struct LabelStatisticsTests {
  /// One photo of each of the sets.
  private func statistics(_ sets: [[Int]], classes: Int) throws -> LabelStatistics {
    let photos = Photos(
      root: URL(filePath: "/photos"), classes: (0..<classes).map { "q\($0)" },
      splits: [.all: sets.indices.map { Photo(path: "\($0).jpg", label: $0) }],
      labelling: .sets(sets))
    return try #require(DataInspection(photos, data: "photos").labels)
  }

  @Test("the pairs of classes are counted, the commonest first, then in the order of the classes")
  func pairs() throws {
    let found = try statistics([[0, 1, 2], [1, 2], [0, 3], [], [3]], classes: 4)
    #expect(found.sets == 5)
    #expect(found.perPhoto.map(\.labels) == [0, 1, 2, 3])
    #expect(
      found.together.map(\.classes) == [["q1", "q2"], ["q0", "q1"], ["q0", "q2"], ["q0", "q3"]])
    #expect(found.together.map(\.images) == [2, 1, 1, 1])
    #expect(found.morePairs == nil)
    #expect(!String(decoding: try JSONEncoder().encode(found), as: UTF8.self).contains("morePairs"))
  }

  @Test("of half a million pairs the commonest are kept, and the others are a number")
  func manyPairs() throws {
    let found = try statistics([Array(0..<1000), [998, 999], [5, 998, 999]], classes: 1000)
    #expect(found.together.count == LabelStatistics.mostPairs)
    #expect(found.together.count + (found.morePairs ?? 0) == 1000 * 999 / 2)
    #expect(found.together.prefix(4).map(\.images) == [3, 2, 2, 1])
    #expect(
      found.together.prefix(4).map(\.classes)
        == [["q998", "q999"], ["q5", "q998"], ["q5", "q999"], ["q0", "q1"]])
    #expect(found.description.hasSuffix("  and 499480 more pairs"))
  }
}
