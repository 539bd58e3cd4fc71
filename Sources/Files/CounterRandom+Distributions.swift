import Glibc

extension CounterRandom {
  /// Of a standard normal distribution (Box and Muller 1958); takes two draws.
  package mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// Of a Beta(α, α) distribution: x / (x + y) of two gamma variates, from their logarithms, for with a
  /// small α both are too small for a number.
  package mutating func beta(_ alpha: Double) -> Double {
    let (x, y) = (logarithmOfGamma(alpha), logarithmOfGamma(alpha))
    // With a tiny α even the logarithms are out of reach: then all is one's share, and either's as likely.
    guard x.isFinite || y.isFinite else { return uniform() < 0.5 ? 0 : 1 }
    return 1 / (1 + exp(y - x))
  }

  /// The logarithm of a Gamma(α, 1) variate (Marsaglia and Tsang 2000); α below 1 by their boost of one
  /// more.
  private mutating func logarithmOfGamma(_ alpha: Double) -> Double {
    let shape = alpha < 1 ? alpha + 1 : alpha
    let boost = alpha < 1 ? log(1 - uniform()) / alpha : 0
    let d = shape - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      guard log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) else { continue }
      return log(d * v) + boost
    }
  }
}
