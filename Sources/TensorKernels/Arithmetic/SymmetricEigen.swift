internal import COpenBLAS

/// The eigenvalues and eigenvectors of a symmetric matrix (LAPACK's `dsyev`).
package struct SymmetricEigen: Hashable, Sendable {
  /// Ascending.
  package let values: [Double]
  /// Unit vectors, in the order of `values`; the sign of each is arbitrary.
  package let vectors: [[Double]]

  /// - Parameter matrix: square rows of finite numbers, of which the diagonal and what is above it are read.
  package init(_ matrix: [[Double]]) {
    let size = matrix.count
    precondition(
      matrix.allSatisfy { $0.count == size && $0.allSatisfy(\.isFinite) },
      "eigenvalues are of a square matrix of finite numbers")
    OpenBLASKernels.choose()
    var order = Int32(size)
    // Rows are LAPACK's columns, so its lower triangle is our upper one.
    var columns = matrix.flatMap { $0 }
    var found = [Double](repeating: 0, count: size)
    var room = Int32(max(1, 3 * size - 1))
    var scratch = [Double](repeating: 0, count: Int(room))
    var status: Int32 = 0
    var leading = max(1, order)
    dsyev_("V", "L", &order, &columns, &leading, &found, &scratch, &room, &status, 1, 1)
    // Its only failure left is that QR iterations do not converge, which finite numbers do.
    precondition(status == 0, "dsyev returned \(status)")
    values = found
    vectors = (0..<size).map { Array(columns[$0 * size..<($0 + 1) * size]) }
  }
}
