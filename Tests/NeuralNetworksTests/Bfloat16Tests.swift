import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

@Suite("In bfloat16 a network computes the same, to its 8 bits")
struct Bfloat16Tests {
  /// ‖a − b‖ / ‖b‖.
  static func distance(_ found: [Float], _ expected: [Float]) -> Double {
    var difference = 0.0
    var size = 0.0
    for (a, b) in zip(found, expected) {
      difference += (Double(a) - Double(b)) * (Double(a) - Double(b))
      size += Double(b) * Double(b)
    }
    return difference == 0 ? 0 : (difference / max(size, 1e-300)).squareRoot()
  }

  @Test(
    "outputs, loss and the gradient of every parameter, with products of either precision",
    arguments: SmallNetwork.allCases, [true, false])
  func agrees(small: SmallNetwork, widens: Bool) throws {
    let setting = try ExecutorTests.Setting(small, count: 5)
    var results: [(outputs: [Float], loss: Double, gradients: [String: [Float]])] = []
    for precision in Precision.allCases {
      let executor = try makeExecutor(
        setting.network, setting.weights,
        ExecutionOptions(batchSize: 5, trainable: setting.allNodes, precision: precision),
        on: OneDNNBackend(widens: widens), pool: WorkerPool(count: 2))
      var outputs = [Float](repeating: .nan, count: 5 * executor.outputCount)
      let loss = try executor.computeGradients(
        setting.images, count: 5, loss: CrossEntropy(labels: setting.labels), step: 0,
        outputs: &outputs)
      let gradients = GradientBox()
      executor.forEachGradient { _, parameter, gradient in
        gradients.keep(parameter.name, Array(gradient))
      }
      var kept: [String: [Float]] = [:]
      for parameter in executor.trainedParameters {
        kept[parameter.name] = gradients[parameter.name]
      }
      results.append((outputs, loss, kept))
    }
    #expect(Self.distance(results[1].outputs, results[0].outputs) < 0.03)
    #expect(abs(results[1].loss - results[0].loss) < 0.03 * results[0].loss)
    #expect(results[1].gradients.keys == results[0].gradients.keys)
    // All gradients together; one by one those that are nearly nothing are mostly rounding.
    let names = results[0].gradients.keys.sorted()
    let (wide, half) = (
      names.flatMap { results[0].gradients[$0] ?? [] },
      names.flatMap { results[1].gradients[$0] ?? [] }
    )
    #expect(Self.distance(half, wide) < 0.06)
    if widens || Precision.bfloat16.isNative {
      #expect(results[1].outputs != results[0].outputs, "nothing was rounded")
    }
  }

  @Test("with the statistics of the batch, and into the input")
  func otherModes() throws {
    let setting = try ExecutorTests.Setting(.residual, count: 4)
    for norm in BatchNormMode.allCases {
      var gradients: [[Float]] = []
      for precision in Precision.allCases {
        var options = ExecutionOptions(
          batchSize: 4, trainable: setting.allNodes, batchNorm: norm, precision: precision)
        options.wantsInputGradient = norm == .frozen
        let executor = try makeExecutor(
          setting.network, try NetworkWeights(setting.network, setting.tensors), options,
          backend: .oneDNN, pool: WorkerPool(count: 2))
        _ = try executor.computeGradients(
          setting.images, count: 4, loss: CrossEntropy(labels: setting.labels), step: 0,
          outputs: nil)
        let found = GradientBox()
        executor.forEachGradient { _, parameter, gradient in
          found.keep(parameter.name, Array(gradient))
        }
        gradients.append(
          norm == .frozen
            ? executor.inputGradient(count: 4)
            : executor.trainedParameters.flatMap { found[$0.name] ?? [] })
      }
      // A rounded value near zero may fall on the other side of a ReLU, and its whole gradient with it.
      #expect(Self.distance(gradients[1], gradients[0]) < 0.25, "\(norm)")
    }
  }

  @Test(
    "any number of workers gives the same bytes", arguments: SmallNetwork.allCases, [true, false])
  func workers(small: SmallNetwork, widens: Bool) throws {
    let setting = try ExecutorTests.Setting(small, count: 7)
    var results: [[Float]] = []
    for workers in 1...3 {
      let weights = try NetworkWeights(setting.network, setting.tensors)
      let executor = try makeExecutor(
        setting.network, weights,
        ExecutionOptions(batchSize: 8, trainable: setting.allNodes, precision: .bfloat16),
        on: OneDNNBackend(widens: widens), pool: WorkerPool(count: workers))
      for step in 0..<2 {
        _ = try executor.computeGradients(
          setting.images, count: 7, loss: CrossEntropy(labels: setting.labels), step: step,
          outputs: nil)
        executor.update { _, _, values, gradient in
          for index in values.indices { values[index] -= 0.05 * gradient[index] }
        }
      }
      var outputs = [Float](repeating: .nan, count: 7 * executor.outputCount)
      try executor.infer(setting.images, count: 7, into: &outputs)
      results.append(outputs)
    }
    #expect(results[0] == results[1] && results[1] == results[2])
  }

  @Test("activations take less memory", .enabled(if: Precision.bfloat16.isNative))
  func memory() throws {
    // Large pictures and few channels, so that what kernels need for themselves, which may be more, hardly counts.
    var network = Network(input: [128, 128, 16])
    var last = network.input
    for number in 1...3 {
      last = try network.add("c\(number)", Convolution2D(16, kernel: 3, padding: .same), to: last)
    }
    let weights = try NetworkWeights(network, network.randomTensors(seed: 3))
    let sizes = try Precision.allCases.map { precision in
      try makeExecutor(
        network, weights, ExecutionOptions(batchSize: 4, precision: precision),
        on: OneDNNBackend(widens: false), pool: WorkerPool(count: 1)
      ).memoryByteCount
    }
    #expect(sizes[1] < sizes[0])
  }

  @Test("convolutions run in bfloat16")
  func isUsed() throws {
    let network = try SmallNetwork.invertedResidual.make()
    let tensors = network.randomTensors(seed: 3)
    for precision in Precision.allCases {
      var options = ExecutionOptions(batchSize: 4, precision: precision)
      options.isProfiled = true
      let executor = try makeExecutor(
        network, NetworkWeights(network, tensors), options, on: OneDNNBackend(widens: false),
        pool: WorkerPool(count: 1))
      let images = [Float](repeating: 0.5, count: 4 * network.inputShape.count)
      var outputs = [Float](repeating: 0, count: 4 * executor.outputCount)
      try executor.infer(images, count: 4, into: &outputs)
      let convolutions = executor.profile.filter {
        $0.operation.contains("convolution") || $0.operation.contains("depthwise")
      }
      #expect(!convolutions.isEmpty)
      // What only runs forward takes the images one by one.
      #expect(convolutions.allSatisfy { $0.calls == 4 && $0.seconds > 0 && $0.operations > 0 })
      if precision == .bfloat16, Precision.bfloat16.isNative {
        #expect(convolutions.contains { $0.precision == .bfloat16 })
      }
      executor.resetProfile()
      #expect(executor.profile.isEmpty)
    }
  }

  @Test(
    "executors that are made on several threads at once compute the same", arguments: [true, false])
  func madeAtOnce(widens: Bool) async throws {
    let setting = try ExecutorTests.Setting(.residual, count: 4)
    let tensors = setting.tensors
    let (network, images) = (setting.network, setting.images)
    @Sendable func outputs() throws -> [Float] {
      let executor = try makeExecutor(
        network, NetworkWeights(network, tensors),
        ExecutionOptions(batchSize: 4, precision: .bfloat16),
        on: OneDNNBackend(widens: widens), pool: WorkerPool(count: 1))
      var outputs = [Float](repeating: .nan, count: 4 * executor.outputCount)
      try executor.infer(images, count: 4, into: &outputs)
      return outputs
    }
    let expected = try outputs()
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for _ in 0..<32 { group.addTask { try outputs() } }
      for try await found in group { #expect(found == expected) }
    }
  }

  @Test("a 1×1 convolution that is cut into pieces of its pixels, and its gradients")
  func pieces() throws {
    var network = Network(input: [48, 48, 32])
    let wide = try network.add(
      "wide", Convolution2D(96, kernel: 1, activation: .relu), to: network.input)
    let narrow = try network.add("narrow", Convolution2D(32, kernel: 1), to: wide)
    let sum = try network.add("add", Add(), to: narrow, network.input)
    try network.add("pool", GlobalAveragePooling2D(), to: sum)
    try Self.compareWidened(network, trainable: ["wide", "narrow"])
  }

  @Test("convolutions that are cut into their images, and their gradients")
  func imagePieces() throws {
    var network = Network(input: [32, 32, 3])
    let first = try network.add(
      "first", Convolution2D(16, kernel: 7, stride: 2, activation: .relu), to: network.input)
    let second = try network.add("second", Convolution2D(16, kernel: 3, stride: 2), to: first)
    try network.add("pool", GlobalAveragePooling2D(), to: second)
    try Self.compareWidened(network, trainable: ["first", "second"])
  }

  /// Outputs and gradients of a batch of two with convolutions of widened images, beside those in Float32.
  private static func compareWidened(_ network: Network, trainable: Set<String>) throws {
    let tensors = network.randomTensors(seed: 5)
    let images = (0..<2 * network.inputShape.count).map { sin(Float($0 % 977)) }
    var results: [[Float]] = []
    for precision in Precision.allCases {
      let executor = try makeExecutor(
        network, NetworkWeights(network, tensors),
        ExecutionOptions(batchSize: 2, trainable: trainable, precision: precision),
        on: OneDNNBackend(widens: true), pool: WorkerPool(count: 2))
      var outputs = [Float](repeating: .nan, count: 2 * executor.outputCount)
      _ = try executor.computeGradients(
        images, count: 2, loss: CrossEntropy(labels: [3, 7]), step: 0, outputs: &outputs)
      let found = GradientBox()
      executor.forEachGradient { _, parameter, gradient in
        found.keep(parameter.name, Array(gradient))
      }
      results.append(outputs + executor.trainedParameters.flatMap { found[$0.name] ?? [] })
    }
    #expect(results[0].count == results[1].count)
    #expect(distance(results[1], results[0]) < 0.03)
  }

  @Test("OpenBLAS refuses it")
  func refused() throws {
    let network = try SmallNetwork.plain.make()
    #expect(throws: BackendError.self) {
      try makeExecutor(
        network, NetworkWeights(network, network.randomTensors(seed: 1)),
        ExecutionOptions(batchSize: 1, precision: .bfloat16), backend: .openBLAS,
        pool: WorkerPool(count: 1))
    }
  }
}
