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
    guard trials > 0 else {
      (lower, upper) = (0, 1)
      return
    }
    let z = 1.959963984540054  // the 97.5 % quantile of the normal distribution
    let n = Double(trials)
    let p = Double(successes) / n
    let centre = p + z * z / (2 * n)
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    let scale = 1 + z * z / n
    // The ends are exact at 0 and n successes; rounding would leave them a hair off.
    lower = successes == 0 ? 0 : (centre - half) / scale
    upper = successes == trials ? 1 : (centre + half) / scale
  }
}
