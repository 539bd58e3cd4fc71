import Evaluation
import Foundation
import Testing

@Suite("What more photos would bring")
struct LearningCurveTests {
  /// Answers of which so many in a thousand are wrong.
  private func hits(wrong: Int, of photos: Int = 1000) -> [Bool] {
    (0..<photos).map { $0 * 1000 / photos >= wrong }
  }

  @Test("errors that halve with every doubling go on to do so")
  func powerLaw() throws {
    let curve = try #require(
      LearningCurve([
        .init(photos: 100, hits: [hits(wrong: 400), hits(wrong: 400)]),
        .init(photos: 200, hits: [hits(wrong: 200)]),
        .init(photos: 400, hits: [hits(wrong: 100)]),
      ]))
    #expect(curve.points.map(\.accuracy) == [0.6, 0.8, 0.9])
    #expect(curve.points.map(\.parts) == [2, 1, 1])
    // 100 of 1000 become 50; half a photo more is counted as wrong.
    let gain = try #require(curve.gainOfDoubling)
    #expect(abs(gain - 0.05) < 1e-3)
  }

  @Test("a point has the mean of its parts, the worst and the best of them")
  func spread() throws {
    let curve = try #require(
      LearningCurve([
        .init(photos: 10, hits: [hits(wrong: 500), hits(wrong: 300)]),
        .init(photos: 20, hits: [hits(wrong: 300)]),
      ]))
    #expect(abs(curve.points[0].accuracy - 0.6) < 1e-12)
    #expect(curve.points[0].lowest == 0.5 && curve.points[0].highest == 0.7)
    // Two sizes show no law.
    #expect(curve.gainOfDoubling == nil)
  }

  @Test(
    "what has brought nothing so far promises nothing",
    arguments: [[300, 300, 300], [100, 200, 300], [0, 0, 0]])
  func flat(wrong: [Int]) throws {
    let curve = try #require(
      LearningCurve(
        zip([100, 200, 400], wrong).map { .init(photos: $0, hits: [hits(wrong: $1)]) }))
    #expect(curve.gainOfDoubling == nil)
  }

  @Test("one size is no curve")
  func single() { #expect(LearningCurve([.init(photos: 9, hits: [[true]])]) == nil) }

  @Test("an area's error is that of Hanley and McNeil")
  func areaError() throws {
    // 3 of 4 pairs in order: area 0.75; Q1 = 0.6, Q2 = 1.125 / 1.75.
    let drift = try #require(
      PhotoDrift(scores: [0.9, 0.4, 0.6, 0.1], isMeasured: [true, true, false, false]))
    #expect(drift.area == 0.75)
    let variance =
      (0.75 * 0.25 + (0.6 - 0.5625) + (1.125 / 1.75 - 0.5625)) / 4
    #expect(abs(drift.interval.lower - (0.75 - 1.96 * variance.squareRoot())) < 1e-12)
    #expect(drift.interval.upper == 1)
    #expect(drift.verdict == .alike)
    #expect(PhotoDrift(scores: [0.9], isMeasured: [true]) == nil)
  }
}
