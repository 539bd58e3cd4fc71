/// A 95 % confidence interval for a proportion, such as an accuracy.
///
/// Wilson's score interval (Wilson 1927): unlike p ± 1.96·√(p(1 − p)/n) it stays within `0...1` and
/// has a sensible width when every photo is right, which is common on small test sets.
public struct AccuracyInterval: Codable, Hashable, Sendable {
  /// The ends, `0...1`.
  public var lower, upper: Double

  /// The interval for `successes` out of `trials`; `0...1`, knowing nothing, when there is no trial.
  public init(successes: Int, trials: Int) {
    precondition(0 <= successes && successes <= trials, "more successes than trials")
    let share = trials > 0 ? Double(successes) / Double(trials) : 0
    self.init(share: share, trials: Double(trials))
  }

  /// The interval for a share of trials that need not be a whole number: photos that belong together are
  /// worth fewer independent ones. `0...1`, knowing nothing, when there is no trial.
  /// - Parameters:
  ///   - share: of the trials that succeeded, `0...1`.
  ///   - trials: how many there are, or are as good as; at least 0.
  public init(share: Double, trials: Double) {
    precondition(0...1 ~= share && trials >= 0, "a share of 0 to 1 of some trials")
    guard trials > 0 else {
      (lower, upper) = (0, 1)
      return
    }
    let z = 1.959963984540054  // the 97.5 % quantile of the normal distribution
    let centre = share + z * z / (2 * trials)
    let half = z * (share * (1 - share) / trials + z * z / (4 * trials * trials)).squareRoot()
    let scale = 1 + z * z / trials
    // The ends are exact where none or all succeed; rounding would leave them a hair off.
    lower = share == 0 ? 0 : (centre - half) / scale
    upper = share == 1 ? 1 : (centre + half) / scale
  }
}
