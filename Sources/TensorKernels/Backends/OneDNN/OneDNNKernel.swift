internal import COneDNN

/// A oneDNN primitive. `@unchecked Sendable`: primitives are immutable once made, and oneDNN documents
/// that one primitive may execute on several threads when its scratchpad is the caller's.
final class OneDNNKernel: PreparedKernel, @unchecked Sendable {
  private let native: OpaquePointer
  private let operation: Operation
  private let order: OneDNNPrimitive.Order
  let scratchByteCount: Int
  let packedByteCount: Int
  let workspaceByteCount: Int
  let accumulates = false
  let implementation: String

  /// `nil` for operations that the library is not asked for.
  init?(_ operation: Operation, _ precision: Precision = .float32) throws(BackendError) {
    guard let primitive = operation.oneDNN(precision) else { return nil }
    var status: Int32 = 0
    guard let made = primitive.make(&status) else {
      throw BackendError("oneDNN cannot prepare \(operation) (status \(status))")
    }
    self.operation = operation
    order = primitive.order
    native = made
    scratchByteCount = ft_dnn_scratch_bytes(made)
    packedByteCount = ft_dnn_packed_bytes(made)
    workspaceByteCount = ft_dnn_workspace_bytes(made)
    implementation = String(cString: ft_dnn_implementation(made))
  }

  deinit { ft_dnn_kernel_destroy(native) }

  /// Some sizes the library has only in reference code, which is slower than our loops.
  var isReference: Bool { implementation.hasPrefix("ref") }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    var native = ft_dnn_operands()
    native.bias = operands.bias?.pointer
    native.weights = operands.weights?.pointer
    native.scratch = lane.scratch.base
    native.workspace = operands.workspace?.pointer
    switch order {
    case .forward:
      native.source = operands.source?.pointer
      native.destination = operands.destination?.pointer
    case .backward:
      // The library names tensors by their place in the forward direction.
      native.source = operands.destination?.pointer
      native.destination = operands.source?.pointer
      native.input = operands.second?.pointer
    case .weightGradient:
      native.source = operands.source?.pointer
      native.destination = operands.second?.pointer
      native.weights = operands.destination?.pointer
    }
    return try call(on: lane) { stream, status in
      ft_dnn_bind(self.native, &native, stream, status)
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    try call(on: lane) { stream, status in
      ft_dnn_bind_pack(self.native, plain.pointer, packed.pointer, 0, stream, status)
    }
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    try call(on: lane) { stream, status in
      ft_dnn_bind_pack(self.native, plain.pointer, packed.pointer, 1, stream, status)
    }
  }

  private func call(
    on lane: Lane, _ make: (OpaquePointer, UnsafeMutablePointer<Int32>) -> OpaquePointer?
  ) throws(BackendError) -> Call {
    guard let lane = lane as? OneDNNLane else {
      preconditionFailure("a oneDNN kernel runs on a lane that its own backend made")
    }
    var status: Int32 = 0
    guard let made = make(lane.native, &status) else {
      throw BackendError("oneDNN cannot bind \(operation) (status \(status))")
    }
    let owner = OneDNNCall(made, kernel: self, lane: lane)
    return { owner.run() }
  }
}

/// Keeps alive what a bound primitive refers to.
private final class OneDNNCall {
  private let native: OpaquePointer
  private let kernel: OneDNNKernel
  private let lane: OneDNNLane

  init(_ native: OpaquePointer, kernel: OneDNNKernel, lane: OneDNNLane) {
    self.native = native
    self.kernel = kernel
    self.lane = lane
  }

  deinit { ft_dnn_call_destroy(native) }

  func run() -> Int32 { ft_dnn_run(native) }
}
