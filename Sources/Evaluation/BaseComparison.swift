import Files

/// How bases did on a sample of the photos to train on, by heads that were cross-validated on their
/// features, and which of them is taken.
///
/// Every figure of a base is of photos that its head had not seen.
public struct BaseComparison: Codable, Hashable, Sendable {
  /// What came of a base.
  public enum Outcome: String, Codable, Hashable, Sendable {
    /// It is taken: the fastest of those that cannot be told from the best.
    case chosen
    /// It cannot be told from the best, photo by photo, and is slower than the one that is taken.
    case alike
    /// The best is better than can be chance.
    case worse
    /// After a small sample others were better, or as good and faster, and had its place.
    case halved
    /// It was not measured; the reason says why.
    case leftOut
  }

  /// How a base did on the largest sample that it has seen.
  public struct Scores: Codable, Hashable, Sendable {
    /// The photos that a head without them was asked about.
    public var photos: Int
    /// The share of these that it named right, `0...1`.
    public var accuracy: Double
    /// Wilson's 95 % interval of it; photos that belong together count as fewer.
    public var accuracyInterval: AccuracyInterval
    /// The mean of −ln of the probability of the true class.
    public var logLoss: Double
    /// By how much that is higher than the best base's on the same photos, and the standard error of the
    /// difference, photo by photo; `nil` where there are too few photos for one.
    public var behindBest: Double
    /// See `behindBest`.
    public var error: Double?

    /// Scores as they were measured.
    public init(
      photos: Int, accuracy: Double, accuracyInterval: AccuracyInterval, logLoss: Double,
      behindBest: Double, error: Double?
    ) {
      self.photos = photos
      self.accuracy = accuracy
      self.accuracyInterval = accuracyInterval
      self.logLoss = logLoss
      self.behindBest = behindBest
      self.error = error
    }
  }

  /// A base that took part.
  public struct Entry: Codable, Hashable, Sendable {
    /// As messages call it, such as `mobilenet 0.25`; or the file or run.
    public var base: String
    /// Height and width of its input, in pixels.
    public var imageSize: [Int]
    /// Single weights up to its features.
    public var parameters: Int
    /// Multiply-adds of convolutions and dense layers for a photo, up to its features.
    public var multiplyAdds: Int
    /// What a photo takes on this machine, read, decoded and run through the base; `nil` where it was not
    /// measured.
    public var secondsPerImage: Double?
    /// `nil` where it was not measured.
    public var scores: Scores?
    /// What came of it.
    public var outcome: Outcome
    /// Why it was left out; `nil` for the others.
    public var reason: String?

    /// A base that has not been measured yet.
    public init(
      base: String, imageSize: [Int], parameters: Int, multiplyAdds: Int,
      outcome: Outcome = .leftOut, reason: String? = nil
    ) {
      self.base = base
      self.imageSize = imageSize
      self.parameters = parameters
      self.multiplyAdds = multiplyAdds
      self.outcome = outcome
      self.reason = reason
    }
  }

  /// All bases, those first that saw the most photos, the better ones before the others.
  public private(set) var entries: [Entry]
  /// The photos of the largest sample.
  public let sampled: Int
  /// The photos to train on, of which that is a part.
  public let available: Int
  /// What decided which photos were sampled and which were left out together.
  public let seed: UInt64
  /// What the comparison took, and what it was allowed to take.
  public let seconds, budget: Double

  /// - Precondition: one of the entries is chosen.
  public init(
    entries: [Entry], sampled: Int, available: Int, seed: UInt64, seconds: Double, budget: Double
  ) {
    precondition(entries.count { $0.outcome == .chosen } == 1, "one base is chosen")
    self.entries = entries.sorted { $0.precedes($1) }
    self.sampled = sampled
    self.available = available
    self.seed = seed
    self.seconds = seconds
    self.budget = budget
  }

  /// The base that is taken.
  public var chosen: Entry {
    guard let entry = entries.first(where: { $0.outcome == .chosen }) else {
      preconditionFailure("one base is chosen")
    }
    return entry
  }

  /// The choice and its reason, in a sentence.
  public var sentence: String {
    ([reason]
      + [(Outcome.halved, "dropped on a smaller sample"), (.leftOut, "left out")].compactMap {
        outcome, words in
        let count = entries.count { $0.outcome == outcome }
        return count == 0 ? nil : "\(count.counted("base")) \(count == 1 ? "was" : "were") \(words)"
      }).joined(separator: "; ")
  }

  private var reason: String {
    let place = "on \(sampled) of \(available.counted("photo")) to train on"
    let alike = entries.filter { $0.outcome == .chosen || $0.outcome == .alike }
    let worse = entries.count { $0.outcome == .worse }
    guard alike.count > 1 else {
      return worse == 0
        ? "\(chosen.base) is taken: no other base was compared with it to the end"
        : "\(chosen.base) is taken: better than the \(worse.counted("other base")) by more than chance,"
          + " the last time \(place)"
    }
    let best = alike.first { $0.scores?.behindBest == 0 }?.base ?? chosen.base
    return best == chosen.base
      ? "\(best) is taken: the best, and the fastest of the \(alike.count) that cannot be told apart"
        + " \(place)"
      : "\(chosen.base) is taken: the fastest of the \(alike.count) that cannot be told from the best,"
        + " \(best), \(place)"
  }
}

extension BaseComparison.Entry {
  /// Those that saw more photos come first, then those with a lower log loss.
  fileprivate func precedes(_ other: Self) -> Bool {
    let own = (-(scores?.photos ?? 0), scores?.logLoss ?? .infinity, base)
    return own < (-(other.scores?.photos ?? 0), other.scores?.logLoss ?? .infinity, other.base)
  }

  /// The side of a square input, or height and width, such as `720 × 1280`.
  public var pixels: String {
    Set(imageSize).count == 1
      ? "\(imageSize[0])" : imageSize.map(String.init).joined(separator: " × ")
  }

  /// What came of it, in a few words.
  public var verdict: String {
    switch outcome {
    case .chosen: "taken"
    case .alike: "as good"
    case .worse: "worse"
    case .halved: "dropped"
    case .leftOut: "left out"
    }
  }
}
