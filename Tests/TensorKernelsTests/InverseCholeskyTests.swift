import TensorKernels
import Testing

@Suite("The inverse Cholesky factor")
struct InverseCholeskyTests {
  @Test("times its transpose is the inverse", arguments: [1, 2, 7, 65])
  func inverse(size: Int) throws {
    // Diagonally dominant: positive definite.
    var matrix = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in row..<size {
        let value = row == column ? Double(size + row) : 1 / Double(1 + row + 2 * column)
        matrix[row * size + column] = value
        matrix[column * size + row] = value
      }
    }
    let root = try #require(inverseCholesky(matrix, size: size))
    for row in 0..<size {
      for column in 0..<row { #expect(root[row * size + column] == 0) }
      for column in 0..<size {
        var product = 0.0
        for inner in 0..<size {
          for last in 0..<size {
            product +=
              matrix[row * size + inner] * root[inner * size + last] * root[column * size + last]
          }
        }
        #expect(abs(product - (row == column ? 1 : 0)) < 1e-12)
      }
    }
  }

  @Test("is none of a matrix that is not positive definite")
  func indefinite() {
    #expect(inverseCholesky([1, 2, 2, 1], size: 2) == nil)
    #expect(inverseCholesky([0], size: 1) == nil)
    #expect(inverseCholesky([.nan], size: 1) == nil)
  }
}
