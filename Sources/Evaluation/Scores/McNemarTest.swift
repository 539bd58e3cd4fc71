import Foundation

/// Whether of two classifiers one is right more often, by the photos that one has right and the other not: the exact
/// form of McNemar's test (McNemar 1947).
///
/// If both were equally good, each such photo would be as likely one's as the other's, so that their numbers are
/// binomial with a probability of one half.
public struct McNemarTest: Codable, Hashable, Sendable {
  /// How many photos the first has right and the second wrong, and the other way round.
  public var onlyFirst, onlySecond: Int
  /// How likely numbers at least as far apart are by chance alone, `0...1`: two-sided, as SciPy's `binomtest` and
  /// statsmodels' `mcnemar` with `exact`. 1 where there is no such photo.
  public var probability: Double

  /// The test of these numbers of photos, at least 0.
  public init(onlyFirst: Int, onlySecond: Int) {
    precondition(onlyFirst >= 0 && onlySecond >= 0, "numbers of photos")
    self.onlyFirst = onlyFirst
    self.onlySecond = onlySecond
    let fewer = min(onlyFirst, onlySecond)
    probability =
      onlyFirst == onlySecond
      ? 1 : min(1, 2 * Self.tail(fewer, of: onlyFirst + onlySecond))
  }

  /// The probability of at most `count` heads in so many throws of a coin.
  private static func tail(_ count: Int, of throwsOfCoin: Int) -> Double {
    let (n, k) = (Double(throwsOfCoin), Double(count))
    // The logarithm of the largest term; each smaller one follows from the one before it.
    let ways: Double = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    let largest = ways - n * log(2)
    var (term, sum) = (1.0, 1.0)
    for heads in stride(from: count, to: 0, by: -1) {
      term *= Double(heads) / (n - Double(heads) + 1)
      sum += term
      if term < .ulpOfOne * sum { break }
    }
    return exp(largest) * sum
  }
}
