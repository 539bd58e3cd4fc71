import TensorKernels

/// The executor: a compiled network, and the lanes that run it depth first.
///
/// A lane takes the next few images through all of the network, and back where something learns, so
/// activations stay in its cache. With the batch's statistics a batch cannot be cut: then one lane runs
/// all of it with kernels that use all threads.
///
/// `@unchecked Sendable`: the driver alone calls it; while it waits in a section, worker i touches lane
/// i, worker tools i, its own examples' losses and outputs, and shared gradients in turns.
final class NetworkExecutor: Executor, @unchecked Sendable {
  /// Images per micro-batch: measured beforehand (decision 52), never at run time, because the bytes of
  /// the result depend on them. They depend on the network, what trains, and the size of the batch.
  enum MicroBatch {
    /// What runs forward only: its activations stay in the cache.
    static let forward = 1
    /// What runs backward too: the weights are read for two images at once.
    static let backward = 2
    /// With convolutions by Winograd's minimal filtering, which reads four times as many weights.
    static let winograd = 4
  }

  private let weights: NetworkWeights
  let backend: any Backend
  let pool: WorkerPool
  let threads: Int
  private let batchSize: Int
  private let isProfiled: Bool
  let main: Program
  private let units: [any WeightedUnit]
  private let trainedUnits: [any WeightedUnit]
  let finishing: [Finish]
  let turns: Turns
  private(set) var lanes: [ExecutionLane] = []
  private(set) var workers: [Worker] = []
  let counter = AtomicCounter()
  private var seenVersion = -1
  private let shared: SharedMemory
  /// Infers with the stored statistics where training uses the batch's.
  private let inference: NetworkExecutor?
  var lastInputGradient: [Float] = []

  let inputCount: Int
  let outputCount: Int
  let trained: [TrainedParameter]
  let trainedParameters: [Parameter]
  /// For each unit what it has in `trained`.
  let trainedOfUnit: [[Int]]
  let completion: GradientCompletion
  let losses: UnsafeMutableBufferPointer<Double>

  init(
    _ network: Network, _ weights: NetworkWeights, _ options: ExecutionOptions,
    backend: any Backend, pool: WorkerPool, passes: [Pass] = Pass.allCases
  ) throws {
    precondition(options.batchSize > 0, "a batch holds at least one example")
    guard backend.supports(.convert(count: 1), options.precision, threads: 1) else {
      throw BackendError(
        "\(backend.choice.rawValue) computes in float32 only; \(options.precision.rawValue) needs the"
          + " backend \(BackendChoice.oneDNN.rawValue)")
    }
    self.weights = weights
    self.backend = backend
    self.pool = pool
    batchSize = options.batchSize
    isProfiled = options.isProfiled
    let usesBatchStatistics = options.batchNorm == .train && !options.trainable.isEmpty
    let outputs = options.outputs ?? [network.output]
    var graph = Graph(network, outputs: outputs)
    let batchStatistics = usesBatchStatistics ? options.trainable : []
    var purpose = Purpose()
    purpose.trainable = options.trainable
    purpose.batchStatistics = batchStatistics
    purpose.wantsInputGradient = options.wantsInputGradient
    for pass in passes { pass.apply(to: &graph, for: purpose) }

    let threads = usesBatchStatistics ? pool.count : 1
    self.threads = threads
    let wantsGradients = !options.trainable.isEmpty || options.wantsInputGradient
    let shared = SharedMemory(backend)
    let shapes = Dictionary(
      uniqueKeysWithValues: graph.operations.map { ($0.output, $0.shape) })

    func emitter(microBatch: Int, trainable: Set<String>, runsBackward: Bool) -> Emitter {
      Emitter(
        backend: backend, weights: weights, microBatch: microBatch, threads: threads,
        batchSize: (options.batchSize + microBatch - 1) / microBatch * microBatch,
        trainable: trainable, runsBackward: runsBackward, batchStatistics: batchStatistics,
        seed: options.seed, precision: options.precision, allocate: shared.allocate)
    }
    let probe = emitter(microBatch: MicroBatch.winograd, trainable: [], runsBackward: false)
    // Fewer images than that would be filled up.
    let isWinograd =
      options.batchSize >= MicroBatch.winograd
      && graph.operations.contains { probe.usesWinograd($0, shapes) }
    let microBatch =
      usesBatchStatistics
      ? options.batchSize
      : isWinograd
        ? MicroBatch.winograd : wantsGradients ? MicroBatch.backward : MicroBatch.forward
    main = try Program(
      graph.operations, outputs: outputs.map { graph.valueOfNode[$0.index] },
      shapes: shapes, wantsInputGradient: options.wantsInputGradient,
      emitter(
        microBatch: microBatch, trainable: options.trainable, runsBackward: wantsGradients))
    self.shared = shared
    units = main.units
    trainedUnits = units.filter { !$0.trained.isEmpty }
    finishing = Finish.pieces(of: main.units)
    turns = Turns(count: main.turnCount)
    inputCount = network.inputShape.count
    outputCount = outputs.reduce(0) { $0 + network[$1].shape.count }
    let order = Dictionary(
      uniqueKeysWithValues: weights.parameters.enumerated().map { ($1.name, $0) })
    trained = main.units.flatMap(\.trained).sorted {
      order[$0.parameter.name, default: 0] < order[$1.parameter.name, default: 0]
    }
    trainedParameters = trained.map(\.parameter)
    let indices = Dictionary(
      uniqueKeysWithValues: trained.enumerated().map { ($1.parameter.name, $0) })
    trainedOfUnit = main.units.map { $0.trained.compactMap { indices[$0.parameter.name] } }
    completion = GradientCompletion(main)
    losses = .allocate(capacity: options.batchSize)
    losses.initialize(repeating: 0)
    if usesBatchStatistics {
      var inferring = options
      inferring.trainable = []
      inference = try NetworkExecutor(
        network, weights, inferring, backend: backend, pool: pool, passes: passes)
    } else {
      inference = nil
    }
    try makeLanes()
  }

  deinit { losses.deallocate() }

  /// A lane for each worker that can be busy, and the workers' tools for converting weights.
  private func makeLanes() throws {
    let plain = units.compactMap { ($0 as? ConvolutionUnit)?.plainByteCount }.max() ?? 0
    let laneCount = threads > 1 || pool.count == 1 ? 1 : pool.count
    for index in 0..<laneCount {
      lanes.append(
        try ExecutionLane(
          index, main: main, isProfiled: isProfiled, backend: backend))
    }
    for index in 0..<pool.count {
      let staging = Region(try backend.allocate(byteCount: plain))
      let worker = Worker(
        index: index, lane: try backend.makeLane(scratchByteCount: 0), staging: staging)
      for unit in units { try unit.bind(to: worker) }
      workers.append(worker)
    }
  }

  var profile: [KernelProfile] {
    guard isProfiled else { return [] }
    var entries = main.steps.map { $0.profile(in: main) }
    for lane in lanes { lane.main.add(to: &entries) }
    return entries.filter { $0.calls > 0 } + (inference?.profile ?? [])
  }

  func resetProfile() {
    for lane in lanes { lane.main.resetClocks() }
    inference?.resetProfile()
  }

  var memoryByteCount: Int {
    let ofLanes = lanes.reduce(0) { $0 + $1.byteCount }
    let ofWorkers = workers.reduce(0) { $0 + $1.staging.buffer.byteCount }
    return shared.byteCount + ofLanes + ofWorkers + (inference?.memoryByteCount ?? 0)
  }

  /// Renews the packed weights if the masters have changed.
  private func refresh() {
    guard seenVersion != weights.version else { return }
    refresh(units)
  }

  private func refresh(_ units: [any WeightedUnit]) {
    seenVersion = weights.version
    pool.forEach(units.count) { [self] worker, piece in
      backend.enter(threads: 1)
      units[piece].refresh(on: workers[worker])
    }
  }

  func infer(
    _ inputs: UnsafePointer<Float>, count: Int, into outputs: UnsafeMutablePointer<Float>
  ) throws {
    if let inference { return try inference.infer(inputs, count: count, into: outputs) }
    guard count > 0 else { return }
    refresh()
    let batch = Batch(inputs: inputs, outputs: outputs, count: count)
    try runLanes(count: count, step: 0) { [self] lane, first in
      load(batch, first: first, on: lane)
      guard lane.main.runForward(training: false) else { return false }
      store(batch, first: first, on: lane)
      return true
    }
  }

  func computeGradients(
    _ inputs: UnsafePointer<Float>, count: Int, loss: some Loss, step: Int,
    outputs: UnsafeMutablePointer<Float>?, shard: BatchShard?
  ) throws -> Double {
    precondition(
      (count > 0 || shard != nil) && count <= batchSize,
      "\(count) examples in a step of at most \(batchSize)")
    guard let seed = main.seed else {
      preconditionFailure("this executor was compiled for inference only")
    }
    refresh()
    turns.reset()
    let total = shard?.total ?? count
    if let shard {
      guard count > 0 else { return completeWithoutExamples(shard) }
      completion.reset(microBatches: (count + main.microBatch - 1) / main.microBatch)
    }
    if main.inputGradient != nil {
      lastInputGradient = [Float](repeating: 0, count: count * inputCount)
    }
    let batch = Batch(inputs: inputs, outputs: outputs, count: count)
    try runLanes(count: count, step: step, before: shard?.before ?? 0) { [self] lane, first in
      load(batch, first: first, on: lane)
      guard lane.main.runForward(training: true) else { return false }
      store(batch, first: first, on: lane)
      evaluate(loss, into: seed, count: count, of: total, first: first, on: lane)
      let worker = workers[lane.index]
      let ran = lane.main.runBackward(
        microBatch: first / main.microBatch, turns: turns,
        added: shard.map { shard in { [self] in added(to: $0, of: count, shard, on: worker) } })
      guard ran else { return false }
      keepInputGradient(count: count, first: first, on: lane)
      return true
    }
    if let shard {
      finishGradients(count: count, where: { !completion.isComplete($0) })
      for unit in main.units.indices where !completion.isComplete(unit) { announce(unit, shard) }
    } else {
      finishGradients(count: count, where: { _ in true })
    }
    return losses[..<count].reduce(0, +) / Double(total)
  }

  func forEachGradient(
    _ body:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void
  ) {
    pool.forEach(trained.count) { [self] _, index in
      body(index, trained[index].parameter, trained[index].gradient)
    }
  }

  func update(
    _ rule:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ values: UnsafeMutableBufferPointer<Float>,
        _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void
  ) {
    pool.forEach(trained.count) { [self] _, index in
      let entry = trained[index]
      rule(index, entry.parameter, entry.values, entry.gradient)
    }
    let wasUpToDate = seenVersion == weights.version
    weights.markChanged()
    // What is frozen has not changed.
    if wasUpToDate { refresh(trainedUnits) }
  }

  func inputGradient(count: Int) -> [Float] { Array(lastInputGradient.prefix(count * inputCount)) }
}
