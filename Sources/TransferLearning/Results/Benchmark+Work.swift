import FineTuning
import NeuralNetworks
import TensorKernels

extension Benchmark {
  /// What is timed: a batch forward, or a step of a phase as training takes it.
  enum Work {
    case inference(any Executor)
    case training(MeasuredStep, labels: [Int])

    /// So small that random weights stay what they are; with 0 the head and the gradients behind it
    /// would be zeros.
    private static let rate = 1e-9

    /// - Parameters:
    ///   - network: ends in a head.
    ///   - tensors: by parameter name; they are copied.
    /// - Throws: `PlanError`, `NetworkError`, `BackendError`.
    init(
      _ benchmark: Benchmark, _ network: Network, _ tensors: [String: Tensor], _ pool: WorkerPool
    ) throws {
      guard let scope = benchmark.mode.scope else {
        var options = ExecutionOptions(
          batchSize: benchmark.batchSize, precision: benchmark.precision)
        options.isProfiled = benchmark.profiles
        self = .inference(
          try makeExecutor(
            network, NetworkWeights(network, tensors), options, backend: benchmark.backend,
            pool: pool))
        return
      }
      var phase = Phase(benchmark.mode.rawValue, scope, .sgd)
      phase.batchSize = benchmark.batchSize
      phase.clip = 1
      var options = TrainingOptions()
      options.backend = benchmark.backend
      options.precision = benchmark.precision
      options.seed = benchmark.seed
      options.isProfiled = benchmark.profiles
      let step = try MeasuredStep(
        network, tensors: tensors, classes: Benchmark.classCount, phase: phase, options: options,
        pool: pool)
      self = .training(step, labels: (0..<phase.batchSize).map { $0 % Benchmark.classCount })
    }

    /// Runs once.
    /// - Parameter images: a batch of so many, as the network reads them.
    func run(_ images: UnsafePointer<Float>, count: Int) throws {
      switch self {
      case .inference(let executor):
        var outputs = [Float](repeating: 0, count: count * executor.outputCount)
        try executor.infer(images, count: count, into: &outputs)
      case .training(let step, let labels):
        _ = try step.take(images, labels: labels, rate: Self.rate)
      }
    }

    var profile: [KernelProfile] {
      switch self {
      case .inference(let executor): executor.profile
      case .training(let step, _): step.profile
      }
    }

    func resetProfile() {
      switch self {
      case .inference(let executor): executor.resetProfile()
      case .training(let step, _): step.resetProfile()
      }
    }
  }
}

extension Benchmark.Mode {
  /// What learns; `nil` for nothing.
  fileprivate var scope: Phase.Scope? {
    switch self {
    case .infer: nil
    case .head: .head
    case .last: .lastStages(1)
    case .full: .all
    }
  }
}
