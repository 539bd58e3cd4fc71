/// A set of weights that may be kept, and how it did on the validation photos.
public struct Candidate: Codable, Hashable, Sendable {
  /// The phase it comes from, from 0.
  public var phase: Int
  /// From 1; 0 is what the phase began with.
  public var epoch: Int
  /// `nil` when there are no validation photos.
  public var validation: Score?

  package init(phase: Int, epoch: Int, validation: Score?) {
    self.phase = phase
    self.epoch = epoch
    self.validation = validation
  }

  /// Whether this is to be kept instead of an earlier candidate: by accuracy, then by log loss; the
  /// earlier one wins a tie. Without validation photos nothing is known, and the later one is kept.
  /// - Parameter byLoss: whether the log loss alone decides, as where few photos have all of their labels right.
  package func isBetter(than earlier: Candidate, byLoss: Bool = false) -> Bool {
    guard let own = validation, let other = earlier.validation else { return true }
    if !byLoss, own.accuracy != other.accuracy { return own.accuracy > other.accuracy }
    return own.logLoss < other.logLoss
  }
}

/// How well photos are classified.
public struct Score: Codable, Hashable, Sendable {
  /// `0...1`: of photos with any number of classes, how many have all of them right, at probabilities of one half.
  public var accuracy: Double
  /// The mean of −log of the probability of the true class or, where a photo has any number of them, of what
  /// is true of each class: the mean over the classes, too.
  public var logLoss: Double

  package init(accuracy: Double, logLoss: Double) {
    self.accuracy = accuracy
    self.logLoss = logLoss
  }

  /// Sums over examples, for a mean at the end.
  struct Sums: Sendable {
    private var hits = 0
    private var loss = 0.0
    private(set) var count = 0
    /// How often each class was right, and how often it was named; nothing where they do not exclude one
    /// another.
    private(set) var truths: [Int: Int] = [:]
    private(set) var predictions: [Int: Int] = [:]

    /// - Parameter logits: overwritten by the probabilities.
    mutating func add(
      _ logits: UnsafeMutableBufferPointer<Float>, label: Int, _ likelihood: Likelihood
    ) {
      if likelihood.isHit(logits, label: label) { hits += 1 }
      if !likelihood.labelling.isMultiLabel {
        truths[label, default: 0] += 1
        predictions[logits.firstLargest, default: 0] += 1
      }
      loss += likelihood.apply(to: logits, label: label)
      count += 1
    }

    /// Adds what all ranks have.
    mutating func addRanks(
      _ ranks: Ranks, classes: Int
    ) throws(CommunicationError) {
      var sums = [Double(hits), loss, Double(count)]
      for counts in [truths, predictions] {
        sums += (0..<classes).map { Double(counts[$0] ?? 0) }
      }
      try ranks.add(&sums)
      (hits, loss, count) = (Int(sums[0]), sums[1], Int(sums[2]))
      for label in 0..<classes {
        truths[label] = Int(sums[3 + label])
        predictions[label] = Int(sums[3 + classes + label])
      }
    }

    /// `nil` over no examples.
    func score(_ likelihood: Likelihood) -> Score? {
      let count = Double(count)
      guard count > 0 else { return nil }
      return Score(
        accuracy: Double(hits) / count, logLoss: loss / count / Double(likelihood.decisions))
    }
  }
}
