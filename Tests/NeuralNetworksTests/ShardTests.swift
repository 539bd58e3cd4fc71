import NeuralNetworks
import Synchronization
import TensorKernels
import TestSupport
import Testing

@Suite("A batch in shards")
struct ShardTests {
  /// Gradients as they were announced, and the sum of the losses' shares.
  private func gradients(
    _ small: SmallNetwork, _ backend: BackendChoice, shards: [Range<Int>], workers: Int,
    batchNorm: BatchNormMode = .frozen
  ) throws -> (loss: Double, sums: [String: [Float]], announced: [Int]) {
    let setting = try ExecutorTests.Setting(small, count: shards.last?.upperBound ?? 0)
    let size = setting.network.inputShape.count
    var loss = 0.0
    var sums: [String: [Float]] = [:]
    var announced: [Int] = []
    for shard in shards {
      let executor = try makeExecutor(
        setting.network, setting.weights,
        ExecutionOptions(
          batchSize: max(1, shards.map(\.count).max() ?? 0), trainable: setting.allNodes,
          batchNorm: batchNorm, seed: 5),
        backend: backend, pool: WorkerPool(count: workers))
      let names = executor.trainedParameters.map(\.name)
      let found = Mutex<[(index: Int, values: [Float])]>([])
      loss += try executor.computeGradients(
        Array(setting.images[(shard.lowerBound * size)..<(shard.upperBound * size)]),
        count: shard.count, loss: CrossEntropy(labels: Array(setting.labels[shard])), step: 7,
        outputs: nil,
        shard: BatchShard(total: setting.count, before: shard.lowerBound) { index, gradient in
          found.withLock { $0.append((index, Array(gradient))) }
        })
      let entries = found.withLock { $0 }
      announced = entries.map(\.index)
      #expect(announced.sorted() == Array(names.indices))
      for entry in entries {
        let name = names[entry.index]
        sums[name] = sums[name].map { zip($0, entry.values).map { $0 + $1 } } ?? entry.values
      }
    }
    return (loss, sums, announced)
  }

  @Test("add up to the whole batch, of any sizes, also none", arguments: ExecutorTests.cases)
  func addUp(small: SmallNetwork, backend: BackendChoice) throws {
    let setting = try ExecutorTests.Setting(small, count: 5)
    let executor = try makeExecutor(
      setting.network, setting.weights,
      ExecutionOptions(batchSize: 5, trainable: setting.allNodes, seed: 5), backend: backend,
      pool: WorkerPool(count: 2))
    let loss = try executor.computeGradients(
      setting.images, count: 5, loss: CrossEntropy(labels: setting.labels), step: 7, outputs: nil)
    let whole = GradientBox()
    executor.forEachGradient { _, parameter, gradient in
      whole.keep(parameter.name, Array(gradient))
    }
    for (shards, workers) in [([0..<3, 3..<5], 1), ([0..<1, 1..<1, 1..<5], 2)] {
      let found = try gradients(small, backend, shards: shards, workers: workers)
      #expect(abs(found.loss - loss) < 1e-6 * max(1, abs(loss)))
      for parameter in executor.trainedParameters {
        let expected = try #require(whole[parameter.name])
        expectClose(
          found.sums[parameter.name] ?? [], expected.map(Double.init), relative: 1e-5,
          absolute: 1e-6, "\(parameter.name)")
      }
    }
  }

  @Test("one shard has the bytes of the whole batch", arguments: ExecutorTests.cases)
  func sameBytes(small: SmallNetwork, backend: BackendChoice) throws {
    for batchNorm in BatchNormMode.allCases {
      let setting = try ExecutorTests.Setting(small, count: 5)
      let executor = try makeExecutor(
        setting.network, setting.weights,
        ExecutionOptions(
          batchSize: 5, trainable: setting.allNodes, batchNorm: batchNorm, seed: 5),
        backend: backend, pool: WorkerPool(count: 1))
      _ = try executor.computeGradients(
        setting.images, count: 5, loss: CrossEntropy(labels: setting.labels), step: 7, outputs: nil)
      let whole = GradientBox()
      executor.forEachGradient { _, parameter, gradient in
        whole.keep(parameter.name, Array(gradient))
      }
      let found = try gradients(small, backend, shards: [0..<5], workers: 1, batchNorm: batchNorm)
      for parameter in executor.trainedParameters {
        #expect(found.sums[parameter.name] == whole[parameter.name], "\(parameter.name)")
      }
    }
  }

  @Test("a gradient is announced before those of earlier layers are computed")
  func order() throws {
    let found = try gradients(.residual, .oneDNN, shards: [0..<4], workers: 1)
    let last = try #require(found.announced.max())
    #expect(found.announced.first.map { $0 >= last - 1 } == true)
    #expect(found.announced.last.map { $0 < last / 2 } == true)
  }
}
