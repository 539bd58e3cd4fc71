import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

@Suite("A head with a hidden layer")
struct HeadLayersTests {
  private static let names = ["head_hidden/kernel", "head_hidden/bias", "head/kernel", "head/bias"]

  private func losses(_ events: [TrainingEvent]) -> [Double] {
    events.compactMap { if case .step(let step) = $0 { step.loss } else { nil } }
  }

  /// Photos of one colour: class 0 has both red and green or neither, class 1 has one of them. The
  /// features are the mean colours.
  private func exclusiveOr() throws -> TinyJob {
    var job = try TinyJob(perClass: [16, 16]) { label, number in
      let red = number % 2 == 0
      let green = red == (label == 0)
      let noise = number % 7 * 5
      let pixel = [red ? 190 : 30, green ? 190 : 30, 100].map { UInt8($0 + noise) }
      return Image(width: 16, height: 16, pixels: (0..<256).flatMap { _ in pixel })
    }
    var network = Network(input: [TinyJob.side, TinyJob.side, 3])
    try network.add("pool", GlobalAveragePooling2D(), to: network.output)
    job.base = Base(
      name: "colours", alpha: nil, network: network, tensors: [:],
      weights: .pretrained(sha256: "d16e57"),
      preprocessing: .signed)
    return job
  }

  @Test("learns what a solved head cannot", arguments: [0, 0.2])
  func exclusiveOr(dropout: Double) throws {
    let job = try exclusiveOr()
    let linear = try #require(job.train(.head).result.best.validation)
    #expect(linear.accuracy <= 0.75)
    let plan = job.plan(.head.withHead(HeadLayers(hidden: 16, dropout: dropout))) {
      $0.epochs = 60
      $0.learningRate = 0.02
    }
    let (result, events) = try job.train(plan)
    #expect(result.best.validation?.accuracy == 1)
    #expect(result.best.validation?.logLoss ?? 1 < 0.2)
    #expect(Set(result.tensors.keys) == Set(Self.names))
    #expect(abs(losses(events)[0] - log(2)) < 1e-6, "the logits begin at zero")
  }

  @Test("begins as Keras's layers do, by the seed, and logits at zero")
  func beginning() throws {
    var kernels: [Tensor] = []
    for seed: UInt64 in [1, 1, 2] {
      var job = try TinyJob()
      job.options.seed = seed
      let plan = job.plan(.head.withHead(HeadLayers(hidden: 10))) { $0.learningRate = 1e-30 }
      let tensors = try job.train(plan).result.tensors
      let kernel = try #require(tensors["head_hidden/kernel"])
      #expect(kernel.shape == [12, 10])
      // Glorot and Bengio's bound for 12 inputs and 10 outputs.
      let largest = kernel.values.map(abs).max() ?? 0
      #expect(largest < (6.0 / 22).squareRoot() && largest > 0.4)
      #expect(tensors["head_hidden/bias"]?.values.allSatisfy { abs($0) < 1e-20 } == true)
      #expect(tensors["head/kernel"]?.values.allSatisfy { abs($0) < 1e-20 } == true)
      kernels.append(kernel)
    }
    #expect(kernels[0] == kernels[1] && kernels[0] != kernels[2])
  }

  @Test("leaves the frozen base as it was, bit for bit, and learns with what is unfrozen later")
  func scopes() throws {
    let job = try TinyJob()
    let layers = HeadLayers(hidden: 8, dropout: 0.3)
    let head = try job.train(job.plan(.head.withHead(layers))).result
    #expect(head.tensors.differing(from: job.base.tensors) == Set(Self.names))
    var plan = job.plan(.lastStage.withHead(layers)) { $0.learningRate = 0.02 }
    plan.phases.removeFirst()
    let later = try job.train(plan).result.tensors.differing(from: job.base.tensors)
    #expect(later.isSuperset(of: Self.names + ["conv3/kernel"]))
    #expect(!later.contains("conv2/kernel"))
  }

  @Test("leaves hidden units out in training, other ones in each step, and not in validation")
  func dropout() throws {
    let job = try TinyJob()
    func train(_ dropout: Double) throws -> (losses: [Double], score: Score?) {
      let (result, events) = try job.train(
        job.plan(.head.withHead(HeadLayers(hidden: 8, dropout: dropout))))
      return (losses(events), result.best.validation)
    }
    let (plain, dropping) = (try train(0), try train(0.5))
    #expect(plain.losses[0] == dropping.losses[0], "logits of zero")
    #expect(zip(plain.losses, dropping.losses).dropFirst().allSatisfy { $0 != $1 })
    #expect(try train(0.5).losses == dropping.losses)
    #expect(dropping.score?.logLoss ?? 9 < log(3))
  }

  @Test(
    "is the same bytes for any number of workers", arguments: [BackendChoice.oneDNN, .openBLAS])
  func workers(backend: BackendChoice) throws {
    var outcomes: [[String: Tensor]] = []
    for workers in 1...3 {
      var job = try TinyJob(workers: workers)
      job.options.backend = backend
      let plan = job.plan(.lastStage.withHead(HeadLayers(hidden: 9, dropout: 0.4)))
      outcomes.append(try job.train(plan).result.tensors)
    }
    #expect(outcomes[1].differing(from: outcomes[0]).isEmpty)
    #expect(outcomes[2].differing(from: outcomes[0]).isEmpty)
  }

  @Test("does not diverge on two photos a class, as the presets set it")
  func fewShots() throws {
    let job = try TinyJob(perClass: [2, 2, 2])
    let plan = FineTuningPlan.head.withHead(HeadLayers(hidden: 256, dropout: 0.2))
      .limitingBatches(to: 6)
    let (result, events) = try job.train(plan)
    let losses = losses(events)
    #expect(losses.count == 30)
    #expect((losses.last ?? 9) < losses[0])
    #expect(
      !events.contains { if case .note(let note) = $0 { note.kind == .diverged } else { false } })
    #expect(result.best.validation?.logLoss ?? 9 <= log(3))
  }

  @Test("is in the run with all its layers")
  func run() throws {
    let job = try TinyJob()
    let url = job.folder.url.appending(path: "run")
    let run = try RunFolder(creating: url, context: RunContext(data: "photos"))
    let layers = HeadLayers(hidden: 8, dropout: 0.3)
    let result = try job.train(job.plan(.head.withHead(layers)), run: run).result
    let saved = try Run(url)
    #expect(saved.plan.headLayers == layers)
    let network = try saved.network(base: job.base.network)
    #expect(network.nodes.suffix(3).map(\.name) == ["head_hidden", "head_dropout", "head"])
    #expect(try saved.tensors(for: network).differing(from: result.tensors).isEmpty)
    let head = try readHead(url.appending(path: "head.h5"))
    #expect(head.layers.map(\.name) == ["head_hidden", "head"])
    #expect(
      head.layers.flatMap { [$0.kernel, $0.bias] }
        == Self.names.compactMap { result.tensors[$0] })
    #expect(head.metadata.baseDigest == job.base.weights.sha256)
  }

  @Test("is told in the plan that is printed")
  func description() throws {
    let network = try tinyNetwork().cut(after: #require(try tinyNetwork().node(named: "pool")))
      .addingHead(named: "head", classes: 3, hidden: 2000, dropout: 0.25)
    let text = try PlanDescription(
      .head.withHead(HeadLayers(hidden: 2000, dropout: 0.25)), network: network, tensors: [:],
      classes: []
    ).description
    for piece in ["2 000 units with ReLU", "leaves out 0.25", "head: 20 003 weights"] {
      #expect(text.contains(piece), "\(piece) in\n\(text)")
    }
  }

  @Test("has names that the base has not")
  func names() throws {
    var base = Network(input: [4])
    try base.add("head_hidden", Dense(3), to: base.output)
    let network = try base.addingHead(named: "head", classes: 2, hidden: 5, dropout: 0.5)
    #expect(
      network.nodes.dropFirst().map(\.name)
        == ["head_hidden", "head_hidden_", "head_dropout", "head"])
    #expect(network.outputShape == [2])
  }
}
