import Evaluation
import Testing

@Suite("Kinds of photos")
struct PhotoSliceTests {
  private func rows(_ right: [Bool]) -> [PredictionRow] {
    right.enumerated().map { index, isRight in
      PredictionRow(path: "\(index)", truth: 0, probabilities: isRight ? [0.9, 0.1] : [0.1, 0.9])
    }
  }

  @Test("have an accuracy beside that of all others, and are worse where the intervals are apart")
  func slice() throws {
    // Of 20 dark photos 5 are right, of 80 others 76.
    let isDark = (0..<100).map { $0 < 20 }
    let rows = rows((0..<100).map { $0 < 20 ? $0 < 5 : $0 < 96 })
    let slice = try #require(PhotoSlice("dark", meaning: "", isIn: isDark, rows: rows))
    #expect(slice.images == 20 && slice.correct == 5 && slice.accuracy == 0.25)
    #expect(slice.interval == AccuracyInterval(successes: 5, trials: 20))
    #expect(slice.others == AccuracyInterval(successes: 76, trials: 80))
    #expect(slice.isWorse)
    let bright = try #require(
      PhotoSlice("bright", meaning: "", isIn: isDark.map { !$0 }, rows: rows))
    #expect(!bright.isWorse)
  }

  @Test("are not told of where too few say anything", arguments: [0, 4, 96, 100])
  func tooFew(count: Int) {
    let isIn = (0..<100).map { $0 < count }
    #expect(PhotoSlice("x", meaning: "", isIn: isIn, rows: rows(isIn)) == nil)
  }

  @Test("a property that tells the class is found, one that does not is not")
  func telling() throws {
    let classes = (0..<200).map { $0 % 2 }
    // Classes at 0.3 and 0.7, each a little spread; and what goes round regardless of the class.
    let telling = classes.indices.map { 0.3 + 0.4 * Double(classes[$0]) + 0.001 * Double($0 % 50) }
    let silent = classes.indices.map { Double(($0 / 2) % 17) }
    let found = try #require(TellingProperty("brightness", values: telling, classes: classes))
    // A value that others did not have, below all of its class, may be taken for the other's.
    #expect(found.accuracy > 0.95 && found.majority == 0.5 && found.interval.lower > 0.9)
    #expect(TellingProperty("x", values: silent, classes: classes) == nil)
    #expect(TellingProperty("x", values: classes.map { _ in 1 }, classes: classes) == nil)
    #expect(
      TellingProperty("x", values: Array(telling.prefix(20)), classes: Array(classes.prefix(20)))
        == nil)
  }
}
