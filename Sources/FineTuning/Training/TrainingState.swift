import ImagePipeline

/// Where a training is: everything beside tensors that decides how it goes on.
///
/// Random numbers are functions of the seed and of what is counted here, so no generator has to be
/// kept. A checkpoint holds this value, the tensors that differ from the base's, and nothing else.
package struct TrainingState: Codable, Hashable, Sendable {
  /// The phase that runs, from 0; the number of phases once all are over.
  package var phase = 0
  /// Where a phase of gradient descent is; `nil` at the beginning of a phase.
  package var tuning: TuningState?
  /// What the kept weights are; `nil` before there is anything worth keeping.
  package var best: Candidate?
  /// The penalties that heads were solved with, one for each fold; none where no head was solved.
  package var penalties: [Double] = []
  /// Photos that could not be read again after the scan.
  package var skipped: [SkippedPhoto] = []
  /// Their places in the run's list of photos, in the order in which they failed.
  package var failed: [Int] = []
  /// Whether the validation photos, too, trained the weights that are kept.
  package var trainedOnValidation = false
  /// The photos of the session's `trial`, by their places in the run's list.
  package var judged: [Int] = []
  /// How far the final weights go from a head to the end of the schedule behind it; `nil` before that is
  /// decided.
  package var share: Double?
  /// What the training has taken so far.
  package var seconds = 0.0

  package init() {}

  /// The indices of photos that had not failed when so many others had.
  func usable(_ indices: [Int], afterFailures count: Int? = nil) -> [Int] {
    guard !failed.isEmpty, count != 0 else { return indices }
    let absent = Set(failed.prefix(count ?? failed.count))
    return indices.filter { !absent.contains($0) }
  }

  /// Phase, attempt, epoch and step: a later point of the same training is lexicographically greater.
  var position: [Int] {
    [phase, tuning?.attempt ?? -1, tuning?.epoch ?? 0, tuning?.step ?? 0]
  }
}

extension TrainingState {
  /// Whether a training can have come here: what is counted is neither negative nor beyond what any plan
  /// allows, so that nothing computed from it overflows.
  var isPossible: Bool {
    let isSound = { (tuning: TuningState) in
      (0...1).contains(tuning.attempt) && (1...1 << 20).contains(tuning.epoch)
        && (0...1 << 40).contains(tuning.stepsPerEpoch) && (0...1 << 40).contains(tuning.step)
        && (0...failed.count).contains(tuning.failuresBefore) && tuning.sums.isPossible
        && (0...1 << 20).contains(tuning.sinceBest)
    }
    return (0...1 << 20).contains(phase) && (tuning.map(isSound) ?? true)
      && failed.allSatisfy { $0 >= 0 } && judged.allSatisfy { $0 >= 0 }
      && penalties.allSatisfy(\.isFinite) && seconds.isFinite && seconds >= 0
      && (share.map { (0...1).contains($0) } ?? true)
  }
}

/// Where a phase of gradient descent is, between two steps.
package struct TuningState: Codable, Hashable, Sendable {
  /// 1 once the phase has diverged and runs at a tenth of its rate.
  package var attempt = 0
  /// The epoch that runs, from 1.
  package var epoch = 1
  /// Steps of it that have been taken: the next batch is the one that follows them.
  package var step = 0
  /// Steps of an epoch when the attempt began, by which the rate is scheduled.
  package var stepsPerEpoch: Int
  /// How many photos had failed when the epoch began; its order is one of the others.
  package var failuresBefore: Int
  /// What the epoch has done so far.
  package var sums = EpochSums()
  /// Epochs since the best candidate.
  package var sinceBest = 0

  /// Steps of the attempt that have been taken.
  var stepsDone: Int { (epoch - 1) * stepsPerEpoch + step }

  /// What tells the epoch from all others of the run, so that no two share order and views.
  func counter(phase: Int) -> Int { (phase * 2 + attempt) * 100_000 + epoch }
}

/// Sums over the photos of an epoch, for means at its end.
package struct EpochSums: Codable, Hashable, Sendable {
  package private(set) var count = 0
  package private(set) var hits = 0
  package private(set) var loss = 0.0

  package init() {}

  /// - Parameter loss: the mean over the photos.
  mutating func add(loss: Double, hits: Int, count: Int) {
    self.count += count
    self.hits += hits
    self.loss += loss * Double(count)
  }

  /// Whether photos can have been counted so.
  var isPossible: Bool {
    (0...1 << 60).contains(count) && (0...count).contains(hits) && !loss.isNaN
  }

  var meanLoss: Double? { count > 0 ? loss / Double(count) : nil }
  var accuracy: Double? { count > 0 ? Double(hits) / Double(count) : nil }
}
