import TensorKernels

/// A network made into the program that an executor runs.
struct Compilation {
  /// Images per micro-batch: measured in `CONTRIBUTING.md`, never at run time, because the bytes of the
  /// result depend on them. They depend on the network, what trains, and the size of the batch.
  enum MicroBatch {
    /// What runs forward only: its activations stay in the cache.
    static let forward = 1
    /// What runs backward too: the weights are read for two images at once.
    static let backward = 2
    /// With convolutions by Winograd's minimal filtering, which reads four times as many weights.
    static let winograd = 4
    /// Of batches of so many, or more, none is smaller for their number.
    static let largest = winograd
  }

  let main: Program
  let shared: SharedMemory
  /// That a kernel runs on.
  let threads: Int

  /// - Parameter threads: those of kernels that see a whole batch.
  init(
    _ network: Network, _ masters: NetworkWeights, _ options: ExecutionOptions,
    on backend: any Backend, threads count: Int, passes: [Pass]
  ) throws(BackendError) {
    let outputs = options.outputs ?? [network.output]
    let graph = Graph(network, outputs: outputs, passes, options)
    threads = options.batchStatistics.isEmpty ? 1 : count
    shared = SharedMemory(backend)
    let target = Emitter.Target(
      backend: backend, masters: masters, options: options, threads: threads,
      allocate: shared.allocate)
    let shapes = Dictionary(uniqueKeysWithValues: graph.operations.map { ($0.output, $0.shape) })
    main = try Program(
      graph.operations, outputs: outputs.map { graph.valueOfNode[$0.index] }, shapes: shapes,
      Emitter(
        target, microBatch: Self.microBatch(of: graph.operations, shapes, target),
        options.wantsGradients ? .forwardAndBackward : .forward))
  }

  /// The images that run at once.
  private static func microBatch(
    of operations: [GraphOperation], _ shapes: [GraphValue: Shape], _ target: Emitter.Target
  ) -> Int {
    let options = target.options
    guard options.batchStatistics.isEmpty else { return options.batchSize }
    let probe = Emitter(target, microBatch: MicroBatch.winograd, .forward)
    // Fewer images than that would be filled up.
    if options.batchSize >= MicroBatch.winograd,
      operations.contains(where: { probe.usesWinograd($0, shapes) })
    {
      return MicroBatch.winograd
    }
    return options.wantsGradients ? MicroBatch.backward : MicroBatch.forward
  }
}

extension ExecutionOptions {
  var wantsGradients: Bool { !trainable.isEmpty || wantsInputGradient }

  /// Nodes whose norms use the batch's statistics.
  var batchStatistics: Set<String> { batchNorm == .train ? trainable : [] }
}

extension Graph {
  /// The lowered network after the passes.
  fileprivate init(
    _ network: Network, outputs: [Network.NodeID], _ passes: [Pass], _ options: ExecutionOptions
  ) {
    self.init(network, outputs: outputs)
    var purpose = Purpose()
    purpose.trainable = options.trainable
    purpose.batchStatistics = options.batchStatistics
    purpose.wantsInputGradient = options.wantsInputGradient
    for pass in passes { pass.apply(to: &self, for: purpose) }
  }
}
