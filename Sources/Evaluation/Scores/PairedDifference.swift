import Files

/// By how much two classifiers differ in a figure that is a mean over photos, on the same photos.
public struct PairedDifference: Codable, Hashable, Sendable {
  /// The mean over the photos of the second one's figure less the first one's.
  public var difference: Double
  /// In which it lies in 95 of 100 samples drawn, with repetition, from the photos: both classifiers are measured on
  /// the same sample, so that photos which are hard for both do not blur the difference (Efron and Tibshirani 1993).
  public var interval: BootstrapIntervals.Interval

  /// - Parameters:
  ///   - differences: of each photo, the second one's figure less the first one's; at least one.
  ///   - samples: how many are drawn.
  ///   - seed: of the draws: equal seeds draw the same photos, whatever the figure.
  public init(_ differences: [Double], samples: Int = 1000, seed: UInt64 = 0) {
    precondition(!differences.isEmpty && samples > 0, "nothing to draw from")
    difference = mean(differences)
    let means = (0..<samples).map { sample in
      var random = CounterRandom(seed: seed, epoch: 0xb007, index: UInt64(sample))
      var sum = 0.0
      for _ in differences.indices {
        sum += differences[Int.random(in: 0..<differences.count, using: &random)]
      }
      return sum / Double(differences.count)
    }
    interval = BootstrapIntervals.Interval(means)
  }

  /// Whether the interval has values of one sign only.
  public var isBeyondChance: Bool { interval.lower > 0 || interval.upper < 0 }
}
