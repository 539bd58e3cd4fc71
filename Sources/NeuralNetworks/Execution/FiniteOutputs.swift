import TensorKernels

/// A node gives values that are not finite although weights and inputs are.
public struct OverflowError: Error, Hashable, CustomStringConvertible {
  /// The first such node, in the network's order.
  public let node: String
  /// Which of its weights is to blame, and why; `nil` where only the values tell.
  public let cause: String?

  init(node: String, cause: String? = nil) {
    self.node = node
    self.cause = cause
  }

  /// What is wrong, and what to do about it.
  public var description: String {
    "the values of the node '\(node)' are not finite though all weights are: "
      + (cause ?? "the weights are too large for this network, damaged or made to do harm")
      + "; take another weight file"
  }
}

/// Looks whether what a network gives can be computed with.
package struct FiniteOutputs {
  private let network: Network
  private let weights: NetworkWeights
  private let backend: BackendChoice
  private let precision: Precision
  private let pool: WorkerPool

  package init(
    of network: Network, _ weights: NetworkWeights, backend: BackendChoice, precision: Precision,
    pool: WorkerPool
  ) {
    self.network = network
    self.weights = weights
    self.backend = backend
    self.precision = precision
    self.pool = pool
  }

  /// Checks the values of some examples.
  /// - Parameters:
  ///   - outputs: of `count` examples, one after the other.
  ///   - inputs: of the same, `[count, …]`.
  /// - Throws: `OverflowError`, naming the node where it begins; `BackendError`.
  package func check(
    _ outputs: UnsafePointer<Float>, of inputs: UnsafePointer<Float>, count: Int
  ) throws {
    let length = network.outputShape.count
    for example in 0..<count {
      let values = UnsafeBufferPointer(start: outputs + example * length, count: length)
      guard !values.allSatisfy(\.isFinite) else { continue }
      throw OverflowError(node: try firstNode(for: inputs + example * network.inputShape.count))
    }
  }

  /// The first node whose values for an input are not finite; the last one where fewer passes make all
  /// others finite.
  private func firstNode(for input: UnsafePointer<Float>) throws -> String {
    let nodes = network.nodes.indices.map { Network.NodeID(index: $0) }
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: 1, outputs: nodes, precision: precision),
      backend: backend, pool: pool)
    let values = UnsafeMutablePointer<Float>.allocate(capacity: executor.outputCount)
    defer { values.deallocate() }
    try executor.infer(input, count: 1, into: values)
    var start = 0
    for node in network.nodes {
      let part = UnsafeBufferPointer(start: values + start, count: node.shape.count)
      guard part.allSatisfy(\.isFinite) else { return node.name }
      start += node.shape.count
    }
    return network[network.output].name
  }
}
