internal import COpenBLAS

/// R with R · Rᵀ = A⁻¹, of a symmetric matrix A (LAPACK's `dpotrf` and `dtrtri`); `nil` if A is not positive
/// definite.
///
/// - Parameter matrix: `[size, size]`, of which the diagonal and what is above it are read.
/// - Returns: `[size, size]`, zero below the diagonal.
package func inverseCholesky(_ matrix: consuming [Double], size: Int) -> [Double]? {
  precondition(matrix.count == size * size, "a factor is of a square matrix")
  // With its kernels and its one thread.
  _ = OpenBLASBackend()
  var factor = matrix
  var order = Int32(size)
  var leading = max(1, order)
  var status: Int32 = 0
  // Rows are LAPACK's columns, so its lower triangle is our upper one, and its L⁻¹ our L⁻ᵀ.
  dpotrf_("L", &order, &factor, &leading, &status, 1)
  guard status == 0 else { return nil }
  dtrtri_("L", "N", &order, &factor, &leading, &status, 1, 1)
  // What is no number is not found to be negative.
  guard status == 0, factor.allSatisfy(\.isFinite) else { return nil }
  for row in 0..<size {
    for column in 0..<row { factor[row * size + column] = 0 }
  }
  return factor
}
