import Synchronization
import TensorKernels

/// A network opened at one of its nodes: what the node gives for an input, and how a score of the outputs depends
/// on each of these values.
///
/// Behind the node lies a bias of zeros for each of its values, and the gradient of that bias is the gradient of the
/// values: so any node can be looked at, also one within a block, and by the executor that trains.
///
/// Not `Sendable`: one thread at a time.
package final class NodeProbe {
  /// What a look at one input has found.
  package struct Observation {
    /// The network's output.
    package let outputs: [Float]
    /// What the node gives, in its shape.
    package let values: [Float]
    /// The derivative of the score by each of `values`.
    package let gradient: [Float]
  }

  /// The node that is looked at.
  package let node: Network.Node
  private let executor: any Executor
  private let outputCount: Int

  /// - Parameters:
  ///   - network: ends in what scores are made of; behind the node it has no softmax, whose gradient belongs to a
  ///     loss.
  ///   - tensors: by parameter name.
  ///   - id: a node before the last one.
  ///   - backend: the library that computes.
  ///   - pool: whose workers compute.
  /// - Throws: `NetworkError` for a softmax behind the node; `BackendError`.
  package init(
    _ network: Network, _ tensors: [String: Tensor], at id: Network.NodeID,
    backend: BackendChoice, pool: WorkerPool
  ) throws {
    precondition(id < network.output, "a probe lies before the end of its network")
    if let softmax = network.nodes[(id.index + 1)...].first(where: { $0.activation == .softmax }) {
      throw NetworkError(
        node: softmax.name, message: "is a softmax within the network, which gives no gradient")
    }
    node = network[id]
    var name = "\(node.name)_probe"
    while network.node(named: name) != nil { name += "_" }
    let probed = try network.inserting(PositionBias(), named: name, behind: id)
    var tensors = tensors
    for parameter in probed.parameters where parameter.node == name {
      tensors[parameter.name] = Tensor(repeating: 0, parameter.shape)
    }
    let probe = Network.NodeID(index: id.index + 1)
    executor = try makeExecutor(
      probed, NetworkWeights(probed, tensors),
      ExecutionOptions(batchSize: 1, trainable: [name], outputs: [probed.output, probe]),
      backend: backend, pool: pool)
    outputCount = network.outputShape.count
  }

  /// Runs one input forward, and a score of the outputs back to the node.
  /// - Parameters:
  ///   - input: one example, in the network's input shape.
  ///   - weights: from the outputs the derivative of the score by each of them.
  /// - Throws: `BackendError`.
  package func observe(
    _ input: [Float], score weights: @escaping @Sendable (UnsafeBufferPointer<Float>) -> [Float]
  ) throws -> Observation {
    precondition(input.count == executor.inputCount, "one example in the network's input shape")
    var all = [Float](repeating: 0, count: executor.outputCount)
    _ = try executor.computeGradients(
      input, count: 1, loss: OutputScore(weights: weights), step: 0, outputs: &all)
    let gradient = Mutex<[Float]>([])
    executor.forEachGradient { _, _, values in gradient.withLock { $0 = Array(values) } }
    return Observation(
      outputs: Array(all[..<outputCount]), values: Array(all[outputCount...]),
      gradient: gradient.withLock(\.self))
  }
}

/// A score that is linear in the outputs, as far as its gradient is asked for.
package struct OutputScore: Loss {
  /// From the outputs the derivative of the score by each of them.
  let weights: @Sendable (UnsafeBufferPointer<Float>) -> [Float]

  package init(weights: @escaping @Sendable (UnsafeBufferPointer<Float>) -> [Float]) {
    self.weights = weights
  }

  package func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let weights = weights(output)
    precondition(weights.count == output.count, "a weight for each output")
    var score = 0.0
    for index in output.indices {
      gradient[index] = weights[index]
      score += Double(weights[index] * output[index])
    }
    return score
  }
}
