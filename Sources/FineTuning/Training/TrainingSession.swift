import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// What the phases of one run share. Used by the driver thread alone.
final class TrainingSession {
  let base: Base
  let plan: FineTuningPlan
  let options: TrainingOptions
  let pool: WorkerPool
  let photos: Photos
  /// What labels of the photos say.
  let likelihood: Likelihood
  /// The base with its head.
  let network: Network
  let run: RunFolder?
  let shouldStop: @Sendable () -> Bool
  private let onEvent: (TrainingEvent) -> Void
  private let start = ContinuousClock.now

  /// The weights before anything was learnt, those of the head included.
  let initialTensors: [String: Tensor]
  /// The best weights so far, by parameter name.
  var tensors: [String: Tensor]
  /// What a phase on all photos begins with, as long as the weights of the trial that it repeats are those
  /// to keep; `nil` where phases begin with the best weights.
  var beginning: [String: Tensor]?
  var state = TrainingState()
  /// What was said of photos by weights that had not seen them; `nil` before anything was.
  var trial: Trial? {
    didSet { state.judged = trial?.photos ?? [] }
  }
  /// Pooled features of the views of all photos, by the view's number: 0 for the plain one.
  var features: [Int: FeatureTable] = [:]
  var optimizer: OptimizerState?
  /// What a checkpoint held of the phase in whose midst it was written, until that phase takes it.
  var interrupted: Checkpoint.Tensors?
  /// What the run's checkpoints belong to, and the position of the last.
  var identity: TrainingIdentity?
  var lastCheckpoint: [Int]?
  /// Feature maps at boundaries, by view: 0 for the view for evaluation, whose maps may be made along
  /// with pooled features for the phase that will read them.
  var maps: [Network.NodeID: [Int: MapStore]] = [:]
  /// For each number of folds, the fold that each photo is left out in.
  private var foldNumbers: [Int: [Int]] = [:]
  private let batchMemory = BatchMemory()
  private var secondsBefore = 0.0
  let ranks: Ranks

  init(
    base: Base, plan: FineTuningPlan, options: TrainingOptions, photos: Photos,
    pool: WorkerPool, network: Network, run: RunFolder? = nil,
    onEvent: @escaping (TrainingEvent) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.base = base
    self.plan = plan
    self.options = options
    self.photos = photos
    likelihood = Likelihood(photos.labelling, classes: photos.classes.count)
    self.pool = pool
    self.network = network
    self.run = run
    self.onEvent = onEvent
    self.shouldStop = shouldStop
    ranks = Ranks(options.communicator)
    initialTensors = base.tensors.merging(network.initialHead(seed: options.seed)) { $1 }
    tensors = initialTensors
  }

  /// The same training with other options, of which nothing is recorded but which is told of and stopped
  /// as this one.
  func with(_ options: TrainingOptions) -> TrainingSession {
    TrainingSession(
      base: base, plan: plan, options: options, photos: photos, pool: pool, network: network,
      onEvent: onEvent, shouldStop: shouldStop)
  }

  /// What the training has taken, earlier parts of it included.
  var seconds: Double { secondsBefore + start.secondsAgo }

  // MARK: events

  func emit(_ event: TrainingEvent) {
    run?.log(event)
    onEvent(event)
  }

  /// Tells whoever watches of something that the run's log has already.
  func repeatEvent(_ event: TrainingEvent) { onEvent(event) }

  func note(_ kind: TrainingEvent.Note.Kind, _ message: String) {
    note(kind, sentence: Sentence(message))
  }

  func note(_ kind: TrainingEvent.Note.Kind, sentence: Sentence) {
    emit(.note(.init(kind: kind, sentence: sentence)))
  }

  /// - Throws: `Interruption` when the run is to stop, on all ranks at once.
  func checkInterruption() throws {
    if try ranks.any(shouldStop()) { throw Interruption() }
  }

  /// The same between steps.
  func checkInterruptionOfSteps() throws {
    if ranks.stopBeforeStep(shouldStop) { throw Interruption() }
  }

  /// Adds what the weights at each point said of photos that they had not seen.
  /// - Parameter rows: for each point, a row of probabilities for each photo.
  func judge(_ photos: [Int], _ rows: [[Float]]) {
    var trial =
      self.trial
      ?? Trial(points: rows.count, classes: self.photos.classes.count, self.photos.labelling)
    trial.add(photos, rows)
    self.trial = trial
  }

  /// The place of the kept weights among the trial's points.
  var point: Int {
    guard let share = state.share else { return 0 }
    let point = Evidence.shares.firstIndex(of: share).map { $0 + 1 } ?? 0
    // A later phase that keeps its best epoch has judged that alone.
    return min(point, (trial?.points ?? 1) - 1)
  }

  /// What was said of the photos that train the final weights, by weights like them that had not seen
  /// them, or of photos that need not be there any more. Figures come from here.
  var heldOutRows: [PredictionRow] {
    guard let trial, state.trainedOnValidation || options.keepsJudgement else { return [] }
    let folds = plan.phases.lazy.compactMap(\.photos.folds).first.map(foldNumbers(of:))
    return zip(trial.photos, trial.rows(at: point, labels: labels)).map { place, row in
      let photo = photos.all[place]
      var row = PredictionRow(photo, photos.labelling, probabilities: row)
      row.fold = folds.map { $0[place] + 1 }
      return row
    }.sorted { $0.path < $1.path }
  }

  /// From which probability on each class is there; `nil` where classes exclude one another. Chosen by what weights
  /// that had not seen some photos said of them, at the temperature of the kept weights.
  func thresholds(at temperature: Temperature) -> ClassThresholds? {
    guard photos.labelling.isMultiLabel else { return nil }
    var rows: [PredictionRow] = []
    if let trial {
      rows = zip(trial.photos, trial.rows(at: point, temperature)).map {
        PredictionRow(photos.all[$0], photos.labelling, probabilities: $1)
      }
    }
    return ClassThresholds(choosingBy: rows, classes: photos.classes.count)
  }

  private var labels: [Int] { photos.all.map(\.label) }

  /// What the logits of the kept weights are divided by: 1 unless a trial has said how sure they are of
  /// photos that they have not seen. A solved head is as sure as its penalty, which was chosen for that,
  /// makes it.
  var temperature: Temperature {
    guard let trial, point > 0 else { return .none }
    let found = trial.temperature(at: point, labels: labels)
    return state.trainedOnValidation ? found.softened(to: Self.shareOfTemperature) : found
  }

  /// Weights that have learnt from the photos of the trial, too, are less too sure than those of the trial:
  /// the power of the trial's temperature that they get.
  private static let shareOfTemperature = 0.75

  /// The kept weights, their logits divided by a temperature.
  func tensors(at temperature: Temperature) -> [String: Tensor] {
    var tensors = tensors
    guard temperature != .none else { return tensors }
    let divisor = Float(temperature.value)
    for parameter in network[network.output].parameters {
      tensors[parameter.name] = tensors[parameter.name].map {
        Tensor($0.shape, $0.values.map { $0 / divisor })
      }
    }
    return tensors
  }

  // MARK: photos

  /// The indices of photos that have not failed.
  func usable(_ indices: some Sequence<Int>) -> [Int] { state.usable(Array(indices)) }

  /// The places of the photos that a phase learns from.
  func material(of phase: Phase) -> [Int] {
    switch phase.photos {
    case .training: Array(photos.training)
    case .all: Array(photos.trainingAndValidation)
    case .fold(let number, let count): places(of: count) { $0 != number - 1 }
    }
  }

  /// The places of the photos that judge what a phase has learnt.
  func judges(of phase: Phase) -> [Int] {
    switch phase.photos {
    case .training: Array(photos.validation)
    case .all: []
    case .fold(let number, let count): places(of: count) { $0 == number - 1 }
    }
  }

  private func places(of folds: Int, where belongs: (_ fold: Int) -> Bool) -> [Int] {
    let fold = foldNumbers(of: folds)
    return photos.trainingAndValidation.filter { belongs(fold[$0]) }
  }

  /// For each photo to train or validate on the fold that leaves it out, from 0.
  private func foldNumbers(of folds: Int) -> [Int] {
    if let known = foldNumbers[folds] { return known }
    let fold = photos.folds(folds, seed: options.seed).fold
    foldNumbers[folds] = fold
    return fold
  }

  /// Decodes photos in the order given and hands them over in batches, of which several ranks have a
  /// part each. A photo that cannot be read any more is noted and left out from then on.
  /// - Parameters:
  ///   - first: the number of the batch to begin with.
  ///   - includingEmpty: whether batches are handed over too that have no photo here.
  ///   - beforeBatch: called with a batch's number when it is there, in place of what is done usually:
  ///     several ranks telling each other which photos failed, and asking whether the run is to stop.
  func forEachBatch(
    of order: [Int], from first: Int = 0, view: PhotoView, epoch: Int, size: Int,
    includingEmpty: Bool = false, beforeBatch: ((Int) throws -> Void)? = nil,
    _ body: (PhotoBatch) throws -> Void
  ) throws {
    var position = first * size
    guard position < order.count else { return }
    let loader = try BatchLoader(
      order, of: photos.all, below: photos.root,
      PhotoRecipe(
        size: base.imageSize, view: view, preprocessing: base.preprocessing, seed: options.seed,
        epoch: epoch, maximumPixels: options.maximumPixels),
      Batching(of: size, part: ranks.part, startingAt: first, memory: batchMemory), pool: pool)
    while var batch = loader.next() {
      if let beforeBatch {
        try beforeBatch(position / size)
        try leaveOutBeforeStep(batch.failures)
      } else if try agree(on: &batch) {
        throw Interruption()
      }
      position += size
      if batch.count > 0 || includingEmpty { try body(batch) }
    }
  }

  /// Notes photos that cannot be read any more, or are not what was scanned, and does without them.
  /// - Throws: `TrainingError.noPhotos` where a class has none left to train on: the head would still have
  ///   it, and never answer it.
  func leaveOut(_ failures: [SkippedPhoto]) throws {
    guard !failures.isEmpty else { return }
    let reasons = Dictionary(failures.map { ($0.path, $0) }) { first, _ in first }
    let known = Set(state.failed)
    var classes: Set<Int> = []
    for index in photos.all.indices where !known.contains(index) {
      guard let failure = reasons[photos.all[index].path] else { continue }
      state.failed.append(index)
      state.skipped.append(failure)
      classes.insert(photos.all[index].label)
      note(
        .data,
        "'\(failure.path)' was readable before and is not now: \(failure.reason); left out")
    }
    try requirePhotos(of: classes)
  }

  private func requirePhotos(of classes: Set<Int>) throws {
    let left = Set(usable(photos.training).map { photos.all[$0].label })
    guard let empty = classes.subtracting(left).min(), photos.classes.indices.contains(empty),
      photos.training.contains(where: { photos.all[$0].label == empty })
    else { return }
    throw TrainingError.noPhotos(
      "no training photo of the class '\(photos.classes[empty])' in '\(photos.root.path)' can be read any "
        + "more, though there were some when the photos were scanned: \(state.skipped.last?.reason ?? ""); "
        + "restore them, or train anew on the folder as it is")
  }

  var evaluationView: PhotoView { .evaluation(options.resize) }

  /// The view of a phase's training photos.
  func trainingView(_ phase: Phase) -> PhotoView {
    phase.augmentation == .none ? evaluationView : .training(phase.augmentation)
  }
}

/// Ends whatever runs because the user asked for it.
struct Interruption: Error {}

// MARK: checkpoints

extension TrainingSession {
  /// Begins the run's folder, or takes up the training that its last checkpoint holds.
  func begin() throws {
    if needsIdentity {
      identity = TrainingIdentity(
        base: base, plan: plan, options: options, network: network, photos: photos)
    }
    let difference = try checkRanks()
    if let found = try share(try latestCheckpoint()) {
      try writeAgain()
      try ranks.onFirst { repeatEvent(.plan(try describePlan(measuring: false))) }
      take(found)
    } else {
      try run?.begin(plan: plan, photos: photos)
      try ranks.onFirst {
        let available = AvailableMemory.byteCount
        let description = try describePlan(measuring: true)
        try description.requireMemory(of: available)
        emit(.plan(description))
      }
      try checkpoint()
    }
    if let difference { repeatEvent(.note(.init(kind: .ranks, message: difference))) }
  }

  private func take(_ checkpoint: Checkpoint) {
    state = checkpoint.state
    secondsBefore = state.seconds
    tensors = checkpoint.tensors.best
    beginning = checkpoint.tensors.beginning
    interrupted = checkpoint.tensors
    trial = checkpoint.tensors.trial.flatMap {
      Trial(photos: checkpoint.state.judged, $0, photos.labelling)
    }
    lastCheckpoint = state.position
    var place = "at the beginning of phase \(state.phase + 1)"
    if let tuning = state.tuning {
      place =
        "in phase \(state.phase + 1), epoch \(tuning.epoch), after step \(tuning.step) of"
        + " \(tuning.stepsPerEpoch)"
    } else if state.phase == plan.phases.count {
      place = "behind the last phase"
    }
    var message = "continuing \(place)"
    if checkpoint.library != library {
      message +=
        "; it was begun with \(checkpoint.library), this is \(library), so the last digits may differ"
    }
    repeatEvent(.note(.init(kind: .resumed, message: message)))
    if checkpoint.isScheduled {
      announce(checkpoint, at: "\(CheckpointFolder.name)/\(checkpoint.fileName)")
    }
  }

  /// Writes a checkpoint, if there is a run and none of this position.
  /// - Parameters:
  ///   - tensors: of the phase that runs, if it has begun.
  ///   - isScheduled: whether an uninterrupted training writes it too.
  /// - Throws: `RunError`.
  func checkpoint(_ tensors: Checkpoint.Tensors? = nil, isScheduled: Bool = true) throws {
    guard let run, let identity, state.position != lastCheckpoint else { return }
    state.seconds = seconds
    let path: String
    var checkpoint: Checkpoint
    do throws(RunError) {
      checkpoint = Checkpoint(
        identity: identity, state: state, eventByteCount: try run.flushEvents(),
        isScheduled: isScheduled, library: library)
      checkpoint.tensors = tensors ?? .init()
      checkpoint.tensors.best = self.tensors
      checkpoint.tensors.beginning = beginning
      checkpoint.tensors.optimizer = optimizer?.tensors ?? [:]
      checkpoint.tensors.trial = trial?.tensor
      path = try run.write(checkpoint, base: initialTensors)
    } catch {
      throw run.naming(error)
    }
    lastCheckpoint = state.position
    if isScheduled { announce(checkpoint, at: path) }
  }

  private func announce(_ checkpoint: Checkpoint, at path: String) {
    emit(
      .checkpoint(
        .init(
          phase: checkpoint.state.phase, epoch: checkpoint.state.tuning?.epoch ?? 0, path: path)))
  }

  var library: String {
    "\(options.backend.rawValue) \(options.backend.backend.version) \(options.machine)"
  }
}
