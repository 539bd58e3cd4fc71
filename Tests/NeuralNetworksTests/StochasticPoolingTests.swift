import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("Stochastic pooling")
struct StochasticPoolingTests {
  static let layer = StochasticPooling2D(3, stride: 2)

  @Test(
    "weights by probability where it does not train, forward and backward",
    arguments: BackendChoice.allCases)
  func expectation(backend: BackendChoice) throws {
    let network = try Network([7, 6, 70], Self.layer)
    var random = SeededValues(seed: 1)
    let images = random.values(2 * network.inputShape.count, -0.5...2)
    let batch = (0..<2).map {
      images[($0 * network.inputShape.count)..<(($0 + 1) * network.inputShape.count)].map(
        Double.init)
    }
    let naive = NaiveNetwork(network, [:])
    expectClose(
      try network.infer(images, backend: backend), naive.output(batch).flatMap(\.self),
      relative: 1e-5)
    let executor = try makeExecutor(
      network, NetworkWeights(network, [:]),
      ExecutionOptions(batchSize: 2, wantsInputGradient: true), backend: backend,
      pool: WorkerPool(count: 2))
    _ = try executor.computeGradients(
      images, count: 2, loss: LinearLoss(), step: 0, outputs: nil)
    let gradient = executor.inputGradient(count: 2)
    let positions = stride(from: 0, to: gradient.count, by: 97)
    let expected = positions.map { position in
      let losses = [1e-5, -1e-5].map { step in
        var moved = batch
        moved[position / network.inputShape.count][position % network.inputShape.count] += step
        return naive.output(moved).enumerated().map { example, output in
          output.indices.reduce(0) {
            $0 + Double(LinearLoss.coefficient(example, $1)) * output[$1]
          }
        }.reduce(0, +) / 2
      }
      return (losses[0] - losses[1]) / 2e-5
    }
    expectClose(positions.map { gradient[$0] }, expected, relative: 1e-4, absolute: 1e-5)
  }

  @Test("chooses each value of a window with a probability proportional to it")
  func frequencies() throws {
    let network = try Network([2, 3, 1], StochasticPooling2D(2, stride: 1))
    let image: [Float] = [1, 2, -5, 3, 4, 0]
    let executor = try makeExecutor(
      network, NetworkWeights(network, [:]),
      ExecutionOptions(batchSize: 100, trainable: ["layer"], seed: 9), backend: .openBLAS,
      pool: WorkerPool(count: 2))
    let images = [Float]((0..<100).flatMap { _ in image })
    var counts: [Float: Double] = [:]
    var second: [Float: Double] = [:]
    for step in 0..<100 {
      var outputs = [Float](repeating: 0, count: 200)
      _ = try executor.computeGradients(
        images, count: 100, loss: LinearLoss(), step: step, outputs: &outputs)
      for example in 0..<100 {
        counts[outputs[2 * example], default: 0] += 1
        second[outputs[2 * example + 1], default: 0] += 1
      }
    }
    // Of 10 000 draws; a deviation of 200 is more than four standard deviations.
    for (value, probability) in [Float(1): 0.1, 2: 0.2, 3: 0.3, 4: 0.4] {
      #expect(abs(counts[value, default: 0] - 10_000 * probability) < 200, "\(value)")
    }
    #expect(Set(second.keys) == [2, 4], "neither negative values nor zeros are chosen")
    #expect(abs(second[4, default: 0] - 6667) < 200)
  }

  @Test("sends the gradient where it chose, and does not depend on the number of workers")
  func gradient() throws {
    let network = try Network([6, 6, 5], Self.layer)
    var random = SeededValues(seed: 4)
    let images = random.values(5 * network.inputShape.count, -1...1)
    var results: [[Float]] = []
    for workers in 1...2 {
      let executor = try makeExecutor(
        network, NetworkWeights(network, [:]),
        ExecutionOptions(
          batchSize: 5, trainable: ["layer"], seed: 2, wantsInputGradient: true),
        backend: .oneDNN, pool: WorkerPool(count: workers))
      var outputs = [Float](repeating: 0, count: 5 * executor.outputCount)
      _ = try executor.computeGradients(
        images, count: 5, loss: LinearLoss(), step: 3, outputs: &outputs)
      results.append(outputs + executor.inputGradient(count: 5))
    }
    #expect(results[0] == results[1])
    // 2 × 2 windows of 3 × 3 at distance 2 share their edges: the sum over all positions stays.
    let outputCount = 5 * network.outputShape.count
    for example in 0..<5 {
      for c in 0..<5 {
        let size = network.outputShape.count
        let sent = stride(from: c, to: size, by: 5).reduce(0.0) {
          let isChosen = results[0][example * size + $1] > 0
          return $0 + (isChosen ? Double(LinearLoss.coefficient(example, $1)) / 5 : 0)
        }
        let inputs = network.inputShape.count
        let received = stride(from: c, to: inputs, by: 5).reduce(0.0) {
          $0 + Double(results[0][outputCount + example * inputs + $1])
        }
        #expect(abs(sent - received) < 1e-5)
      }
    }
  }
}
