import NeuralNetworks
import TensorKernels

/// Which weights a phase leaves behind.
extension TuningPhase {
  /// Looks, after an epoch, whether there is something better to keep than what is kept.
  /// - Returns: what was measured of the validation photos, if this epoch is one to measure them, and
  ///   whether other weights are kept now.
  func selectWeights() throws -> (score: Score?, isBest: Bool) {
    let isLast = tuning.epoch == phase.epochs
    switch (phase.photos, phase.keep) {
    case (.all, _):
      // There is nothing left to measure it on. What validation says is what it said before.
      guard isLast else { return (nil, false) }
      keep(average?.weights ?? split.changingTensors(), score: session.state.best?.validation)
      session.state.trainedOnValidation = true
      return (nil, true)
    case (.training, .best):
      return try selectEpoch()
    case (.training, .end):
      return isLast ? try selectEnd() : (nil, false)
    }
  }

  private func keep(_ weights: [String: Tensor], score: Score?) {
    session.state.best = Candidate(phase: index, epoch: tuning.epoch, validation: score)
    session.tensors.merge(weights) { $1 }
  }

  /// Validates what may be kept: the running average where there is one, else the weights themselves.
  private func selectEpoch() throws -> (Score?, Bool) {
    let present = split.changingTensors()
    let weights = average?.weights ?? present
    split.restore(weights)
    defer { split.restore(present) }
    let score = try validate()
    let candidate = Candidate(phase: index, epoch: tuning.epoch, validation: score)
    let isBest = session.state.best.map(candidate.isBetter) ?? true
    if isBest { keep(weights, score: score) }
    return (score, isBest)
  }

  /// Compares what the schedule ends with, and means of it and what it began with, to the latter.
  private func selectEnd() throws -> (Score?, Bool) {
    let present = split.changingTensors()
    let end = average?.weights ?? present
    // Also when this is interrupted: the checkpoint then holds the weights that are here.
    defer { split.restore(present) }
    // Nothing was kept since the phase began.
    let start = session.tensors
    var losses: [[Int: Double]] = []
    var measured: [(score: Score?, counts: Score.Sums)] = []
    for share in [0] + Evidence.shares {
      split.restore(mean(of: start, and: end, share: share))
      let validated = try validateLosses()
      losses.append(validated.losses)
      measured.append((validated.score, counts))
    }
    // A photo that could not be read any more half-way is compared nowhere.
    let photos = session.photos.validation.filter { photo in
      losses.allSatisfy { $0[photo] != nil }
    }
    let rows = losses.map { known in photos.compactMap { known[$0] } }
    guard let evidence = Evidence(before: rows[0], after: Array(rows.dropFirst())) else {
      // Nothing is known without photos to validate on, and the later weights are kept.
      keep(end, score: nil)
      return (nil, true)
    }
    session.note(.selection, evidence.sentence(of: phase.name, photos: photos.count))
    let score = measured[evidence.best + 1].score
    counts = measured[evidence.best + 1].counts
    if evidence.isBetter {
      keep(mean(of: start, and: end, share: Evidence.shares[evidence.best]), score: score)
    }
    return (score, evidence.isBetter)
  }

  /// Start + share · (end − start), for each parameter that the phase changes.
  private func mean(
    of start: [String: Tensor], and end: [String: Tensor], share: Double
  ) -> [String: Tensor] {
    if share == 1 { return end }
    let share = Float(share)
    return end.reduce(into: [:]) { mean, entry in
      guard let first = start[entry.key] else { return }
      mean[entry.key] = Tensor(
        first.shape, zip(first.values, entry.value.values).map { $0 + share * ($1 - $0) })
    }
  }
}
