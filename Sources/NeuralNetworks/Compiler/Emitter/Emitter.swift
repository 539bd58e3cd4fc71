import TensorKernels

/// Turns the operations of a network into steps for micro-batches of `microBatch` images.
///
/// The forward direction is in `Emitter+Forward.swift`, the backward one in `Emitter+Backward.swift`.
struct Emitter {
  /// What a network is compiled for.
  struct Target {
    let backend: any Backend
    let masters: NetworkWeights
    let options: ExecutionOptions
    /// That a kernel runs on.
    let threads: Int
    /// Memory that all lanes share.
    let allocate: (Int) throws(BackendError) -> Region
  }

  /// Whether the network learns.
  enum Direction {
    case forward
    /// Backward steps follow, so that what they need has to be kept.
    case forwardAndBackward
  }

  let target: Target
  let microBatch: Int
  /// Nodes whose parameters learn; empty where it only infers.
  let trainable: Set<String>
  let runsBackward: Bool
  /// The most examples of one step.
  let batchSize: Int
  /// Nodes whose norms use the batch's statistics.
  let batchStatistics: Set<String>

  var tape = Tape()
  var slots: [GraphValue: Slot] = [:]
  var kernelWeights: [any KernelWeights] = []
  /// What backward needs to know of each operation's forward step.
  var records: [Record] = []
  /// The number of shared gradients that are added to in turns.
  var turnCount = 0
  /// The largest gradient that goes through a lane's own buffer, in bytes.
  var laneGradientByteCount = 0
  var laneBiasByteCount = 0
  /// What the operation that is being emitted computes with, and the node it belongs to.
  var current = Precision.float32
  var currentNode = ""
  /// Values that one operation reads and nobody outside.
  var privateValues: Set<GraphValue> = []
  /// Values in the other precision than they were computed in.
  var converted: [GraphValue: Slot] = [:]

  /// One operation after its forward steps were emitted.
  struct Record {
    let operation: GraphOperation
    var weights: (any KernelWeights)?
    var geometry: WindowGeometry?
    var workspace: Slot?
    /// Inputs' shapes, in order.
    let inputShapes: [Shape]
    /// What the operation computes with.
    let precision: Precision
    /// Holds the derivative of an activation, where the forward step has left it.
    var slope: Slot?
  }

  init(_ target: Target, microBatch: Int, _ direction: Direction) {
    self.target = target
    self.microBatch = microBatch
    runsBackward = direction == .forwardAndBackward
    trainable = runsBackward ? target.options.trainable : []
    batchSize = (target.options.batchSize + microBatch - 1) / microBatch * microBatch
    batchStatistics = target.options.batchStatistics
  }

  var backend: any Backend { target.backend }
  var masters: NetworkWeights { target.masters }
  var threads: Int { target.threads }
  var allocate: (Int) throws(BackendError) -> Region { target.allocate }

  /// - Parameter precision: what the kernel computes with, if not what the current operation does.
  func prepare(_ operation: Operation, _ precision: Precision? = nil) throws(BackendError)
    -> any PreparedKernel
  {
    try backend.prepare(operation, precision ?? current, threads: threads)
  }

  /// Appends a step whose kernel is already prepared or is prepared here.
  mutating func emit(
    _ phase: Step.Phase, _ operation: Operation, kernel: (any PreparedKernel)? = nil,
    _ operands: Step.Operands, reusing reuse: Step.Reuse? = nil, turn: Int? = nil
  ) throws(BackendError) {
    let prepared: any PreparedKernel
    if let kernel {
      prepared = kernel
    } else {
      prepared = try prepare(operation)
    }
    tape.append(
      Step(
        phase: phase, operation: operation, kernel: prepared, operands: operands, reuse: reuse,
        turn: turn, node: currentNode))
  }

  /// The slot that holds a value computed earlier.
  func slot(of value: GraphValue) -> Slot {
    guard let slot = slots[value] else {
      preconditionFailure("an operation reads a value that no earlier one wrote")
    }
    return slot
  }

  /// Memory for values that the current operation writes.
  mutating func makeSlot(count: Int) -> Slot { tape.makeSlot(count: count, current) }

  /// All sizes of a window over one micro-batch.
  func geometry(
    _ window: Window, _ edges: Edges, groups: Int = 1, input: Shape, output: Shape
  ) -> WindowGeometry {
    let (from, to) = (input.extent, output.extent)
    var geometry = WindowGeometry(
      batch: microBatch, input: (from.height, from.width, input.channels),
      output: (to.height, to.width, output.channels),
      kernel: (window.kernel.height, window.kernel.width))
    (geometry.inputDepth, geometry.outputDepth) = (from.depth, to.depth)
    geometry.kernelDepth = window.kernel.depth
    (geometry.strideDepth, geometry.dilationDepth) = (window.stride.depth, window.dilation.depth)
    (geometry.padFront, geometry.padBack) = (edges.front, edges.back)
    (geometry.strideHeight, geometry.strideWidth) = (window.stride.height, window.stride.width)
    (geometry.dilationHeight, geometry.dilationWidth) =
      (window.dilation.height, window.dilation.width)
    (geometry.padTop, geometry.padBottom) = (edges.top, edges.bottom)
    (geometry.padLeft, geometry.padRight) = (edges.left, edges.right)
    geometry.groups = groups
    // Teams of threads keep to kernels that the library spreads over them.
    geometry.allowsWinograd = batchStatistics.isEmpty
    return geometry
  }

  /// Whether this is a convolution whose kernels filter by Winograd's method.
  func usesWinograd(_ operation: GraphOperation, _ shapes: [GraphValue: Shape]) -> Bool {
    guard case .convolution(let convolution) = operation.kind,
      let input = operation.inputs.first.flatMap({ shapes[$0] })
    else { return false }
    return backend.usesWinograd(
      geometry(
        convolution.window, convolution.edges, groups: convolution.groups, input: input,
        output: operation.shape), target.options.precision)
  }
}
