/// Something that multiplies row-major Float32 matrices on the calling thread.
package protocol MatrixMultiplier: Sendable {
  /// c = op(a) · op(b), plus c itself when `accumulating`.
  ///
  /// - Parameters:
  ///   - rows: rows of op(a) and of c.
  ///   - columns: columns of op(b) and of c.
  ///   - depth: columns of op(a) and rows of op(b).
  ///   - a: `[rows, depth]`, or `[depth, rows]` when `transposeA`.
  ///   - b: `[depth, columns]`, or `[columns, depth]` when `transposeB`.
  ///   - c: `[rows, columns]`; must not overlap `a` or `b`.
  func multiply(
    rows: Int, columns: Int, depth: Int,
    _ a: UnsafePointer<Float>, transposeA: Bool,
    _ b: UnsafePointer<Float>, transposeB: Bool,
    into c: UnsafeMutablePointer<Float>, accumulating: Bool)
}
