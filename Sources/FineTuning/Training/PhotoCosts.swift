import ImagePipeline
import NeuralNetworks
import TensorKernels

/// What a photo takes in a training, in seconds, with all workers busy.
protocol PhotoCosts {
  /// Reading a photo and bringing it to the network's size.
  var decoding: Double { get }
  /// The same with augmentation.
  var rendering: Double { get }
  /// A pass through the base.
  func features() throws -> Double
  /// Choosing a head's penalty and solving it on so many rows; `refit`: solving it once more on so many.
  func solving(rows: Int, refit: Int, dimension: Int, classes: Int) -> (
    seconds: Double, memory: Int
  )
  /// A step of a phase.
  func steps(of phase: Phase) throws -> StepCosts
}

/// What a photo takes in a step, in seconds.
struct StepCosts {
  /// The pass through the frozen part.
  var frozen = 0.0
  /// Gradients, update and packed weights of the rest.
  var step = 0.0
  /// A pass through the rest.
  var forward = 0.0
  /// What the step needs beside kept views, the program itself and the weights that were read, in bytes.
  var memory = 0
}

/// What the arithmetic of a network would take on a machine that does 300 thousand million operations a
/// second and moves 40 thousand million bytes: about two cores of a server with AVX-512.
///
/// It depends on the network and the photos alone, so a plan that is chosen by it is the same on every
/// machine.
struct NominalCosts: PhotoCosts {
  let decoding: Double
  var rendering: Double { 1.3 * decoding }
  /// Of each node, forward.
  private let nodes: [Double]
  private let network: Network

  private static let operationsPerSecond = 300e9
  private static let bytesPerSecond = 40e9
  /// A gradient of the inputs and one of the weights are each as much work as the pass forward.
  private static let stepFactor = 3.0

  /// - Parameter network: the base with its head.
  init(_ network: Network, _ photos: Photos) {
    self.network = network
    nodes = network.nodes.map { node in
      let operations = 2 * Double(node.multiplyAdds)
      // Written once and read about twice.
      let bytes = 3 * 4 * Double(node.shape.count)
      return operations / Self.operationsPerSecond + bytes / Self.bytesPerSecond
    }
    let pixels = photos.all.compactMap { photos.facts[$0.path] }.map {
      Double($0.width * $0.height)
    }
    let mean = pixels.isEmpty ? 250_000 : pixels.reduce(0, +) / Double(pixels.count)
    // Of a JPEG, on two cores.
    decoding = 0.0003 + mean * 4e-9
  }

  func features() -> Double { nodes.reduce(0, +) }

  /// About 250 evaluations of two products for each of five folds, at two thirds of a network's pace.
  func solving(rows: Int, refit: Int, dimension: Int, classes: Int) -> (
    seconds: Double, memory: Int
  ) {
    let each = 4 * Double(dimension * classes) * 1250 / (Self.operationsPerSecond * 2 / 3)
    return (Double(rows) * each + Double(refit) * each / 10, 0)
  }

  func steps(of phase: Phase) throws -> StepCosts {
    let stages = try TrainableStages(phase, of: network)
    let boundary = SplitExecutor.boundary(of: stages, in: network).index
    let forward = nodes[(boundary + 1)...].reduce(0, +)
    return StepCosts(
      frozen: boundary == network.input.index ? 0 : nodes[...boundary].reduce(0, +),
      step: Self.stepFactor * forward, forward: forward)
  }
}

/// What steps on some of a run's photos take here.
final class MeasuredCosts: PhotoCosts {
  private(set) var decoding = 0.0
  private(set) var rendering = 0.0
  private let session: TrainingSession
  private var pixels: [Float] = []
  private var labels: [Int] = []
  private var featureSeconds: Double?
  private(set) var featureMemory = 0
  private var known: [Phase: StepCosts] = [:]

  /// - Parameter count: photos to measure with: enough for the lanes of a few cores to be busy more than
  ///   once, and few enough not to be waited for.
  init(_ session: TrainingSession, photos count: Int = 8) throws {
    self.session = session
    let training = session.photos.training
    guard count > 0 else { return }
    let step = max(1, training.count / count)
    let order = Array(stride(from: 0, to: training.count, by: step).prefix(count))
    decoding = try decode(order, session.evaluationView, keeping: true)
    rendering = decoding
    if let phase = session.plan.phases.first(where: { $0.augmentation != .none }) {
      rendering = try decode(order, session.trainingView(phase), keeping: false)
    }
  }

  private func decode(_ order: [Int], _ view: PhotoView, keeping: Bool) throws -> Double {
    let loader = try BatchLoader(
      order, of: session.photos.all, below: session.photos.root,
      PhotoRecipe(
        size: session.base.imageSize, view: view, preprocessing: session.base.preprocessing,
        seed: session.options.seed, maximumPixels: session.options.maximumPixels),
      Batching(of: order.count), pool: session.pool)
    let start = ContinuousClock.now
    guard let batch = loader.next(), batch.count > 0 else { return 0 }
    let seconds = start.secondsAgo / Double(batch.count)
    if keeping {
      labels = batch.labels
      pixels = Array(
        UnsafeBufferPointer(
          start: batch.pixels, count: batch.count * session.base.network.inputShape.count))
    }
    return seconds
  }

  func features() throws -> Double {
    if let featureSeconds { return featureSeconds }
    guard !labels.isEmpty else { return 0 }
    let base = session.base
    let executor = try makeExecutor(
      base.network, NetworkWeights(base.network, base.tensors),
      ExecutionOptions(
        batchSize: FeatureExtraction.batchSize, precision: session.options.precision),
      backend: session.options.backend, pool: session.pool)
    let count = min(labels.count, FeatureExtraction.batchSize)
    let outputs = FloatBuffer(count: count * executor.outputCount)
    // The first run also makes the packed weights.
    try executor.infer(pixels, count: 1, into: outputs.pointer)
    let start = ContinuousClock.now
    try executor.infer(pixels, count: count, into: outputs.pointer)
    let seconds = start.secondsAgo / Double(count)
    featureSeconds = seconds
    featureMemory = executor.memoryByteCount
    return seconds
  }

  func solving(rows: Int, refit: Int, dimension: Int, classes: Int) -> (
    seconds: Double, memory: Int
  ) {
    session.headSolver.expectation(
      rows: rows, dimension: dimension, classes: classes, refit: refit)
  }

  /// On weights that are then dropped.
  func steps(of phase: Phase) throws -> StepCosts {
    // What does not change a step's time.
    var key = phase
    (key.name, key.photos, key.epochs, key.views, key.learningRate) = ("", .training, 1, 0, 0.01)
    if let costs = known[key] { return costs }
    guard !labels.isEmpty else { return StepCosts() }
    var costs = StepCosts()
    do {
      costs = try measure(phase)
    } catch is Divergence {
      // Training will find it too, and say so.
    }
    known[key] = costs
    return costs
  }

  private func measure(_ phase: Phase) throws -> StepCosts {
    let step = try MeasuredStep(session, phase)
    let split = step.split
    let count = min(labels.count, split.batchSize)
    let labels = Array(labels.prefix(count))
    let outputs = FloatBuffer(count: count * split.executor.outputCount)
    let each = 1 / Double(count)
    var costs = StepCosts()
    try pixels.withUnsafeBufferPointer { pixels in
      guard let pixels = pixels.baseAddress else { return }
      _ = try step.take(pixels, labels: labels, rate: 0)  // also makes the packed weights
      let taken = try step.take(pixels, labels: labels, rate: 0)
      let start = ContinuousClock.now
      try split.executor.infer(taken.inputs, count: count, into: outputs.pointer)
      costs.forward = start.secondsAgo * each
      costs.frozen = taken.frozen * each
      // With the statistics of the batch a step takes the time of a full one.
      costs.step = taken.rest * (phase.batchNorm == .train ? 1 / Double(split.batchSize) : each)
    }
    let learned = split.changingParameters.reduce(0) { $0 + $1.shape.count } * 4
    costs.memory =
      split.memoryByteCount
      + step.state.tensors.values.reduce(0) { $0 + $1.values.count * 4 }
      // The best candidate, sums of gradients, the running average.
      + learned * (1 + (phase.accumulation > 1 ? 1 : 0) + (phase.ema == nil ? 0 : 1))
    return costs
  }
}
