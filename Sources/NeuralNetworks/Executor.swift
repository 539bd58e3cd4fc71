import TensorKernels

/// How norms behave in the part of a network that trains.
public enum BatchNormMode: String, Codable, Hashable, Sendable, CaseIterable {
  /// Stored statistics, never changed: the default for fine-tuning.
  case frozen
  /// Statistics of the batch, which also move the stored ones: for training from scratch.
  case train
}

/// How a network is compiled.
public struct ExecutionOptions: Sendable {
  /// The most examples of one training step.
  public var batchSize: Int
  /// Names of the nodes whose parameters learn; empty for inference.
  public var trainable: Set<String>
  public var batchNorm: BatchNormMode
  /// The nodes whose values are returned, one after the other; `nil` for the network's output. The
  /// loss reads the first.
  public var outputs: [Network.NodeID]?
  /// For dropout.
  public var seed: UInt64
  /// Whether the gradient of the input is computed too.
  public var wantsInputGradient: Bool
  /// What values between layers are stored in; inputs, outputs and gradients of weights are Float32.
  public var precision: Precision
  /// Whether each kernel is timed, for `Executor.profile`; it costs a microsecond a call.
  public var isProfiled = false

  public init(
    batchSize: Int, trainable: Set<String> = [], batchNorm: BatchNormMode = .frozen,
    outputs: [Network.NodeID]? = nil, seed: UInt64 = 0, wantsInputGradient: Bool = false,
    precision: Precision = .float32
  ) {
    self.batchSize = batchSize
    self.trainable = trainable
    self.batchNorm = batchNorm
    self.outputs = outputs
    self.seed = seed
    self.wantsInputGradient = wantsInputGradient
    self.precision = precision
  }
}

/// What a network is trained to make small.
public protocol Loss: Sendable {
  /// Writes the gradient with respect to one example's output and returns its loss.
  ///
  /// Called on worker threads, for several examples at once.
  /// - Parameter example: the position in the batch, `0..<count`.
  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double
}

/// What an executor knows of a batch that several processes share.
public struct BatchShard: Sendable {
  /// The examples of the whole batch, at least 1: what the loss and its gradients are divided by.
  public var total: Int
  /// Examples that other processes have before the first of this one, for randomness.
  public var before: Int
  /// Called as soon as a parameter's gradient is ready, while those of earlier layers are still being
  /// computed: on workers, once for each trained parameter, in no particular order.
  ///
  /// `index` counts as in `update`; the gradient may be read and changed from then on.
  public var completed:
    @Sendable (_ index: Int, _ gradient: UnsafeMutableBufferPointer<Float>) -> Void

  public init(
    total: Int, before: Int,
    completed:
      @escaping @Sendable (_ index: Int, _ gradient: UnsafeMutableBufferPointer<Float>) -> Void
  ) {
    precondition(total > 0 && before >= 0, "a shard of \(total) examples behind \(before)")
    self.total = total
    self.before = before
    self.completed = completed
  }
}

/// A network compiled for one backend, with its lanes.
///
/// All calls come from one thread, the driver; the work is done by the pool's workers. The results do
/// not depend on how many of these there are.
public protocol Executor: AnyObject {
  /// Floats that one example takes in.
  var inputCount: Int { get }
  /// Floats that one example gives out: all outputs one after the other.
  var outputCount: Int { get }
  /// What `update` will pass on: learned parameters of trainable nodes, in the network's order.
  var trainedParameters: [Parameter] { get }
  /// Bytes allocated for packed weights, gradients, activations and scratchpads.
  var memoryByteCount: Int { get }

  /// What each kernel has cost since the last `resetProfile`, in the order in which they run; empty unless
  /// the options asked for it.
  var profile: [KernelProfile] { get }
  func resetProfile()

  /// Runs forward.
  /// - Parameters:
  ///   - inputs: `[count, height, width, channels]`; any count.
  ///   - outputs: receives `[count, outputCount]`.
  func infer(
    _ inputs: UnsafePointer<Float>, count: Int, into outputs: UnsafeMutablePointer<Float>) throws

  /// Computes the gradients of the mean loss.
  /// - Parameters:
  ///   - inputs: `[count, height, width, channels]`, at most `batchSize`.
  ///   - step: the number of the training step, for dropout.
  ///   - outputs: receives `[count, outputCount]`.
  ///   - shard: what these examples are a part of; `nil` when they are the whole batch. Only a shard
  ///     may be empty.
  /// - Returns: the mean loss; of a shard its share, which is the sum over its examples divided by the
  ///   size of the whole batch.
  func computeGradients(
    _ inputs: UnsafePointer<Float>, count: Int, loss: some Loss, step: Int,
    outputs: UnsafeMutablePointer<Float>?, shard: BatchShard?
  ) throws -> Double

  /// Calls `body` once for each trained parameter, spread over the workers, after `computeGradients`.
  /// - Parameter body: may read or change the gradient, in Keras's layout.
  func forEachGradient(
    _ body:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void)

  /// Calls `rule` once for each trained parameter, spread over the workers, after `computeGradients`.
  /// - Parameter rule: changes `values` by `gradient`, both in Keras's layout.
  func update(
    _ rule:
      @Sendable (
        _ index: Int, _ parameter: Parameter, _ values: UnsafeMutableBufferPointer<Float>,
        _ gradient: UnsafeMutableBufferPointer<Float>
      ) -> Void)

  /// The gradient of a mean loss with respect to the inputs, `[count, …]`, when it was asked for;
  /// valid until the next call.
  func inputGradient(count: Int) -> [Float]
}

extension Executor {
  /// Computes the gradients of the mean loss over a whole batch.
  public func computeGradients(
    _ inputs: UnsafePointer<Float>, count: Int, loss: some Loss, step: Int,
    outputs: UnsafeMutablePointer<Float>?
  ) throws -> Double {
    try computeGradients(
      inputs, count: count, loss: loss, step: step, outputs: outputs, shard: nil)
  }
}

/// Compiles a network.
/// - Throws: `BackendError` when the backend cannot do something or there is no memory.
public func makeExecutor(
  _ network: Network, _ weights: NetworkWeights, _ options: ExecutionOptions,
  backend: BackendChoice, pool: WorkerPool
) throws -> any Executor {
  try NetworkExecutor(network, weights, options, backend: backend.backend, pool: pool)
}

/// Compiles a network with some of the passes only: what the tests compare with.
package func makeExecutor(
  _ network: Network, _ weights: NetworkWeights, _ options: ExecutionOptions,
  backend: BackendChoice, pool: WorkerPool, passes: [Pass]
) throws -> any Executor {
  try NetworkExecutor(
    network, weights, options, backend: backend.backend, pool: pool, passes: passes)
}

/// Compiles a network for a backend that is set up otherwise than by default, for the tests too.
package func makeExecutor(
  _ network: Network, _ weights: NetworkWeights, _ options: ExecutionOptions,
  on backend: any Backend, pool: WorkerPool
) throws -> any Executor {
  try NetworkExecutor(network, weights, options, backend: backend, pool: pool)
}
