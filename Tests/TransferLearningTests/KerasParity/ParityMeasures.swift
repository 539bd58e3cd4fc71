import Foundation
import NeuralNetworks
import TensorKernels

/// The mean cross-entropy of softmax over the logits.
struct CrossEntropy: Loss {
  var labels: [Int]

  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let largest = Double(output.max() ?? 0)
    let exponentials = output.map { exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    for index in output.indices {
      let truth = index == labels[example] ? 1.0 : 0
      gradient[index] = Float(exponentials[index] / sum - truth)
    }
    return log(sum) + largest - Double(output[labels[example]])
  }
}

/// The largest difference as a share of the largest magnitude of the reference.
func largestError(_ ours: some Collection<Float>, _ reference: [Float]) -> Double {
  guard ours.count == reference.count, !ours.contains(where: \.isNaN) else { return .infinity }
  let scale = reference.reduce(0) { max($0, abs($1)) }
  return Double(zip(ours, reference).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale)
}

/// ‖ours − reference‖₂ / ‖reference‖₂
func distance(_ ours: some Collection<Float>, _ reference: [Float]) -> Double {
  guard ours.count == reference.count, !ours.contains(where: \.isNaN) else { return .infinity }
  let difference = zip(ours, reference).reduce(0) { sum, pair in
    let difference = Double(pair.0) - Double(pair.1)
    return sum + difference * difference
  }
  return (difference / reference.reduce(0) { $0 + Double($1) * Double($1) }).squareRoot()
}

/// What a network answers to a batch.
func outputs(
  of network: Network, _ weights: NetworkWeights, _ input: [Float], _ count: Int,
  _ backend: BackendChoice
) throws -> [Float] {
  let executor = try makeExecutor(
    network, weights, ExecutionOptions(batchSize: count), backend: backend,
    pool: ParityManifest.pool)
  var result = [Float](repeating: .nan, count: count * executor.outputCount)
  try result.withUnsafeMutableBufferPointer { result in
    try input.withUnsafeBufferPointer { input in
      if let from = input.baseAddress, let to = result.baseAddress {
        try executor.infer(from, count: count, into: to)
      }
    }
  }
  return result
}

/// The loss of a batch and its gradients by parameter.
func gradients(
  of network: Network, _ weights: NetworkWeights, trainable: Set<String>, _ input: [Float],
  labels: [Int], norm: BatchNormMode = .frozen, _ backend: BackendChoice
) throws -> (loss: Double, gradients: [String: [Float]]) {
  let executor = try makeExecutor(
    network, weights,
    ExecutionOptions(batchSize: labels.count, trainable: trainable, batchNorm: norm),
    backend: backend, pool: ParityManifest.pool)
  let loss = CrossEntropy(labels: labels)
  let value = try input.withUnsafeBufferPointer { input in
    try input.baseAddress.map {
      try executor.computeGradients($0, count: labels.count, loss: loss, step: 0, outputs: nil)
    } ?? .nan
  }
  let sink = GradientSink()
  executor.forEachGradient { _, parameter, gradient in sink.store(parameter.name, Array(gradient)) }
  return (value, sink.gradients)
}

/// Collects what the workers hand out, each parameter once.
private final class GradientSink: @unchecked Sendable {
  private let lock = NSLock()
  private(set) var gradients: [String: [Float]] = [:]

  func store(_ name: String, _ gradient: [Float]) { lock.withLock { gradients[name] = gradient } }
}
