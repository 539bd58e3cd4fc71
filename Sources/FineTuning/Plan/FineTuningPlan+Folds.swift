import ImagePipeline

extension Photos {
  /// Which of the photos to train or validate on each round of a cross-validation leaves out. Photos
  /// that belong together are left out together.
  func folds(_ count: Int, seed: UInt64) -> StratifiedFolds {
    let places = trainingAndValidation
    let (strata, bound) = labelling.strata(of: labels(places))
    return StratifiedFolds(
      labels: strata.map(Int32.init), classes: bound, maximum: count, seed: seed,
      groups: Array(bundleNumbers[places]))
  }
}

extension Photos {
  /// Whether anything could judge: folds need two classes of two photos.
  package var canBeFolded: Bool { folds(2, seed: 0).count >= 2 }
}

extension FineTuningPlan {
  /// Whether its folds are written out.
  package var isOnFolds: Bool { phases.contains { $0.photos.folds != nil } }

  /// The plan without what nothing could judge: the head alone, if there is one to solve.
  package var withoutTrial: FineTuningPlan {
    var plan = self
    if headMethod == .solve { plan.phases.removeSubrange(1...) }
    return plan
  }

  /// The plan with its `folds` written out: everything for each fold, then once more on all photos.
  ///
  /// As many folds as the largest class has photos that do not belong together; where these are fewer
  /// than two, the plan stays as it is, without folds.
  func repeated(onFoldsOf photos: Photos) -> FineTuningPlan {
    var plan = self
    plan.folds = nil
    let count = folds.map { photos.folds($0, seed: 0).count } ?? 0
    let judged = phases.filter(\.photos.isJudged)
    guard count >= 2, var last = phases.last else { return plan }
    if last.photos.isJudged {
      last.name = "all photos"
      last.photos = .all
    }
    plan.phases = []
    for number in 1...count {
      for phase in judged {
        var phase = phase
        phase.photos = .fold(number, of: count)
        phase.name += ", fold \(number) of \(count)"
        if phase.method == .sgd { phase.keep = .end }
        plan.phases.append(phase)
      }
    }
    plan.phases.append(last)
    return plan
  }
}
