import TensorKernels

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
  /// Forgets what kernels have cost so far, for example while the machine warms up.
  func resetProfile()

  /// Runs forward.
  /// - Parameters:
  ///   - inputs: `[count, height, width, channels]`.
  ///   - count: the number of examples; it may exceed the options' `batchSize`, and with 0 nothing
  ///     is done.
  ///   - outputs: receives `[count, outputCount]`.
  func infer(
    _ inputs: UnsafePointer<Float>, count: Int, into outputs: UnsafeMutablePointer<Float>) throws

  /// Computes the gradients of the mean loss.
  /// - Parameters:
  ///   - inputs: `[count, height, width, channels]`.
  ///   - count: the number of examples, at most the options' `batchSize`; at least 1 unless there
  ///     is a `shard`.
  ///   - loss: gives each example's loss and gradient; called on workers, for several examples at
  ///     once.
  ///   - step: the number of the training step, for dropout.
  ///   - outputs: receives `[count, outputCount]`; `nil` when they are not wanted.
  ///   - shard: what these examples are a part of; `nil` when they are the whole batch. Only a
  ///     shard may be empty.
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
