import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A phase of stochastic gradient descent: epochs over the training photos, each validated, the best
/// kept. What the phase begins with is candidate 0, so it never ends worse than it began.
final class TuningPhase {
  private let session: TrainingSession
  private let index: Int
  private let phase: Phase
  private let split: SplitExecutor
  private let rateFactors: [String: Double]
  private let start = ContinuousClock.now
  private let gradientScale: GradientScale?
  /// Values at the boundary that repeat; `nil` where they would not fit.
  private var maps: MapStore?

  init(_ session: TrainingSession, index: Int) throws {
    self.session = session
    self.index = index
    phase = session.plan.phases[index]
    let stages = try TrainableStages(phase, of: session.network)
    rateFactors = stages.rateFactors(in: session.network)
    gradientScale =
      phase.batchNorm == .frozen
      ? GradientScale(session.network, tensors: session.tensors) : nil
    let batchSize = max(1, min(phase.batchSize, session.photos.training.count))
    split = try SplitExecutor(
      session.network, tensors: session.tensors, stages: stages, phase: phase,
      batchSize: batchSize,
      stepsPerEpoch: (session.photos.training.count + batchSize - 1) / batchSize,
      seed: session.options.seed, backend: session.options.backend, pool: session.pool)
  }

  /// Single weights that learn.
  var parameterCount: Int { split.executor.trainedParameters.reduce(0) { $0 + $1.shape.count } }

  private var training: [Int] { session.usable(session.photos.training) }
  private var validation: [Int] { session.usable(session.photos.validation) }
  private var stepsPerEpoch: Int { (training.count + split.batchSize - 1) / split.batchSize }

  func run() throws {
    session.emit(
      .phase(
        .init(
          phase: index, phases: session.plan.phases.count, name: phase.name, method: phase.method,
          epochs: phase.epochs, stepsPerEpoch: stepsPerEpoch, parameters: parameterCount)))
    try keepMaps()
    guard !training.isEmpty else {
      throw TrainingError.noPhotos(
        "no training photo in '\(session.photos.root.path)' can be read any more; was it moved?")
    }
    let beginning = session.tensors
    let score = try validate()
    session.best = Candidate(
      phase: session.best?.phase ?? index, epoch: session.best?.epoch ?? 0, validation: score)
    report(epoch: 0, score, training: nil, isBest: true, seconds: 0)
    session.optimizer = OptimizerState(
      split.executor.trainedParameters, rule: phase.optimizer, continuing: session.optimizer)

    for attempt in 0..<2 {
      do {
        try runEpochs(attempt: attempt)
        break
      } catch let divergence as Divergence {
        session.optimizer?.reset()
        split.restore(beginning)
        session.note(
          .diverged,
          "the loss became \(divergence.loss) in epoch \(divergence.epoch) of phase '\(phase.name)'; "
            + (attempt == 0
              ? "starting the phase again at a tenth of the rate"
              : "it did so again at a tenth of the rate, so the phase ends here and the best weights"
                + " so far are kept; a lower --learning-rate may help"))
      }
    }
    split.restore(session.tensors)
    try split.checkFrozen(beginning)
  }

  /// Makes sure that values which repeat are in memory, if they fit.
  private func keepMaps() throws {
    let wanted = Self.repeating(phase, session, inputCount: split.inputCount)
    guard !wanted.isEmpty else { return }
    if let known = session.maps.removeValue(forKey: split.boundary) {
      maps = known
      return
    }
    let store = MapStore(rowCount: split.inputCount, indices: wanted)
    try session.forEachBatch(
      of: session.usable(wanted), view: session.evaluationView, epoch: 0, size: split.batchSize
    ) { batch in
      let inputs = try split.inputs(of: batch)
      for (position, index) in batch.indices.enumerated() {
        store.row(index)?.update(
          from: inputs + position * store.rowCount, count: store.rowCount)
      }
    }
    maps = store
  }

  /// The photos whose values at the boundary repeat and fit into memory.
  static func repeating(_ phase: Phase, _ session: TrainingSession, inputCount: Int) -> [Int] {
    let photos = session.photos
    let fitting = session.options.memoryLimit / (4 * inputCount)
    var wanted: [Int] = []
    if phase.augmentation == .none, photos.photos.count <= fitting { wanted = photos.training }
    if photos.validation.count <= fitting { wanted += photos.validation }
    return wanted
  }

  // MARK: epochs

  private func runEpochs(attempt: Int) throws {
    let steps = stepsPerEpoch
    var schedule = phase.rates(stepsPerEpoch: steps)
    if attempt > 0 { schedule.peak = phase.learningRate / 10 }
    var sinceBest = 0
    for epoch in 1...phase.epochs {
      let epochStart = ContinuousClock.now
      var progress = EpochProgress()
      // No two epochs of a run share their order and their views.
      let counter = (index * 2 + attempt) * 100_000 + epoch
      try forEachTrainingBatch(counter: counter) { inputs, labels in
        try session.checkInterruption()
        let step = progress.steps
        let rate = schedule.rate(at: (epoch - 1) * steps + step)
        try takeStep(inputs, labels, rate, step: counter * steps + step, epoch, &progress)
        let seconds = TrainingSession.seconds(since: epochStart)
        session.emit(
          .step(
            .init(
              phase: index, epoch: epoch, step: progress.steps, steps: steps,
              loss: progress.lastLoss, learningRate: rate,
              seconds: TrainingSession.seconds(since: start),
              imagesPerSecond: seconds > 0 ? Double(progress.count) / seconds : 0)))
      }
      let score = try validate()
      let candidate = Candidate(phase: index, epoch: epoch, validation: score)
      let isBest = session.best.map(candidate.isBetter) ?? true
      if isBest {
        session.best = candidate
        session.tensors.merge(split.changingTensors()) { $1 }
      }
      report(
        epoch: epoch, score, training: progress, isBest: isBest,
        seconds: TrainingSession.seconds(since: epochStart))
      sinceBest = isBest ? 0 : sinceBest + 1
      if let patience = phase.earlyStop, sinceBest >= patience, epoch < phase.epochs {
        session.note(
          .earlyStop, "no better candidate in \(patience) epochs: phase '\(phase.name)' ends early")
        break
      }
    }
  }

  /// Hands over the batches of one epoch in their random order.
  private func forEachTrainingBatch(
    counter: Int, _ body: (_ inputs: UnsafePointer<Float>, _ labels: [Int]) throws -> Void
  ) throws {
    let training = self.training
    let order = shuffledOrder(
      count: training.count, seed: session.options.seed, epoch: counter
    ).map { training[$0] }
    if let maps, phase.augmentation == .none, maps.row(training[0]) != nil {
      for first in stride(from: 0, to: order.count, by: split.batchSize) {
        let indices = order[first..<min(first + split.batchSize, order.count)]
        try body(
          split.inputs(of: indices, in: maps), indices.map { session.photos.photos[$0].label })
      }
    } else {
      try session.forEachBatch(
        of: order, view: session.trainingView(phase), epoch: counter, size: split.batchSize
      ) { batch in
        try body(split.inputs(of: batch), batch.labels)
      }
    }
  }

  private func takeStep(
    _ inputs: UnsafePointer<Float>, _ labels: [Int], _ rate: Double, step: Int, _ epoch: Int,
    _ progress: inout EpochProgress
  ) throws {
    let classes = session.photos.classes.count
    let loss = CrossEntropy(labels: labels, smoothing: Float(phase.labelSmoothing))
    let logits = FloatBuffer(count: labels.count * classes)
    let mean = try split.executor.computeGradients(
      inputs, count: labels.count, loss: loss, step: step, outputs: logits.pointer)
    guard mean < Divergence.limit else { throw Divergence(epoch: epoch, loss: mean) }
    var scale = 1.0
    if let clip = phase.clip {
      let norm = split.gradientNorm(scaling: gradientScale)
      guard norm.isFinite else { throw Divergence(epoch: epoch, loss: norm) }
      scale = min(1, clip / max(norm, .leastNormalMagnitude))
    }
    let optimizer = Optimizer(phase)
    guard let state = session.optimizer else { return }
    let rates = split.executor.trainedParameters.map { rate * (rateFactors[$0.node] ?? 1) }
    let clipping = Float(scale)
    let scaling = phase.clip == nil ? gradientScale : nil
    split.executor.update { index, parameter, values, gradient in
      scaling?.apply(to: gradient, of: parameter)
      optimizer.step(
        parameter, values: values, gradient: UnsafeBufferPointer(gradient), state: state,
        rate: rates[index], scale: clipping)
    }
    progress.add(mean, logits: logits, labels: labels, classes: classes)
  }

  // MARK: validation

  /// `nil` without validation photos.
  private func validate() throws -> Score? {
    let classes = session.photos.classes.count
    let logits = FloatBuffer(count: split.batchSize * classes)
    var sums = Score.Sums()
    func add(_ inputs: UnsafePointer<Float>, _ labels: [Int]) throws {
      try split.executor.infer(inputs, count: labels.count, into: logits.pointer)
      for (position, label) in labels.enumerated() {
        sums.add(
          UnsafeMutableBufferPointer(start: logits.pointer + position * classes, count: classes),
          label: label)
      }
    }
    let order = validation
    if let maps, let first = order.first, maps.row(first) != nil {
      for first in stride(from: 0, to: order.count, by: split.batchSize) {
        try session.checkInterruption()
        let indices = order[first..<min(first + split.batchSize, order.count)]
        try add(
          split.inputs(of: indices, in: maps), indices.map { session.photos.photos[$0].label })
      }
    } else {
      try session.forEachBatch(
        of: order, view: session.evaluationView, epoch: 0, size: split.batchSize
      ) { batch in
        try add(split.inputs(of: batch), batch.labels)
      }
    }
    return sums.score
  }

  private func report(
    epoch: Int, _ score: Score?, training: EpochProgress?, isBest: Bool, seconds: Double
  ) {
    session.emit(
      .epoch(
        .init(
          phase: index, epoch: epoch, epochs: phase.epochs, trainingLoss: training?.meanLoss,
          trainingAccuracy: training?.accuracy, validationAccuracy: score?.accuracy,
          validationLogLoss: score?.logLoss, isBest: isBest, seconds: seconds)))
  }
}

/// The loss or its gradient is no number any more, or one that no training recovers from.
private struct Divergence: Error {
  /// Activations that clip or rectify can hide an overflow from the loss for a while. A true class
  /// with the probability e⁻¹⁰⁰⁰ means the same.
  static let limit = 1000.0

  let epoch: Int
  let loss: Double
}

/// What an epoch has done so far.
private struct EpochProgress {
  private(set) var steps = 0
  private(set) var count = 0
  private(set) var lastLoss = 0.0
  private var lossSum = 0.0
  private var hits = 0

  mutating func add(_ loss: Double, logits: FloatBuffer, labels: [Int], classes: Int) {
    steps += 1
    count += labels.count
    lastLoss = loss
    lossSum += loss * Double(labels.count)
    for (position, label) in labels.enumerated() {
      let row = UnsafeMutableBufferPointer(
        start: logits.pointer + position * classes, count: classes)
      if row.firstLargest == label { hits += 1 }
    }
  }

  var meanLoss: Double? { count > 0 ? lossSum / Double(count) : nil }
  var accuracy: Double? { count > 0 ? Double(hits) / Double(count) : nil }
}
