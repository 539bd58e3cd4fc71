import TensorKernels

/// Turns the operations of a network into steps for micro-batches of `microBatch` images.
///
/// The forward direction is in `Emitter+Forward.swift`, the backward one in `Emitter+Backward.swift`.
struct Emitter {
  let backend: any Backend
  let weights: NetworkWeights
  let microBatch: Int
  let threads: Int
  /// The most examples of one step.
  let batchSize: Int
  /// Nodes whose parameters learn; empty for inference.
  let trainable: Set<String>
  /// Whether backward steps follow, so that what they need has to be kept.
  let runsBackward: Bool
  /// Nodes whose norms use the batch's statistics.
  let batchStatistics: Set<String>
  /// Mixed into the randomness of dropout.
  let seed: UInt64
  /// What values are stored in where the operations allow it.
  let precision: Precision
  /// Memory that all lanes share.
  let allocate: (Int) throws(BackendError) -> Region

  var tape = Tape()
  var slots: [GraphValue: Slot] = [:]
  var units: [any WeightedUnit] = []
  /// What backward needs to know of each operation's forward step.
  var records: [Record] = []
  /// The number of shared gradients that are added to in turns.
  var turnCount = 0
  /// The largest gradient that goes through a lane's own buffer, in bytes.
  var laneGradientByteCount = 0
  var laneBiasByteCount = 0
  /// What the operation that is being emitted computes with.
  var current = Precision.float32
  /// Values that one operation reads and nobody outside.
  var privateValues: Set<GraphValue> = []
  /// Values in the other precision than they were computed in.
  var converted: [GraphValue: Slot] = [:]

  /// One operation after its forward steps were emitted.
  struct Record {
    let operation: GraphOperation
    var unit: (any WeightedUnit)?
    var geometry: WindowGeometry?
    var workspace: Slot?
    /// Inputs' shapes, in order.
    let inputShapes: [Shape]
    /// What the operation computes with.
    let precision: Precision
    /// Holds the derivative of an activation, where the forward step has left it.
    var slope: Slot?
  }

  init(
    backend: any Backend, weights: NetworkWeights, microBatch: Int, threads: Int, batchSize: Int,
    trainable: Set<String>, runsBackward: Bool, batchStatistics: Set<String>, seed: UInt64,
    precision: Precision, allocate: @escaping (Int) throws(BackendError) -> Region
  ) {
    self.backend = backend
    self.weights = weights
    self.microBatch = microBatch
    self.threads = threads
    self.batchSize = batchSize
    self.trainable = trainable
    self.runsBackward = runsBackward
    self.batchStatistics = batchStatistics
    self.seed = seed
    self.precision = precision
    self.allocate = allocate
  }

  func prepare(_ operation: Operation) throws(BackendError) -> any PreparedKernel {
    try backend.prepare(operation, current, threads: threads)
  }

  /// Appends a step whose kernel is already prepared or is prepared here.
  /// - Parameter precision: what the kernel computes with, if not what the current operation does.
  @discardableResult
  mutating func emit(
    _ phase: Step.Phase, _ operation: Operation, _ precision: Precision? = nil,
    kernel: (any PreparedKernel)? = nil, node: String, source: Step.Operand? = nil,
    second: Step.Operand? = nil, weights: Step.Operand? = nil,
    bias: Step.Operand? = nil, to destination: Step.Operand, workspace: Step.Operand? = nil,
    startsAs: Slot? = nil, mayReplace: Slot? = nil, turn: Int? = nil
  ) throws(BackendError) -> any PreparedKernel {
    let prepared: any PreparedKernel
    if let kernel {
      prepared = kernel
    } else {
      prepared = try backend.prepare(operation, precision ?? current, threads: threads)
    }
    tape.append(
      Step(
        phase: phase, operation: operation, kernel: prepared, source: source, second: second,
        weights: weights, bias: bias, destination: destination, workspace: workspace,
        startsAs: startsAs, mayReplace: mayReplace, turn: turn, node: node))
    return prepared
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
        output: operation.shape), precision)
  }
}
