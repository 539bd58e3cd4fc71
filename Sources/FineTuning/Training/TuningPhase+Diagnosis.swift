import Files

extension TuningPhase {
  /// Says aloud what the figures of an epoch that has been validated show to be wrong.
  func diagnose(_ score: Score?, _ tuning: TuningState) {
    // The yardstick is guessing one of the classes.
    guard !session.photos.labelling.isMultiLabel, let loss = tuning.sums.meanLoss,
      let accuracy = tuning.sums.accuracy
    else { return }
    let classes = session.photos.classes
    let figures = LossDiagnosis.Figures(
      truths: classes.indices.map { counts.truths[$0] ?? 0 },
      predictions: classes.indices.map { counts.predictions[$0] ?? 0 },
      trainingLoss: loss, trainingAccuracy: accuracy, validationLoss: score?.logLoss,
      validationAccuracy: score?.accuracy, epoch: tuning.epoch, learningRate: peak(tuning),
      batchNormTrains: phase.batchNorm == .train,
      trainingIsHarder: phase.augmentation != .none || phase.labelSmoothing > 0)
    for note in LossDiagnosis(figures, classes: classes).notes {
      session.note(.diagnosis, sentence: "phase '\(phase.name)': \(note.sentence)")
    }
  }

  /// Why the loss diverged.
  func reason(of divergence: Divergence, _ tuning: TuningState) -> Sentence {
    var rates = phase.rates(stepsPerEpoch: tuning.stepsPerEpoch)
    rates.peak = peak(tuning)
    return LossDiagnosis.divergence(
      loss: divergence.loss, step: tuning.stepsDone, rate: rates.rate(at: tuning.stepsDone),
      first: tuning.epoch == 1 ? tuning.sums.meanLoss : nil,
      // Each of classes that do not exclude one another is a guess between two.
      classes: session.photos.labelling.isMultiLabel ? 2 : session.photos.classes.count)
  }

  private func peak(_ tuning: TuningState) -> Double {
    tuning.attempt > 0 ? phase.learningRate / 10 : phase.learningRate
  }
}
