import TensorKernels

/// The definition of the product, with sums in Float32 in the order of the depth.
struct NaiveMultiplier: MatrixMultiplier {
  func multiply(
    rows: Int, columns: Int, depth: Int,
    _ a: UnsafePointer<Float>, transposeA: Bool,
    _ b: UnsafePointer<Float>, transposeB: Bool,
    into c: UnsafeMutablePointer<Float>, accumulating: Bool
  ) {
    for row in 0..<rows {
      for column in 0..<columns {
        var sum: Float = accumulating ? c[row * columns + column] : 0
        for index in 0..<depth {
          let left = a[transposeA ? index * rows + row : row * depth + index]
          let right = b[transposeB ? column * depth + index : index * columns + column]
          sum += left * right
        }
        c[row * columns + column] = sum
      }
    }
  }
}
