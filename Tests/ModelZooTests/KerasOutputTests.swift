import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// Outputs of real Keras for two examples: every 111th logit and 333rd pooled feature, or all of a few,
/// and the largest magnitudes.
struct Output: Sendable, CustomTestStringConvertible {
  let name: String
  let alpha: Double?
  let imageSize: Int
  let logits: [[Float]]
  let largestLogit: Float
  let features: [[Float]]
  let largestFeature: Float

  init(
    _ name: String, _ alpha: Double?, _ imageSize: Int, logits: [[Float]], upTo largestLogit: Float,
    features: [[Float]], upTo largestFeature: Float
  ) {
    self.name = name
    self.alpha = alpha
    self.imageSize = imageSize
    self.logits = logits
    self.largestLogit = largestLogit
    self.features = features
    self.largestFeature = largestFeature
  }

  var testDescription: String {
    "\(name)\(alpha.map { " α \($0)" } ?? "") \(imageSize)"
  }
}

@Suite("Outputs of the zoo")
struct KerasOutputTests {
  @Test(
    "with the same hashed weights, logits and features are Keras's",
    .tags(.slow), .unlessQuick,
    arguments: KerasGoldens.outputs)
  func outputs(_ golden: Output) throws { try compare(golden, .oneDNN) }

  @Test(
    "… with the other backend too",
    arguments: KerasGoldens.outputs.filter {
      [
        "lenet5", "networkinnetwork", "resnet18", "mobilenetv2", "mobilenetv3small", "googlenet",
        "efficientnetb0", "sequence1d",
      ].contains($0.name)
    })
  func otherBackend(_ golden: Output) throws { try compare(golden, .openBLAS) }

  @Test("the official EfficientNet's deviations under the name of variances give Keras's features")
  func deviations() throws {
    let network = try Model.named("efficientnetb0", imageSize: 64, top: .features).network
    var tensors = HashedWeights.tensors(of: network)
    tensors["normalization/variance"] = Tensor([3], [0.229, 0.224, 0.225])
    let found = try run(network, tensors, .oneDNN, [network.output], count: 2)
    expect(
      found[0], KerasGoldens.officialEfficientNet, KerasGoldens.officialEfficientNetLargest,
      step: 333)
  }

  private func compare(_ golden: Output, _ backend: BackendChoice) throws {
    let network = try Model.named(
      golden.name, alpha: golden.alpha, imageSize: ImageSize(side: golden.imageSize), top: .logits
    ).network
    // What the classifier reads; a feature map is averaged.
    let head = try #require(network.stages.last).nodes.lowerBound
    let features = try #require(network.nodes[head].inputs.first)
    let found = try run(
      network, HashedWeights.tensors(of: network), backend, [network.output, features],
      count: golden.logits.count)
    expect(found[0], golden.logits, golden.largestLogit, step: 111)
    let channels = network[features].shape.channels
    let pooled = found[1].map { row in
      let positions = row.count / channels
      return (0..<channels).map { channel in
        (0..<positions).reduce(Float(0)) { $0 + row[$1 * channels + channel] } / Float(positions)
      }
    }
    expect(pooled, golden.features, golden.largestFeature, step: 333)
  }

  /// Of each output, row after row for the hashed examples.
  private func run(
    _ network: Network, _ tensors: [String: Tensor], _ backend: BackendChoice,
    _ outputs: [Network.NodeID], count: Int
  ) throws -> [[[Float]]] {
    let weights = try NetworkWeights(network, tensors)
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: count, outputs: outputs), backend: backend,
      pool: WorkerPool(count: 1))
    let input = HashedWeights.examples(count, for: network)
    var result = [Float](repeating: .nan, count: count * executor.outputCount)
    try input.withUnsafeBufferPointer { input in
      try result.withUnsafeMutableBufferPointer { result in
        if let from = input.baseAddress, let to = result.baseAddress {
          try executor.infer(from, count: count, into: to)
        }
      }
    }
    var start = 0
    return outputs.map { output in
      let length = network[output].shape.count
      defer { start += length }
      return (0..<count).map {
        Array(result[($0 * executor.outputCount + start)...].prefix(length))
      }
    }
  }

  /// Compares what Keras's golden holds, and the largest of all.
  private func expect(
    _ rows: [[Float]], _ golden: [[Float]], _ largest: Float, step: Int,
    at location: SourceLocation = #_sourceLocation
  ) {
    for (row, expected) in zip(rows, golden) {
      let sampled = stride(from: 0, to: row.count, by: row.count > 20 ? step : 1).map { row[$0] }
      #expect(sampled.count == expected.count, sourceLocation: location)
      let worst = zip(sampled, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-4 * largest, sourceLocation: location)
    }
    let isFinite = rows.joined().allSatisfy(\.isFinite)
    #expect(isFinite, sourceLocation: location)
    let found = rows.joined().reduce(0) { max($0, abs($1)) }
    #expect(abs(found - largest) <= 1e-4 * largest, sourceLocation: location)
  }
}
