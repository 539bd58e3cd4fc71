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
      // There is nothing left to measure it on.
      guard isLast else { return (nil, false) }
      let end = average?.weights ?? split.changingTensors()
      keep(
        mean(of: restartingPoint, and: end, share: session.state.share ?? 1),
        score: session.state.best?.validation)
      session.state.trainedOnValidation = true
      return (nil, true)
    case (_, .best):
      return try selectEpoch()
    case (_, .end):
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
    let (score, rows) = try judge()
    let candidate = Candidate(phase: index, epoch: tuning.epoch, validation: score)
    let isBest =
      session.state.best.map {
        candidate.isBetter(than: $0, byLoss: session.photos.labelling.isMultiLabel)
      } ?? true
    if isBest {
      keep(weights, score: score)
      keepJudgement(rows)
    }
    return (score, isBest)
  }

  /// Validates, with what is said of each photo where thresholds will be chosen by that.
  func judge() throws -> (score: Score?, rows: Validation?) {
    guard session.photos.labelling.isMultiLabel else { return (try validate(), nil) }
    let rows = try validateRows()
    return (rows.score, rows)
  }

  /// Keeps what the weights that are kept say of the photos to validate on.
  func keepJudgement(_ rows: Validation?) {
    guard let rows, !rows.photos.isEmpty, phase.photos == .training else { return }
    session.trial = nil
    session.judge(rows.photos, [rows.rows(of: rows.photos)])
  }

  /// Compares what the schedule ends with, and means of it and what it began with, to the latter. Of
  /// folds, once all have been judged.
  private func selectEnd() throws -> (Score?, Bool) {
    let present = split.changingTensors()
    let end = average?.weights ?? present
    // Also when this is interrupted: the checkpoint then holds the weights that are here.
    defer { split.restore(present) }
    // Nothing was kept since the phase began.
    let start = restartingPoint
    var judged: [Validation] = []
    for share in [0] + Evidence.shares {
      split.restore(mean(of: start, and: end, share: share))
      judged.append(try validateRows())
    }
    guard let photos = judged.last?.photos, !photos.isEmpty else {
      // Nothing is known without photos to validate on, and the later weights are kept.
      keep(end, score: nil)
      return (nil, true)
    }
    if phase.photos == .training { session.trial = nil }
    // A photo that could not be read any more half-way is judged nowhere.
    session.judge(photos, judged.map { $0.rows(of: photos) })
    if case .fold(let number, let count) = phase.photos, number < count {
      let last = judged[judged.count - 1]
      counts = last.counts
      keep(end, score: last.score)
      return (last.score, true)
    }
    return decide(start, end, judged)
  }

  /// Lets all that was judged decide how far to go from the phase's beginning to its end.
  private func decide(
    _ start: [String: Tensor], _ end: [String: Tensor], _ judged: [Validation]
  ) -> (Score?, Bool) {
    let labels = session.photos.all.map(\.label)
    guard let trial = session.trial, let evidence = trial.evidence(labels: labels) else {
      return (nil, false)
    }
    session.note(.selection, evidence.sentence(of: phase.name, photos: trial.photos.count))
    session.state.share = evidence.share
    let point = session.point
    counts = judged[point].counts
    let score = trial.score(at: point, labels: labels)
    if evidence.isBetter || phase.photos.folds != nil {
      keep(mean(of: start, and: end, share: evidence.share), score: score)
    }
    return (trial.score(at: evidence.best + 1, labels: labels), evidence.isBetter)
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
