import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Outputs of the zoo")
struct KerasOutputTests {
  @Test(
    "with the same hashed weights, logits and features are Keras's",
    arguments: KerasGoldens.outputs, BackendChoice.allCases)
  func outputs(_ golden: KerasGoldens.Output, _ backend: BackendChoice) throws {
    let logits = try run(golden, .logits, backend)
    expect(logits, golden.logits, golden.largestLogit)
    let features = try run(golden, .features, backend)
    expect(features, golden.features, golden.largestFeature)
  }

  /// Row after row of outputs for the hashed images.
  private func run(_ golden: KerasGoldens.Output, _ top: Model.Top, _ backend: BackendChoice) throws
    -> [[Float]]
  {
    let network = try Model.named(
      golden.name, alpha: golden.alpha, imageSize: golden.imageSize, top: top
    ).network
    let count = golden.logits.count
    let weights = try NetworkWeights(network, HashedWeights.tensors(of: network))
    let executor = try makeExecutor(
      network, weights, ExecutionOptions(batchSize: count), backend: backend,
      pool: WorkerPool(count: 2))
    let input = HashedWeights.input(count: count, side: golden.imageSize)
    var result = [Float](repeating: .nan, count: count * executor.outputCount)
    try input.withUnsafeBufferPointer { input in
      try result.withUnsafeMutableBufferPointer { result in
        if let from = input.baseAddress, let to = result.baseAddress {
          try executor.infer(from, count: count, into: to)
        }
      }
    }
    return (0..<count).map {
      Array(result[$0 * executor.outputCount..<($0 + 1) * executor.outputCount])
    }
  }

  /// Compares every 111th number, and the largest of all.
  private func expect(
    _ rows: [[Float]], _ golden: [[Float]], _ largest: Float,
    at location: SourceLocation = #_sourceLocation
  ) {
    for (row, expected) in zip(rows, golden) {
      let sampled = stride(from: 0, to: row.count, by: 111).map { row[$0] }
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
