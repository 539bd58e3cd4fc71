import FineTuning
import Foundation

/// Multinomial logistic regression by Newton's method in Float64, with the whole Hessian: an
/// independent definition for tiny problems.
enum NewtonReference {
  static func solve(_ data: Clusters, penalty: Double) -> (kernel: [[Double]], bias: [Double]) {
    let n = data.features.rows
    let d = data.features.dimension
    let c = data.classes
    var x = (0..<n).map { row in
      data.features[row].map(Double.init)
    }
    let means = (0..<d).map { column in x.reduce(0) { $0 + $1[column] } / Double(n) }
    var squares = 0.0
    for row in 0..<n {
      for column in 0..<d {
        x[row][column] -= means[column]
        squares += x[row][column] * x[row][column]
      }
    }
    let scale = 1 / (squares / Double(n)).squareRoot()
    for row in 0..<n { x[row] = x[row].map { $0 * scale } + [1] }

    let p = (d + 1) * c
    var w = [Double](repeating: 0, count: p)  // [d + 1, c]
    for _ in 0..<50 {
      var gradient = [Double](repeating: 0, count: p)
      var hessian = [[Double]](repeating: [Double](repeating: 0, count: p), count: p)
      for row in 0..<n {
        let logits = (0..<c).map { k in (0...d).reduce(0) { $0 + x[row][$1] * w[$1 * c + k] } }
        let powers = logits.map { exp($0 - (logits.max() ?? 0)) }
        let q = powers.map { $0 / powers.reduce(0, +) }
        for i in 0...d {
          for k in 0..<c {
            gradient[i * c + k] += x[row][i] * (q[k] - (data.labels[row] == k ? 1 : 0))
            for j in 0...d {
              for l in 0..<c {
                hessian[i * c + k][j * c + l] +=
                  x[row][i] * x[row][j] * (q[k] * ((k == l ? 1 : 0) - q[l]))
              }
            }
          }
        }
      }
      for index in 0..<p {
        // The bias is free along the common direction of all classes; a trace of penalty fixes it.
        let own = index < d * c ? penalty : 1e-9
        gradient[index] += own * w[index]
        hessian[index][index] += own
      }
      let step = eliminate(hessian, gradient)
      for index in 0..<p { w[index] -= step[index] }
    }
    let kernel = (0..<d).map { i in (0..<c).map { w[i * c + $0] * scale } }
    let bias = (0..<c).map { k in
      w[d * c + k] - (0..<d).reduce(0) { $0 + means[$1] * kernel[$1][k] }
    }
    return (kernel, bias)
  }

  /// Gaussian elimination with partial pivoting.
  private static func eliminate(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var a = matrix
    var b = right
    let n = b.count
    for column in 0..<n {
      let pivot = (column..<n).max { abs(a[$0][column]) < abs(a[$1][column]) } ?? column
      a.swapAt(column, pivot)
      b.swapAt(column, pivot)
      for row in (column + 1)..<n {
        let factor = a[row][column] / a[column][column]
        for index in column..<n { a[row][index] -= factor * a[column][index] }
        b[row] -= factor * b[column]
      }
    }
    for row in (0..<n).reversed() {
      for index in (row + 1)..<n { b[row] -= a[row][index] * b[index] }
      b[row] /= a[row][row]
    }
    return b
  }
}
