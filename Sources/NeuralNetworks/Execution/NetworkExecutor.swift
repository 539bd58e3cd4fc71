import Files
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
  private let masters: NetworkWeights
  let backend: any Backend
  let pool: WorkerPool
  let threads: Int
  private let batchSize: Int
  private let isProfiled: Bool
  let main: Program
  private let kernelWeights: [any KernelWeights]
  private let trainedWeights: [any KernelWeights]
  let finishing: [Finish]
  let turns: Turns
  private(set) var lanes: [ExecutionLane] = []
  private(set) var workers: [Worker] = []
  let counter = AtomicCounter()
  private var seenVersion = -1
  private let shared: SharedMemory
  /// Infers with the stored statistics where training uses the batch's.
  private let inference: NetworkExecutor?

  let inputCount: Int
  let outputCount: Int
  let trained: TrainedParameters
  let trainedParameters: [Parameter]
  let completion: GradientCompletion
  // No arrays: lanes write their own examples' at once, and each would change the whole array.
  let losses: UnsafeMutableBufferPointer<Double>
  /// `[batchSize, inputCount]`; empty unless they are wanted.
  let inputGradients: UnsafeMutableBufferPointer<Float>

  init(
    _ network: Network, _ masters: NetworkWeights, _ options: ExecutionOptions,
    backend: any Backend, pool: WorkerPool, passes: [Pass] = Pass.allCases
  ) throws {
    precondition(options.batchSize > 0, "a batch holds at least one example")
    guard backend.supports(.convert(count: 1), options.precision, threads: 1) else {
      throw BackendError(
        "\(backend.choice.rawValue) computes in float32 only; \(options.precision.rawValue) needs the"
          + " backend \(BackendChoice.oneDNN.rawValue)")
    }
    self.masters = masters
    self.backend = backend
    self.pool = pool
    batchSize = options.batchSize
    isProfiled = options.isProfiled
    let compilation = try Compilation(
      network, masters, options, on: backend, threads: pool.count, passes: passes)
    main = compilation.main
    shared = compilation.shared
    threads = compilation.threads
    kernelWeights = main.kernelWeights
    trainedWeights = kernelWeights.filter { !$0.trained.isEmpty }
    finishing = Finish.pieces(of: kernelWeights)
    turns = Turns(count: main.turnCount)
    inputCount = network.inputShape.count
    outputCount = (options.outputs ?? [network.output]).reduce(0) { $0 + network[$1].shape.count }
    trained = TrainedParameters(kernelWeights, of: masters.parameters)
    trainedParameters = trained.all.map(\.parameter)
    completion = GradientCompletion(main)
    losses = .allocate(capacity: options.batchSize)
    losses.initialize(repeating: 0)
    inputGradients = .allocate(
      capacity: main.inputGradient == nil ? 0 : options.batchSize * inputCount)
    inputGradients.initialize(repeating: 0)
    if !options.batchStatistics.isEmpty {
      var inferring = options
      inferring.trainable = []
      inference = try NetworkExecutor(
        network, masters, inferring, backend: backend, pool: pool, passes: passes)
    } else {
      inference = nil
    }
    try makeLanes()
  }

  deinit {
    losses.deallocate()
    inputGradients.deallocate()
  }

  /// A lane for each worker that can be busy, and the workers' tools for converting weights.
  private func makeLanes() throws {
    let plain = kernelWeights.compactMap { ($0 as? ConvolutionWeights)?.plainByteCount }.max() ?? 0
    let laneCount = threads > 1 || pool.count == 1 ? 1 : pool.count
    // Pages take room when they are first written, which would be too late to say so.
    let wanted = shared.byteCount + laneCount * main.laneByteCount + pool.count * plain
    if wanted >= AvailableMemory.worthAsking,
      let lack = AvailableMemory.lack(
        of: wanted, for: "computing with this network",
        use: "\(.smallerImages) or \(.fewerThreads)")
    {
      throw BackendError(sentence: lack)
    }
    for index in 0..<laneCount {
      lanes.append(
        try ExecutionLane(
          index, main: main, isProfiled: isProfiled, backend: backend))
    }
    for index in 0..<pool.count {
      let staging = Region(try backend.allocate(byteCount: plain))
      let worker = Worker(
        index: index, lane: try backend.makeLane(scratchByteCount: 0), staging: staging)
      for weights in kernelWeights { try weights.bind(to: worker) }
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
    guard seenVersion != masters.version else { return }
    refresh(kernelWeights)
  }

  private func refresh(_ weights: [any KernelWeights]) {
    seenVersion = masters.version
    pool.forEach(weights.count) { [self] worker, piece in
      backend.enter(threads: 1)
      weights[piece].refresh(on: workers[worker])
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
      trained.addUp()
      for position in main.kernelWeights.indices where !completion.isComplete(position) {
        announce(position, shard)
      }
    } else {
      finishGradients(count: count, where: { _ in true })
      trained.addUp()
    }
    return losses[..<count].reduce(0, +) / Double(total)
  }

  func forEachGradient(
    _ body:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void
  ) {
    pool.forEach(trained.all.count) { [self] _, index in
      body(index, trained.all[index].parameter, trained.all[index].gradient)
    }
  }

  func update(
    _ rule:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ values: UnsafeMutableBufferPointer<Float>,
        _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void
  ) {
    pool.forEach(trained.all.count) { [self] _, index in
      let entry = trained.all[index]
      rule(index, entry.parameter, entry.values, entry.gradient)
    }
    let wasUpToDate = seenVersion == masters.version
    masters.markChanged()
    // What is frozen has not changed.
    if wasUpToDate { refresh(trainedWeights) }
  }

  func inputGradient(count: Int) -> [Float] { Array(inputGradients.prefix(count * inputCount)) }
}
