internal import CKernels
internal import COneDNN

/// oneDNN: convolutions and pooling by its primitives, matrix products by its `sgemm`, the rest by
/// the host's loops. Plain weights would halve its speed, so each kernel has its own packed layout.
public struct OneDNNBackend: Backend {
  private let widens: Bool

  /// - Parameter widens: whether convolutions of bfloat16 images compute in Float32, which is faster where
  ///   the processor's own products of bfloat16 are no faster. The weights then take what they take in Float32.
  public init(widens: Bool = !Precision.bfloat16.hasFastProducts) { self.widens = widens }

  public var choice: BackendChoice { .oneDNN }

  public var version: String {
    var parts: [Int32] = [0, 0, 0]
    ft_dnn_version(&parts)
    return "oneDNN \(parts.map(String.init).joined(separator: "."))"
  }

  public func supports(_ operation: Operation, _ precision: Precision, threads: Int) -> Bool {
    guard precision == .bfloat16 else { return true }
    if HalfLoop.supports(operation) || (widens && operation.canBeWidened) { return true }
    switch operation {
    case .convolutionWeightGradient(let geometry, _) where DepthwiseWeightGradient.suits(geometry):
      return true
    case .convolution, .convolutionInputGradient, .convolutionWeightGradient, .maxPooling,
      .maxPoolingGradient, .averagePooling, .averagePoolingGradient:
      ft_dnn_set_threads(Int32(threads))
      let made = try? OneDNNKernel(operation, precision)
      return made.map { !$0.isReference } ?? false
    default:
      return false
    }
  }

  public func usesWinograd(_ geometry: WindowGeometry, _ precision: Precision) -> Bool {
    (precision == .float32 || widens) && geometry.suitsWinograd
  }

  public func prepare(_ operation: Operation, _ precision: Precision, threads: Int)
    throws(BackendError) -> any PreparedKernel
  {
    ft_dnn_set_threads(Int32(threads))
    return try precision == .float32 ? prepare(operation) : prepareHalf(operation)
  }

  private func prepare(_ operation: Operation) throws(BackendError) -> any PreparedKernel {
    switch operation {
    case .convolutionWeightGradient(let geometry, let hasBias)
    where DepthwiseWeightGradient.suits(geometry):
      return DepthwiseWeightGradient(
        geometry: geometry, hasBias: hasBias, precision: .float32)
    case .convolutionWeightGradient(let geometry, let hasBias) where geometry.isPointwise:
      return PointwiseWeightGradient(geometry: geometry, hasBias: hasBias, multiplier: self)
    case .convolution(let geometry, let hasBias, let adds, let activation)
    where geometry.suitsWinograd:
      return WinogradConvolution(
        geometry, hasBias: hasBias, addsDestination: adds, activation, multiplier: self)
    case .convolutionInputGradient(let geometry) where geometry.suitsWinograd:
      return WinogradConvolution(inputGradientOf: geometry, multiplier: self)
    case .convolutionWeightGradient(let geometry, let hasBias) where geometry.suitsWinograd:
      return WinogradWeightGradient(geometry, hasBias: hasBias, multiplier: self)
    case .convolution, .convolutionInputGradient, .convolutionWeightGradient:
      let kernel = try OneDNNKernel(operation)
      return kernel.isReference ? UnfoldedConvolution(operation, multiplier: self) : kernel
    case .maxPooling, .maxPoolingGradient, .averagePooling, .averagePoolingGradient,
      .image(.localResponse), .image(.localResponseGradient):
      let kernel = try OneDNNKernel(operation)
      // A workspace connects forward and backward: both are the library's, or none.
      let other = try operation.otherDirection.map { other throws(BackendError) in
        try OneDNNKernel(other)
      }
      return kernel.isReference || other?.isReference == true
        ? operation.ownLoop(self) : kernel
    default:
      return operation.ownLoop(self)
    }
  }

  private func prepareHalf(_ operation: Operation) throws(BackendError) -> any PreparedKernel {
    switch operation {
    case .convolutionWeightGradient(let geometry, let hasBias)
    where DepthwiseWeightGradient.suits(geometry):
      return DepthwiseWeightGradient(
        geometry: geometry, hasBias: hasBias, precision: .bfloat16)
    case _ where HalfLoop.supports(operation):
      return HalfLoop(operation: operation)
    case _ where widens && operation.canBeWidened:
      return try WidenedKernel(operation) { operation throws(BackendError) in
        try prepare(operation)
      }
    default:
      return try OneDNNKernel(operation, .bfloat16)
    }
  }

  public func makeLane(scratchByteCount: Int) throws(BackendError) -> Lane {
    guard let native = ft_dnn_lane_create() else {
      throw BackendError("oneDNN finds no usable CPU engine on this machine")
    }
    return OneDNNLane(native, scratch: try allocate(byteCount: scratchByteCount))
  }

  public func enter(threads: Int) { ft_dnn_set_threads(Int32(threads)) }

  public func multiply(
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
  fileprivate let native: OpaquePointer

  fileprivate init(_ native: OpaquePointer, scratch: Buffer) {
    self.native = native
    super.init(scratch: scratch)
  }

  deinit { ft_dnn_lane_destroy(native) }
}

/// A oneDNN primitive. `@unchecked Sendable`: primitives are immutable once made, and oneDNN documents
/// that one primitive may execute on several threads when its scratchpad is the caller's.
private final class OneDNNKernel: PreparedKernel, @unchecked Sendable {
  private let native: OpaquePointer
  private let operation: Operation
  let scratchByteCount: Int
  let packedByteCount: Int
  let workspaceByteCount: Int
  let accumulates = false
  let implementation: String

  init(_ operation: Operation, _ precision: Precision = .float32) throws(BackendError) {
    self.operation = operation
    let element = precision == .bfloat16 ? FT_DNN_BFLOAT16 : FT_DNN_FLOAT32
    var status: Int32 = 0
    let made: OpaquePointer?
    switch operation {
    case .convolution(let geometry, let hasBias, let addsDestination, let activation):
      var window = ft_window(geometry)
      made = ft_dnn_convolution(
        &window, element, hasBias ? 1 : 0, addsDestination ? 1 : 0, activation.oneDNN, &status)
    case .convolutionInputGradient(let geometry):
      var window = ft_window(geometry)
      made = ft_dnn_convolution_input_gradient(&window, element, &status)
    case .convolutionWeightGradient(let geometry, let hasBias):
      var window = ft_window(geometry)
      made = ft_dnn_convolution_weight_gradient(&window, element, hasBias ? 1 : 0, &status)
    case .maxPooling(let geometry, let keepsPositions):
      var window = ft_window(geometry)
      made = ft_dnn_max_pooling(&window, element, keepsPositions ? 1 : 0, &status)
    case .maxPoolingGradient(let geometry):
      var window = ft_window(geometry)
      made = ft_dnn_max_pooling_gradient(&window, element, &status)
    case .averagePooling(let geometry):
      var window = ft_window(geometry)
      made = ft_dnn_average_pooling(&window, element, &status)
    case .averagePoolingGradient(let geometry):
      var window = ft_window(geometry)
      made = ft_dnn_average_pooling_gradient(&window, element, &status)
    case .image(.localResponse(let rows, let channels, let response, let keeps)):
      var native = ft_dnn_response(response, rows: rows, channels: channels)
      made = ft_dnn_local_response(&native, keeps ? 1 : 0, &status)
    case .image(.localResponseGradient(let rows, let channels, let response)):
      var native = ft_dnn_response(response, rows: rows, channels: channels)
      made = ft_dnn_local_response_gradient(&native, &status)
    default:
      preconditionFailure("oneDNN has no \(operation)")
    }
    guard let made else {
      throw BackendError("oneDNN cannot prepare \(operation) (status \(status))")
    }
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
    switch operation {
    case .convolutionInputGradient, .maxPoolingGradient, .averagePoolingGradient:
      // The library names tensors by their place in the forward direction.
      native.source = operands.destination?.pointer
      native.destination = operands.source?.pointer
    case .image(.localResponseGradient):
      native.source = operands.destination?.pointer
      native.destination = operands.source?.pointer
      native.input = operands.second?.pointer
    case .convolutionWeightGradient:
      native.source = operands.source?.pointer
      native.destination = operands.second?.pointer
      native.weights = operands.destination?.pointer
    default:
      native.source = operands.source?.pointer
      native.destination = operands.destination?.pointer
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

extension Activation {
  fileprivate var oneDNN: ft_dnn_activation {
    switch self {
    case .linear: .init(kind: FT_DNN_LINEAR, alpha: 0, beta: 0)
    case .relu: .init(kind: FT_DNN_RELU, alpha: 0, beta: 0)
    case .relu6: .init(kind: FT_DNN_CLIP, alpha: 0, beta: 6)
    case .leakyRelu(let slope): .init(kind: FT_DNN_RELU, alpha: slope, beta: 0)
    case .elu(let alpha): .init(kind: FT_DNN_ELU, alpha: alpha, beta: 0)
    case .tanh: .init(kind: FT_DNN_TANH, alpha: 0, beta: 0)
    case .sigmoid: .init(kind: FT_DNN_SIGMOID, alpha: 0, beta: 0)
    case .hardSigmoid(let slope): .init(kind: FT_DNN_HARD_SIGMOID, alpha: slope, beta: 0.5)
    case .swish: .init(kind: FT_DNN_SWISH, alpha: 1, beta: 0)
    case .hardSwish: .init(kind: FT_DNN_HARD_SWISH, alpha: 0, beta: 0)
    case .gelu: .init(kind: FT_DNN_GELU, alpha: 0, beta: 0)
    case .geluTanh: .init(kind: FT_DNN_GELU_TANH, alpha: 0, beta: 0)
    case .selu, .softplus, .softsign, .exponential, .mish, .softmax:
      preconditionFailure("\(self) is never fused into a convolution")
    }
  }
}

extension Operation {
  /// The operation that its workspace connects it with.
  fileprivate var otherDirection: Operation? {
    switch self {
    case .maxPooling(let geometry, true): .maxPoolingGradient(geometry)
    case .maxPoolingGradient(let geometry): .maxPooling(geometry, keepsPositions: true)
    case .image(.localResponse(let rows, let channels, let response, true)):
      .image(.localResponseGradient(rows: rows, channels: channels, response))
    case .image(.localResponseGradient(let rows, let channels, let response)):
      .image(.localResponse(rows: rows, channels: channels, response, keepsWorkspace: true))
    default: nil
    }
  }
}

extension ft_dnn_response {
  fileprivate init(_ response: LocalResponse, rows: Int, channels: Int) {
    self.init(
      rows: Int64(rows), channels: Int64(channels), size: Int64(response.size),
      alpha: response.alpha, beta: response.beta, bias: response.bias)
  }
}
