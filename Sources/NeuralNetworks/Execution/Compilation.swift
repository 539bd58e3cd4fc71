import TensorKernels

/// A network cut at the boundary into the two programs that an executor runs.
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
  }

  /// What is frozen; `nil` if nothing is.
  let prefix: Program?
  let main: Program
  let shared: SharedMemory
  /// That a kernel runs on.
  let threads: Int
  /// Nodes whose activations no training step keeps.
  let frozenNodes: Set<String>

  /// - Parameter threads: those of kernels that see a whole batch.
  init(
    _ network: Network, _ masters: NetworkWeights, _ options: ExecutionOptions,
    on backend: any Backend, threads count: Int, passes: [Pass]
  ) throws(BackendError) {
    let outputs = options.outputs ?? [network.output]
    let graph = Graph(network, outputs: outputs, passes, options)
    let length =
      options.wantsInputGradient || options.trainable.isEmpty
      ? 1 : graph.prefixLength(trainable: options.trainable)
    threads = options.batchStatistics.isEmpty ? 1 : count
    shared = SharedMemory(backend)
    frozenNodes = Set(graph.operations[..<length].map(\.node))
    let target = Emitter.Target(
      backend: backend, masters: masters, options: options, threads: threads,
      allocate: shared.allocate)
    let shapes = Dictionary(uniqueKeysWithValues: graph.operations.map { ($0.output, $0.shape) })
    let boundary = graph.operations[length - 1]
    let suffix = graph.operations[length...]
    prefix =
      length > 1
      ? try Program(
        graph.operations[1..<length], reading: graph.operations[0], outputs: [boundary.output],
        shapes: shapes, isLast: false,
        Emitter(target, microBatch: MicroBatch.forward, .forward)) : nil
    main = try Program(
      suffix, reading: boundary, outputs: outputs.map { graph.valueOfNode[$0.index] },
      shapes: shapes, isLast: true,
      Emitter(
        target, microBatch: Self.microBatch(of: suffix, shapes, target),
        options.wantsGradients ? .forwardAndBackward : .forward))
  }

  /// The images that the suffix runs at once.
  private static func microBatch(
    of suffix: ArraySlice<GraphOperation>, _ shapes: [GraphValue: Shape], _ target: Emitter.Target
  ) -> Int {
    let options = target.options
    guard options.batchStatistics.isEmpty else { return options.batchSize }
    let probe = Emitter(target, microBatch: MicroBatch.winograd, .forward)
    // Fewer images than that would be filled up.
    if options.batchSize >= MicroBatch.winograd,
      suffix.contains(where: { probe.usesWinograd($0, shapes) })
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
