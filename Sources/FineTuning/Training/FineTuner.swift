import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels

/// Fits a base to photos as a plan says.
///
/// Equal arguments, photos, libraries and instruction set give the same bytes for any number of
/// workers.
package struct FineTuner: Sendable {
  package let base: Base
  /// The plan as it will be carried out.
  package let plan: FineTuningPlan
  package let options: TrainingOptions

  /// - Throws: `PlanError` when a number of the plan is out of range.
  package init(_ base: Base, plan: FineTuningPlan = .lastStage, options: TrainingOptions)
    throws(PlanError)
  {
    try plan.validate()
    self.base = base
    let suited = base.weights == .random ? plan.withoutSolvedHead : plan
    self.plan = try suited.expanded(for: base.network)
    self.options = options
  }

  /// The base with a head for so many classes.
  /// - Throws: `NetworkError` when the base has a node of the head's name.
  package func network(classes: Int) throws(NetworkError) -> Network {
    try base.network.addingHead(of: plan, classes: classes)
  }

  /// Trains.
  ///
  /// Call it on a thread of its own, never on Swift's cooperative pool.
  /// - Parameters:
  ///   - photos: divided into those to train on and those to validate on.
  ///   - run: where plan, events, checkpoints and weights go. One that is resumed goes on from its last
  ///     checkpoint, to the same bytes as if it had never been ended.
  ///   - onEvent: called on this thread, in order.
  ///   - shouldStop: asked between steps; `true` ends the training with the best weights so far.
  /// - Throws: `PlanError`, `TrainingError`, `RunError`, `WeightFileError`, `NetworkError`,
  ///   `BackendError`.
  package func train(
    on photos: Photos, pool: WorkerPool, run: RunFolder? = nil,
    onEvent: @escaping (TrainingEvent) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> FineTuningResult {
    precondition(photos.classes.count >= 2, "a classifier needs two classes")
    let plan = try self.plan.withColours(
      of: photos, pool: pool, maximumPixels: options.maximumPixels)
    let network = try network(classes: photos.classes.count)
    let (options, finding) = try choosingView(
      TrainingSession(
        base: base, plan: plan, options: options.fittingMachine(), photos: photos, pool: pool,
        network: network, onEvent: onEvent, shouldStop: shouldStop))
    let session = TrainingSession(
      base: base, plan: plan, options: options, photos: photos, pool: pool, network: network,
      run: run, onEvent: onEvent, shouldStop: shouldStop)
    guard !photos.training.isEmpty else {
      throw TrainingError.noPhotos("there are no photos to train on in '\(photos.root.path)'")
    }
    try session.begin()
    // A training that goes on from a later checkpoint has it in its log.
    if let finding, session.state.phase == 0 { session.note(.selection, finding) }
    var interrupted = false
    do {
      while session.state.phase < plan.phases.count {
        try session.runPhase()
      }
    } catch is Interruption {
      run?.keep()
      guard session.state.best != nil else { throw TrainingError.interrupted }
      interrupted = true
      session.note(.interrupted, "interrupted: the best weights so far are kept")
    }
    let result = session.result(interrupted: interrupted)
    if let thresholds = result.thresholds { session.noteThresholds(thresholds) }
    if result.temperature != 1 {
      session.note(
        .selection,
        "logits are divided by \(result.temperature.short), a temperature fitted on photos that the"
          + " trial had not seen, so that probabilities are as sure as they are right")
    }
    if let run {
      try run.write(result, base: base, options: options) {
        session.emit(
          .checkpoint(
            .init(
              phase: result.best.phase, epoch: result.best.epoch,
              path: RunFolder.File.weights.rawValue)))
        session.emit(.done(.init(result)))
      }
    } else {
      session.emit(.done(.init(result)))
    }
    return result
  }

  /// The options with the view that suits the photos, and why.
  private func choosingView(_ session: TrainingSession) throws -> (TrainingOptions, String?) {
    var options = session.options
    guard options.choosesView, plan.canChooseView,
      !session.photos.areMostly(shapedLike: base.imageSize)
    else {
      return (options, nil)
    }
    do {
      let choice = try ViewChoice(session)
      options.resize = choice.policy
      return (options, choice.finding)
    } catch is Interruption {
      throw TrainingError.interrupted
    }
  }

  /// The plan with its stages, rates, counts and estimated time, without training.
  /// - Throws: as `train`.
  package func describe(_ photos: Photos, pool: WorkerPool) throws -> PlanDescription {
    try TrainingSession(
      base: base, plan: plan, options: options.fittingMachine(), photos: photos,
      pool: pool, network: network(classes: photos.classes.count)
    ).describePlan(measuring: true)
  }
}

extension TrainingSession {
  /// Says by what thresholds were chosen.
  fileprivate func noteThresholds(_ thresholds: ClassThresholds) {
    let count = trial?.photos.count ?? 0
    guard count > 0 else {
      note(.selection, "there are no photos to choose thresholds by: a class is named from 0.5 on")
      return
    }
    let names = thresholds.undecided.map { "'\(photos.classes[$0])'" }
    let others =
      names.isEmpty
      ? ""
      : "; of \(names.joined(separator: ", ")) it is 0.5, as fewer than \(ClassThresholds.fewestPhotos)"
        + " photos have it, or have it not"
    note(
      .selection,
      "the probability from which on a class is named is that of the best F1 on"
        + " \(count.counted("photo")) that the weights had not seen\(others)")
  }
}

extension TrainingEvent.Done {
  init(_ result: FineTuningResult) {
    self.init(
      phase: result.best.phase, epoch: result.best.epoch,
      validationAccuracy: result.best.validation?.accuracy,
      validationLogLoss: result.best.validation?.logLoss, interrupted: result.interrupted,
      seconds: result.seconds)
  }
}

extension TrainingSession {
  /// Runs the phase that the state names, or the rest of it, and moves on to the next.
  func runPhase() throws {
    let index = state.phase
    let phase = plan.phases[index]
    switch phase.method {
    case .solve where phase.photos == .all:
      beginAnew()
      emitSolving(phase, index)
      try HeadPhase(session: self, index: index).solveAgain(isBeginning: false)
    case .solve:
      beginAnew()
      emitSolving(phase, index)
      let (boundary, keeping) = try mapsForNextPhase(after: index)
      try HeadPhase(session: self, index: index).run(maps: boundary, keeping: keeping)
    case .sgd where phase.photos == .all:
      try learnFromAll(phase, index)
    case .sgd:
      try TuningPhase(self, index: index).run()
    }
    try releaseMaps(after: index)
    if !plan.phases[(index + 1)...].contains(where: { $0.method == .solve || $0.photos == .all }) {
      features.removeAll()
    }
    state.phase += 1
    state.tuning = nil
    interrupted = nil
    try checkpoint()
  }

  /// Lets nothing of an earlier fold or trial reach what begins with the base as it was.
  private func beginAnew() {
    optimizer = nil
    interrupted = nil
  }

  /// Does on all photos what was found to be better.
  private func learnFromAll(_ phase: Phase, _ index: Int) throws {
    let head = state.penalties.isEmpty ? nil : plan.phases.firstIndex { $0.method == .solve }
    let isTuned = state.share != 0
    // One that was interrupted in its midst has its head.
    if let head, state.tuning == nil {
      beginAnew()
      if !isTuned { emitSolving(phase, index) }
      try HeadPhase(session: self, index: head).solveAgain(isBeginning: isTuned)
    }
    guard isTuned else { return }
    try TuningPhase(self, index: index).run()
    beginning = nil
  }

  private func emitSolving(_ phase: Phase, _ index: Int) {
    emit(
      .phase(
        .init(
          phase: index, phases: plan.phases.count, name: phase.name, method: .solve, epochs: 1,
          stepsPerEpoch: 0,
          parameters: network[network.output].parameters.reduce(0) { $0 + $1.shape.count })))
  }

  /// What the next phase will read again and again is made along with the features.
  private func mapsForNextPhase(after index: Int) throws -> (Network.NodeID?, [Int]) {
    guard index + 1 < plan.phases.count else { return (nil, []) }
    let next = plan.phases[index + 1]
    let stages = try TrainableStages(next, of: network)
    let boundary = SplitExecutor.boundary(of: stages, in: network)
    guard next.method == .sgd, maps[boundary] == nil else { return (nil, []) }
    let kept = TuningPhase.kept(next, self, inputCount: network[boundary].shape.count)
    guard let plain = kept.first(where: { $0.view == 0 }) else { return (nil, []) }
    return (boundary, plain.photos)
  }

  func result(interrupted: Bool) -> FineTuningResult {
    let temperature = temperature
    return FineTuningResult(
      network: network, tensors: tensors(at: temperature), temperature: temperature.value,
      classes: photos.classes, plan: plan,
      best: state.best ?? Candidate(phase: 0, epoch: 0, validation: nil),
      trainedOnValidation: state.trainedOnValidation, heldOut: heldOutRows,
      thresholds: thresholds(at: temperature), interrupted: interrupted,
      skipped: state.skipped,
      seconds: seconds)
  }
}
