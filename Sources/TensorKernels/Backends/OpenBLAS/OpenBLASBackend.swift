internal import COpenBLAS

/// OpenBLAS: convolutions are unfolded into matrices (im2col) and multiplied by `sgemm`. The portable
/// second backend, and the other opinion that the tests compare oneDNN with.
package struct OpenBLASBackend: Backend {
  /// One thread for every product: the lanes are the parallelism, and the library's own pool would
  /// fight with them for the cores.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  package init() {
    OpenBLASKernels.choose()
    _ = Self.singleThreaded
  }

  package var choice: BackendChoice { .openBLAS }

  package var version: String {
    let configuration = String(cString: openblas_get_config())
    return configuration.split(separator: " ").prefix(2).joined(separator: " ")
      + " (\(kernels))"
  }

  package var kernels: String { String(cString: openblas_get_corename()) }

  package func supports(_ operation: Operation, _ precision: Precision, threads: Int) -> Bool {
    precision == .float32
  }

  /// Float32 alone; `sgemm` knows nothing else.
  package func prepare(_ operation: Operation, _ precision: Precision, threads: Int)
    throws(BackendError) -> any PreparedKernel
  {
    precondition(supports(operation, precision, threads: threads), "OpenBLAS computes in float32")
    return operation.ownKernel(self).float32
  }

  package func makeLane(scratchByteCount: Int) throws(BackendError) -> Lane {
    Lane(scratch: try allocate(byteCount: scratchByteCount))
  }

  package func enter(threads: Int) {}

  package func multiply(
    rows: Int, columns: Int, depth: Int,
    _ a: UnsafePointer<Float>, transposeA: Bool,
    _ b: UnsafePointer<Float>, transposeB: Bool,
    into c: UnsafeMutablePointer<Float>, accumulating: Bool
  ) {
    cblas_sgemm(
      CblasRowMajor, transposeA ? CblasTrans : CblasNoTrans,
      transposeB ? CblasTrans : CblasNoTrans, Int32(rows), Int32(columns), Int32(depth), 1, a,
      Int32(transposeA ? rows : depth), b, Int32(transposeB ? depth : columns),
      accumulating ? 1 : 0, c, Int32(columns))
  }
}
