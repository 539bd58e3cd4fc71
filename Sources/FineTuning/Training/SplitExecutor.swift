import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A network cut at the boundary of what a phase trains: a frozen part that only runs forward, and
/// the rest, which learns.
///
/// The values at the boundary are what the trained part reads; where a photo's view repeats they are
/// computed once. One executor of the trained part serves training and validation.
final class SplitExecutor {
  let boundary: Network.NodeID
  let network: Network
  /// The masters of the trained part.
  let weights: NetworkWeights
  let executor: any Executor
  let batchSize: Int
  /// Nodes that do what they do in training: those whose parameters learn, and dropouts.
  let trainable: Set<String>
  /// Its lanes take a few images at a time; of the whole batch only the boundary is kept.
  private let prefix: (any Executor)?
  /// What `inputs` gives out, made when it is first needed: of a network that learns as a whole only
  /// photos that are kept in memory pass through it.
  private lazy var staging = FloatBuffer(count: stagingCount)
  private let stagingCount: Int

  convenience init(_ session: TrainingSession, phase: Phase) throws {
    try self.init(
      session.network, tensors: session.beginning ?? session.tensors, phase: phase,
      photos: session.material(of: phase).count, options: session.options, pool: session.pool)
  }

  /// - Parameters:
  ///   - tensors: of the whole network, whose last stage is its head.
  ///   - photos: of an epoch.
  init(
    _ whole: Network, tensors: [String: Tensor], phase: Phase, photos: Int,
    options: TrainingOptions, pool: WorkerPool
  ) throws {
    let stages = try TrainableStages(phase, of: whole)
    boundary = Self.boundary(of: stages, in: whole)
    trainable = stages.nodeNames(in: whole).union(
      stages.randomNodeNames(in: whole, batchNorm: phase.batchNorm))
    batchSize = max(1, min(phase.batchSize, photos))
    stagingCount = batchSize * whole[boundary].shape.count
    var execution = ExecutionOptions(
      batchSize: Ranks(options.communicator).largestPart(of: batchSize),
      precision: options.precision)
    execution.isProfiled = options.isProfiled
    if boundary == whole.input {
      network = whole
      prefix = nil
    } else {
      network = try whole.suffix(behind: boundary)
      let frozen = whole.cut(after: boundary)
      prefix = try makeExecutor(
        frozen, NetworkWeights(frozen, tensors), execution, backend: options.backend, pool: pool)
    }
    weights = try NetworkWeights(network, tensors)
    let batches = (photos + batchSize - 1) / batchSize
    let trained =
      phase.batchNorm == .train ? try network.movingStatistics(overSteps: batches) : network
    execution.trainable = trainable
    execution.batchNorm = phase.batchNorm
    execution.seed = options.seed
    executor = try makeExecutor(
      trained, weights, execution, backend: options.backend, pool: pool)
    let expected = Set(
      network.parameters.filter { trainable.contains($0.node) && $0.role.isLearned }.map(\.name))
    guard Set(executor.trainedParameters.map(\.name)) == expected else {
      throw TrainingError.broken(
        "phase '\(phase.name)' would train other weights than its plan says")
    }
  }

  static func boundary(of stages: TrainableStages, in network: Network) -> Network.NodeID {
    network.boundary(before: stages.stages.map(\.nodes.lowerBound).min() ?? network.nodes.count)
  }

  /// Floats of one example at the boundary.
  var inputCount: Int { executor.inputCount }

  /// What the trained part reads for a batch of photos; valid until the next call.
  func inputs(of batch: PhotoBatch) throws -> UnsafePointer<Float> {
    try inputs(of: batch.pixels, count: batch.count)
  }

  /// The same for preprocessed photos, which must stay where they are.
  func inputs(of pixels: UnsafePointer<Float>, count: Int) throws -> UnsafePointer<Float> {
    guard let prefix else { return pixels }
    try prefix.infer(pixels, count: count, into: staging.pointer)
    return UnsafePointer(staging.pointer)
  }

  /// What both parts have allocated, in bytes, with the masters of what learns.
  var memoryByteCount: Int {
    executor.memoryByteCount + (prefix?.memoryByteCount ?? 0)
      + weights.parameters.reduce(stagingCount) { $0 + $1.shape.count } * 4
  }

  /// What each kernel of both parts has cost, in the order in which they run; empty unless the options
  /// asked for it.
  var profile: [KernelProfile] { (prefix?.profile ?? []) + executor.profile }

  func resetProfile() {
    prefix?.resetProfile()
    executor.resetProfile()
  }

  /// What the trained part reads for photos whose values are kept; valid until the next call.
  func inputs(of indices: ArraySlice<Int>, in store: MapStore) -> UnsafePointer<Float> {
    for (position, index) in indices.enumerated() {
      guard let row = store.row(index) else { preconditionFailure("photo \(index) is not kept") }
      (staging.pointer + position * store.rowCount).update(from: row, count: store.rowCount)
    }
    return UnsafePointer(staging.pointer)
  }

  /// Everything that the phase may change, moving statistics included.
  var changingParameters: [Parameter] {
    network.parameters.filter { trainable.contains($0.node) }
  }

  /// Their present values.
  func changingTensors() -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for parameter in changingParameters {
      tensors[parameter.name] = weights.tensor(named: parameter.name)
    }
    return tensors
  }

  /// Sets everything that the phase may change.
  func restore(_ tensors: [String: Tensor]) {
    for parameter in changingParameters {
      if let tensor = tensors[parameter.name] { weights.replace(parameter.name, with: tensor) }
    }
  }

  /// Gives all ranks the mean of the moving statistics that each has of its part of the batch.
  func averageStatistics(_ ranks: Ranks) throws(CommunicationError) {
    let moving = changingParameters.filter { !$0.role.isLearned }
    var sums = moving.flatMap { weights.tensor(named: $0.name)?.values.map(Double.init) ?? [] }
    try ranks.average(&sums)
    var place = 0
    for parameter in moving {
      let mean = sums[place..<place + parameter.shape.count].map { Float($0) }
      weights.replace(parameter.name, with: Tensor(parameter.shape, mean))
      place += parameter.shape.count
    }
  }

  /// - Throws: `TrainingError.broken` when a weight that does not learn is not what it was, bit for
  ///   bit.
  func checkFrozen(_ tensors: [String: Tensor]) throws {
    for parameter in network.parameters where !trainable.contains(parameter.node) {
      let now = weights.tensor(named: parameter.name)?.values.map(\.bitPattern)
      guard now == tensors[parameter.name]?.values.map(\.bitPattern) else {
        throw TrainingError.broken("training changed '\(parameter.name)', which was frozen")
      }
    }
  }

  /// The norm of the gradient over all parameters.
  func gradientNorm(scaling: GradientScale?) -> Double {
    let squares = FloatSquares(count: executor.trainedParameters.count)
    executor.forEachGradient { index, parameter, gradient in
      scaling?.apply(to: gradient, of: parameter)
      squares.set(index, gradient)
    }
    return squares.total.squareRoot()
  }
}

/// Sums of squares, one for each parameter, added in their order.
///
/// `@unchecked Sendable`: each worker writes the elements of its own parameters.
private final class FloatSquares: @unchecked Sendable {
  private let sums: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    sums = .allocate(capacity: count)
    sums.initialize(repeating: 0)
  }

  deinit { sums.deallocate() }

  func set(_ index: Int, _ values: UnsafeMutableBufferPointer<Float>) {
    var lanes = SIMD8<Double>()
    var position = 0
    while position + 8 <= values.count {
      var part = SIMD8<Double>()
      for lane in 0..<8 { part[lane] = Double(values[position + lane]) }
      lanes += part * part
      position += 8
    }
    var sum = lanes.sum()
    while position < values.count {
      sum += Double(values[position]) * Double(values[position])
      position += 1
    }
    sums[index] = sum
  }

  var total: Double { sums.reduce(0, +) }
}
