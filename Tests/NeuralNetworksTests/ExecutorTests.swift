import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("The executor computes what the layers define")
struct ExecutorTests {
  static let cases = SmallNetwork.allCases.flatMap { network in
    BackendChoice.allCases.map { (network, $0) }
  }

  /// Everything a case needs.
  struct Setting {
    let network: Network
    let tensors: [String: Tensor]
    let weights: NetworkWeights
    let images: [Float]
    let labels: [Int]
    let count: Int

    init(_ small: SmallNetwork, count: Int) throws {
      network = try small.make()
      tensors = network.randomTensors(seed: 3)
      weights = try NetworkWeights(network, tensors)
      var random = SeededValues(seed: 11)
      images = random.values(count * network.inputShape.count, -1...1)
      let classes = network.outputShape.count
      labels = (0..<count).map { $0 % classes }
      self.count = count
    }

    var batch: NaiveNetwork.Batch {
      let size = network.inputShape.count
      return (0..<count).map { images[($0 * size)..<(($0 + 1) * size)].map(Double.init) }
    }

    var allNodes: Set<String> { Set(network.nodes.map(\.name)) }
  }

  @Test("forward, on an odd number of images", arguments: cases)
  func forward(small: SmallNetwork, backend: BackendChoice) throws {
    let setting = try Setting(small, count: 5)
    let executor = try makeExecutor(
      setting.network, setting.weights, ExecutionOptions(batchSize: 4), backend: backend,
      pool: WorkerPool(count: 2))
    var outputs = [Float](repeating: .nan, count: 5 * executor.outputCount)
    try executor.infer(setting.images, count: 5, into: &outputs)
    let expected = NaiveNetwork(setting.network, setting.tensors).output(setting.batch)
    expectClose(outputs, expected.flatMap(\.self), relative: 2e-5)
  }

  @Test(
    "every gradient equals the finite difference of the definition", .tags(.slow), .unlessQuick,
    arguments: cases)
  func gradients(small: SmallNetwork, backend: BackendChoice) throws {
    try compareGradients(small, backend, batchNorm: .frozen)
  }

  @Test("with the statistics of the batch too", .tags(.slow), .unlessQuick, arguments: cases)
  func batchStatistics(small: SmallNetwork, backend: BackendChoice) throws {
    try compareGradients(small, backend, batchNorm: .train)
  }

  private func compareGradients(
    _ small: SmallNetwork, _ backend: BackendChoice, batchNorm: BatchNormMode
  ) throws {
    let setting = try Setting(small, count: 3)
    let executor = try makeExecutor(
      setting.network, setting.weights,
      ExecutionOptions(batchSize: 3, trainable: setting.allNodes, batchNorm: batchNorm),
      backend: backend, pool: WorkerPool(count: 2))
    let loss = try executor.computeGradients(
      setting.images, count: 3, loss: CrossEntropy(labels: setting.labels), step: 0, outputs: nil)
    var naive = NaiveNetwork(setting.network, setting.tensors)
    if batchNorm == .train { naive.batchStatistics = setting.allNodes }
    let expectedLoss = Naive.crossEntropy(naive.output(setting.batch), labels: setting.labels)
    #expect(abs(loss - expectedLoss) < 1e-5)
    #expect(executor.trainedParameters == setting.network.parameters.filter(\.role.isLearned))
    let found = GradientBox()
    executor.update { _, parameter, _, gradient in found.keep(parameter.name, Array(gradient)) }
    for parameter in executor.trainedParameters {
      let gradient = try #require(found[parameter.name])
      let positions = stride(from: 0, to: gradient.count, by: max(1, gradient.count / 12))
      var expected: [Double] = []
      for position in positions {
        let step = 1e-5
        var values: [Double] = []
        for sign in [1.0, -1.0] {
          var moved = naive
          moved.weights[parameter.name]?[position] += sign * step
          values.append(
            Naive.crossEntropy(moved.output(setting.batch), labels: setting.labels))
        }
        expected.append((values[0] - values[1]) / (2 * step))
      }
      expectClose(
        positions.map { gradient[$0] }, expected, relative: 2e-3, absolute: 2e-6,
        "\(parameter.name)")
    }
  }

  @Test("the gradient of the input", arguments: BackendChoice.allCases)
  func inputGradient(backend: BackendChoice) throws {
    let setting = try Setting(.residual, count: 2)
    let executor = try makeExecutor(
      setting.network, setting.weights,
      ExecutionOptions(batchSize: 2, wantsInputGradient: true), backend: backend,
      pool: WorkerPool(count: 2))
    _ = try executor.computeGradients(
      setting.images, count: 2, loss: CrossEntropy(labels: setting.labels), step: 0, outputs: nil)
    let gradient = executor.inputGradient(count: 2)
    let naive = NaiveNetwork(setting.network, setting.tensors)
    let size = setting.network.inputShape.count
    let positions = stride(from: 0, to: gradient.count, by: 61)
    let expected = positions.map { position in
      let differences = [1e-5, -1e-5].map { step in
        var batch = setting.batch
        batch[position / size][position % size] += step
        return Naive.crossEntropy(naive.output(batch), labels: setting.labels)
      }
      return (differences[0] - differences[1]) / 2e-5
    }
    expectClose(positions.map { gradient[$0] }, expected, relative: 2e-3, absolute: 2e-6)
  }

  @Test("any number of workers gives the same bytes", arguments: cases)
  func workers(small: SmallNetwork, backend: BackendChoice) throws {
    let setting = try Setting(small, count: 7)
    var results: [[[Float]]] = []
    for workers in 1...3 {
      let weights = try NetworkWeights(setting.network, setting.tensors)
      let executor = try makeExecutor(
        setting.network, weights, ExecutionOptions(batchSize: 8, trainable: setting.allNodes),
        backend: backend, pool: WorkerPool(count: workers))
      for step in 0..<3 {
        _ = try executor.computeGradients(
          setting.images, count: 7, loss: CrossEntropy(labels: setting.labels), step: step,
          outputs: nil)
        executor.update { _, _, values, gradient in
          for index in values.indices { values[index] -= 0.05 * gradient[index] }
        }
      }
      var outputs = [Float](repeating: 0, count: 7 * executor.outputCount)
      try executor.infer(setting.images, count: 7, into: &outputs)
      results.append(
        weights.parameters.map { Array(weights.tensor(named: $0.name)?.values ?? []) } + [outputs])
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  @Test("training from a stage on leaves everything before it as it was", arguments: cases)
  func frozen(small: SmallNetwork, backend: BackendChoice) throws {
    let setting = try Setting(small, count: 4)
    let stages = setting.network.stages.suffix(2)
    let trainable = Set(stages.flatMap { $0.nodes.map { setting.network.nodes[$0].name } })
    let executor = try makeExecutor(
      setting.network, setting.weights,
      ExecutionOptions(batchSize: 4, trainable: trainable), backend: backend,
      pool: WorkerPool(count: 2))
    for step in 0..<2 {
      _ = try executor.computeGradients(
        setting.images, count: 4, loss: CrossEntropy(labels: setting.labels), step: step,
        outputs: nil)
      executor.update { _, _, values, gradient in
        for index in values.indices { values[index] -= 0.1 * gradient[index] }
      }
    }
    for parameter in setting.network.parameters {
      let learns = trainable.contains(parameter.node) && parameter.role.isLearned
      let now = try #require(setting.weights.tensor(named: parameter.name))
      #expect((now == setting.tensors[parameter.name]) == !learns, "\(parameter.name)")
    }
  }
}

/// Collects what workers hand over.
final class GradientBox: @unchecked Sendable {
  private let lock = NSLock()
  private var found: [String: [Float]] = [:]

  func keep(_ name: String, _ values: [Float]) { lock.withLock { found[name] = values } }
  subscript(name: String) -> [Float]? { lock.withLock { found[name] } }
}
