internal import CKernels
internal import COneDNN

/// oneDNN: convolutions and pooling by its primitives, matrix products by its `sgemm`, the rest by
/// the host's loops. Plain weights would halve its speed, so each kernel has its own packed layout.
package struct OneDNNBackend: Backend {
  private let widens: Bool

  /// - Parameter widens: whether convolutions of bfloat16 images compute in Float32, which is faster where
  ///   the processor's own products of bfloat16 are no faster. The weights then take what they take in Float32.
  package init(widens: Bool = !Precision.bfloat16.hasFastProducts) { self.widens = widens }

  package var choice: BackendChoice { .oneDNN }

  package var version: String {
    var parts: [Int32] = [0, 0, 0]
    ft_dnn_version(&parts)
    return "oneDNN \(parts.map(String.init).joined(separator: "."))"
  }

  package var kernels: String {
    String(cString: ft_dnn_instructions()).replacing("cpu_isa_", with: "")
  }

  package func supports(_ operation: Operation, _ precision: Precision, threads: Int) -> Bool {
    guard precision == .bfloat16 else { return true }
    if operation.ownKernel(self).bfloat16 != nil { return true }
    if let (geometry, direction) = operation.convolution {
      if widens, geometry.canBeWidened { return true }
      if case .weightGradient = direction, DepthwiseWeightGradient.suits(geometry) { return true }
    }
    ft_dnn_set_threads(Int32(threads))
    let made = try? OneDNNKernel(operation, precision)
    return made.map { !$0.isReference } ?? false
  }

  package func usesWinograd(_ geometry: WindowGeometry, _ precision: Precision) -> Bool {
    (precision == .float32 || widens) && geometry.suitsWinograd
  }

  package func prepare(_ operation: Operation, _ precision: Precision, threads: Int)
    throws(BackendError) -> any PreparedKernel
  {
    ft_dnn_set_threads(Int32(threads))
    return try precision == .float32 ? prepare(operation) : prepareHalf(operation)
  }

  /// Kernels of our own where the library's are slower, then the library's, then ours.
  private func prepare(_ operation: Operation) throws(BackendError) -> any PreparedKernel {
    if let (geometry, direction) = operation.convolution,
      let faster = fasterKernel(geometry, direction)
    {
      return faster
    }
    let own = operation.ownKernel(self).float32
    guard let kernel = try OneDNNKernel(operation), !kernel.isReference else { return own }
    // A workspace connects forward and backward: both are the library's, or none.
    if let other = operation.otherDirection, let kernel = try OneDNNKernel(other),
      kernel.isReference
    {
      return own
    }
    return kernel
  }

  private func fasterKernel(_ geometry: WindowGeometry, _ direction: ConvolutionDirection)
    -> (any PreparedKernel)?
  {
    switch direction {
    case .weightGradient(let hasBias) where DepthwiseWeightGradient.suits(geometry):
      DepthwiseWeightGradient(geometry: geometry, hasBias: hasBias, precision: .float32)
    case .weightGradient(let hasBias) where geometry.isPointwise:
      PointwiseWeightGradient(geometry: geometry, hasBias: hasBias, multiplier: self)
    case .forward(let hasBias, let adds, let activation) where geometry.suitsWinograd:
      WinogradConvolution(
        geometry, hasBias: hasBias, addsDestination: adds, activation, multiplier: self)
    case .inputGradient where geometry.suitsWinograd:
      WinogradConvolution(inputGradientOf: geometry, multiplier: self)
    case .weightGradient(let hasBias) where geometry.suitsWinograd:
      WinogradWeightGradient(geometry, hasBias: hasBias, multiplier: self)
    case .forward, .inputGradient, .weightGradient:
      nil
    }
  }

  private func prepareHalf(_ operation: Operation) throws(BackendError) -> any PreparedKernel {
    if let own = operation.ownKernel(self).bfloat16 { return own }
    if let (geometry, direction) = operation.convolution {
      if case .weightGradient(let hasBias) = direction, DepthwiseWeightGradient.suits(geometry) {
        return DepthwiseWeightGradient(
          geometry: geometry, hasBias: hasBias, precision: .bfloat16)
      }
      if widens, geometry.canBeWidened {
        return try WidenedKernel(geometry, direction) { operation throws(BackendError) in
          try prepare(operation)
        }
      }
    }
    guard let kernel = try OneDNNKernel(operation, .bfloat16) else {
      preconditionFailure("\(operation) is prepared in bfloat16, which is not supported")
    }
    return kernel
  }

  package func makeLane(scratchByteCount: Int) throws(BackendError) -> Lane {
    guard let native = ft_dnn_lane_create() else {
      throw BackendError("oneDNN finds no usable CPU engine on this machine")
    }
    return OneDNNLane(native, scratch: try allocate(byteCount: scratchByteCount))
  }

  package func enter(threads: Int) { ft_dnn_set_threads(Int32(threads)) }

  package func multiply(
    rows: Int, columns: Int, depth: Int,
    _ a: UnsafePointer<Float>, transposeA: Bool,
    _ b: UnsafePointer<Float>, transposeB: Bool,
    into c: UnsafeMutablePointer<Float>, accumulating: Bool
  ) {
    ft_dnn_set_threads(1)
    let status = ft_dnn_multiply(
      transposeA ? 1 : 0, transposeB ? 1 : 0, Int64(rows), Int64(columns), Int64(depth), a, b,
      accumulating ? 1 : 0, c)
    precondition(status == 0, "dnnl_sgemm refused a product of \(rows)×\(depth)×\(columns)")
  }
}

/// A lane with oneDNN's stream.
final class OneDNNLane: Lane {
  let native: OpaquePointer

  fileprivate init(_ native: OpaquePointer, scratch: Buffer) {
    self.native = native
    super.init(scratch: scratch)
  }

  deinit { ft_dnn_lane_destroy(native) }
}
