import Files
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// A phase of gradient descent: epochs over the training photos, each validated, the best kept. What
/// the phase begins with is candidate 0, so it never ends worse than it began.
///
/// Between two steps `tuning`, the session's state and the tensors say all that the rest depends on.
final class TuningPhase {
  let session: TrainingSession
  let index: Int
  let phase: Phase
  let split: SplitExecutor
  let step: TrainingStep
  /// Values at the boundary that repeat, by their view, as far as they fit.
  var maps: [Int: MapStore] = [:]
  /// Of the weights, where the plan wants one: what is validated and kept.
  private(set) var average: ExponentialMovingAverage?
  /// What the last validation has counted.
  var counts = Score.Sums()
  private(set) var tuning: TuningState
  private let start = ContinuousClock.now

  init(_ session: TrainingSession, index: Int) throws {
    self.session = session
    self.index = index
    phase = session.plan.phases[index]
    split = try SplitExecutor(session, phase: phase)
    step = try TrainingStep(session, split, phase)
    tuning = TuningState(stepsPerEpoch: 0, failuresBefore: 0)
  }

  var training: [Int] { session.usable(session.material(of: phase)) }

  /// What the phase began with or, where it looks for its best epoch, that epoch's weights.
  var restartingPoint: [String: Tensor] { session.beginning ?? session.tensors }

  /// Photos of a step.
  private var photosPerStep: Int { split.batchSize * phase.accumulation }

  func run() throws {
    try begin()
    do {
      while tuning.epoch <= phase.epochs {
        do {
          try runEpoch()
        } catch let divergence as Divergence {
          guard try startAgain(after: divergence) else { break }
        }
      }
    } catch is Interruption {
      try checkpoint(isScheduled: false)
      throw Interruption()
    }
    split.restore(session.tensors)
    try split.checkFrozen(session.tensors)
    // Not in the log, where times would tell two equal runs apart.
    if let cost = step.cost { session.repeatEvent(.note(.init(kind: .ranks, message: cost))) }
  }

  // MARK: beginning

  /// Makes candidate 0, or takes up what a checkpoint holds.
  private func begin() throws {
    let resumed = session.state.tuning
    let event = TrainingEvent.phase(
      .init(
        phase: index, phases: session.plan.phases.count, name: phase.name, method: phase.method,
        epochs: phase.epochs, stepsPerEpoch: resumed?.stepsPerEpoch ?? stepsPerEpoch,
        parameters: split.executor.trainedParameters.reduce(0) { $0 + $1.shape.count }))
    if resumed == nil { session.emit(event) } else { session.repeatEvent(event) }
    try keepMaps()
    guard !training.isEmpty else {
      throw TrainingError.noPhotos(
        "no training photo in '\(session.photos.root.path)' can be read any more; was it moved?")
    }
    if let resumed {
      tuning = resumed
      if let now = session.interrupted?.now { split.restore(now) }
    } else {
      if phase.photos.isJudged {
        let (score, rows) = try judge()
        keepJudgement(rows)
        session.state.best = Candidate(
          phase: session.state.best?.phase ?? index, epoch: session.state.best?.epoch ?? 0,
          validation: score)
        report(epoch: 0, score, training: nil, isBest: true, seconds: 0)
      }
      tuning = newAttempt(0)
    }
    try makeOptimizer(isResumed: resumed != nil)
  }

  /// Continues what the phase before, or the checkpoint, knows of the directions.
  private func makeOptimizer(isResumed: Bool) throws {
    let parameters = split.executor.trainedParameters
    let kept = session.interrupted?.optimizer ?? [:]
    var previous = session.optimizer
    if !isResumed, index > 0, !kept.isEmpty {
      // The checkpoint lies between two phases: these are the slots of the one before.
      let before = session.plan.phases[index - 1]
      let nodes = try TrainableStages(before, of: session.network).nodeNames(in: session.network)
      let learned = session.network.parameters.filter {
        nodes.contains($0.node) && $0.role.isLearned
      }
      previous = OptimizerState(learned, rule: before.optimizer)
      try previous?.restore(kept)
    }
    let optimizer = OptimizerState(parameters, rule: phase.optimizer, continuing: previous)
    if isResumed { try optimizer.restore(kept) }
    session.optimizer = optimizer
    guard let decay = phase.ema else { return }
    let average = ExponentialMovingAverage(
      decay: decay, split.changingParameters, beginning: split.changingTensors())
    if isResumed, let kept = session.interrupted?.average { try average.restore(kept) }
    self.average = average
  }

  private var stepsPerEpoch: Int { (training.count + photosPerStep - 1) / photosPerStep }

  private func newAttempt(_ number: Int) -> TuningState {
    var state = TuningState(
      stepsPerEpoch: stepsPerEpoch, failuresBefore: session.state.failed.count)
    state.attempt = number
    return state
  }

  /// Goes back to the best weights and a tenth of the rate, once.
  private func startAgain(after divergence: Divergence) throws -> Bool {
    session.optimizer?.reset()
    split.restore(restartingPoint)
    average?.restart(restartingPoint)
    let isFirst = tuning.attempt == 0
    let consequence: Sentence =
      isFirst
      ? "starting the phase again from the best weights so far at a tenth of the rate"
      : "it did so again at a tenth of the rate, so the phase ends here and the best weights"
        + " so far are kept; \(.lowerRate) may help"
    session.note(
      .diverged,
      sentence:
        "the loss became \(divergence.loss) in epoch \(tuning.epoch) of phase '\(phase.name)', "
        + "\(reason(of: divergence, tuning)); \(consequence)")
    guard isFirst else { return false }
    tuning = newAttempt(1)
    try checkpoint()
    return true
  }

  // MARK: epochs

  /// Runs what is left of the present epoch, validates, and moves on to the next.
  private func runEpoch() throws {
    let epochStart = ContinuousClock.now
    try takeSteps(since: epochStart)
    try session.alignWeights(split)
    let (score, isBest) = try selectWeights()
    report(
      epoch: tuning.epoch, score, training: tuning.sums, isBest: isBest,
      seconds: epochStart.secondsAgo)
    tuning.sinceBest = isBest ? 0 : tuning.sinceBest + 1
    let isEarly = phase.earlyStop.map { tuning.sinceBest >= $0 } ?? false
    if isEarly, tuning.epoch < phase.epochs {
      session.note(
        .earlyStop,
        "no better candidate in \(tuning.sinceBest) epochs: phase '\(phase.name)' ends early")
      tuning.epoch = phase.epochs
    }
    // Early, and once more with the last word.
    let isMeasured = score != nil || session.judges(of: phase).isEmpty
    if tuning.epoch == 3 || tuning.epoch == phase.epochs, isMeasured, phase.photos.isJudged {
      diagnose(score, tuning)
    }
    tuning.epoch += 1
    tuning.step = 0
    tuning.sums = EpochSums()
    tuning.failuresBefore = session.state.failed.count
    // The end of a phase has a checkpoint of its own.
    if tuning.epoch <= phase.epochs { try checkpoint() }
  }

  private func takeSteps(since epochStart: ContinuousClock.Instant) throws {
    var rates = phase.rates(stepsPerEpoch: tuning.stepsPerEpoch)
    if tuning.attempt > 0 { rates.peak /= 10 }
    let counter = tuning.counter(phase: index)
    let order = EpochOrder(
      session.state.usable(
        session.material(of: phase), afterFailures: tuning.failuresBefore),
      of: session.photos, balance: phase.balance, seed: session.options.seed, counter: counter
    ).indices
    var photos = 0
    step.reset()
    try forEachBatch(of: order, from: tuning.step * phase.accumulation, counter: counter) {
      batch in
      if batch.total > 0 { try step.add(batch, number: counter << 20 + batch.number) }
      guard batch.endsStep else { return }
      let rate = rates.rate(at: tuning.stepsDone)
      tuning.step += 1
      guard
        let taken = try step.finish(
          rate: rate, session.optimizer, wantsHistograms: wantsHistograms)
      else { return }
      average?.update(split.weights)
      tuning.sums.add(loss: taken.loss, hits: taken.hits, count: taken.count)
      photos += taken.count
      if let gradients = taken.gradients {
        session.emit(
          .gradients(
            .init(
              phase: index, epoch: tuning.epoch, step: tuning.step, parameters: gradients)))
      }
      let seconds = epochStart.secondsAgo
      session.emit(
        .step(
          .init(
            phase: index, epoch: tuning.epoch, step: tuning.step, steps: tuning.stepsPerEpoch,
            loss: taken.loss, learningRate: rate,
            seconds: start.secondsAgo,
            imagesPerSecond: seconds > 0 ? Double(photos) / seconds : 0)))
      let every = session.options.checkpointEvery
      if every > 0, tuning.stepsDone % every == 0, tuning.step < tuning.stepsPerEpoch {
        try checkpoint()
      }
    }
  }

  /// Whether the step that has just been counted is one whose gradients are described.
  private var wantsHistograms: Bool {
    let every = session.options.histogramEvery
    return every > 0 && tuning.stepsDone % every == 0
  }

  private func checkpoint(isScheduled: Bool = true) throws {
    session.state.tuning = tuning
    var tensors = Checkpoint.Tensors()
    tensors.now = split.changingTensors()
    tensors.average = average?.tensors ?? [:]
    try session.checkpoint(tensors, isScheduled: isScheduled)
  }

  private func report(
    epoch: Int, _ score: Score?, training: EpochSums?, isBest: Bool, seconds: Double
  ) {
    session.emit(
      .epoch(
        .init(
          phase: index, epoch: epoch, epochs: phase.epochs, trainingLoss: training?.meanLoss,
          trainingAccuracy: training?.accuracy, validationAccuracy: score?.accuracy,
          validationLogLoss: score?.logLoss, isBest: isBest, seconds: seconds)))
  }
}
