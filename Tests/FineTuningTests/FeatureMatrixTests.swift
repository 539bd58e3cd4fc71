import FineTuning
import Testing

@Suite("A matrix of features")
struct FeatureMatrixTests {
  let matrix = FeatureMatrix(rows: 3, dimension: 2, values: [0, 1, 10, 11, 20, 21])

  @Test("has the rows it was made of, in the order asked for, as often as asked for")
  func selecting() {
    #expect((0..<3).map { matrix[$0] } == [[0, 1], [10, 11], [20, 21]])
    let part = matrix.selecting([2, 0, 2])
    #expect((0..<part.rows).map { part[$0] } == [[20, 21], [0, 1], [20, 21]])
    #expect(matrix.selecting([]).rows == 0)
  }

  @Test("keeps the rows of another that is gone")
  func appending() {
    var both = FeatureMatrix(dimension: 2)
    for first in 0..<4 {
      let other = FeatureMatrix(rows: 1, dimension: 2, values: [Float(first), -1])
      both = both.appending(other.selecting([0]))
    }
    both = both.appending(matrix).selecting([3, 0, 5])
    #expect((0..<3).map { both[$0] } == [[3, -1], [0, -1], [10, 11]])
  }
}
