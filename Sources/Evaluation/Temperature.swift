import Foundation

/// What a classifier's logits are divided by so that it is not surer than it is right (Guo et al. 2017).
/// Which class comes first does not change.
///
/// It is never below 1: a classifier that is not sure enough of a few photos may only not have learnt for
/// long.
public struct Temperature: Hashable, Sendable {
  /// Within `range`.
  public let value: Double

  /// The values that are possible.
  public static let range = 1.0...6.0
  /// How far the logarithm of a temperature is from 0 before anything is known of it (a standard
  /// deviation): a dozen photos must not decide alone.
  static let spread = 0.5
  /// What is less than this says nothing.
  static let least = 1.01
  /// The smallest probability that is told from 0; of one that Float32 rounds to 0 nothing is known but
  /// that.
  static let leastProbability = 1e-38

  /// 1: probabilities as they are.
  public static let none = Temperature(value: 1)

  private init(value: Double) { self.value = value }

  /// The temperature that lowers the log loss of rows most, as far as they outweigh the expectation that
  /// it is near 1.
  /// - Parameters:
  ///   - rows: for each photo a probability of each class, by weights that have not seen it.
  ///   - labels: the true classes.
  /// - Precondition: as many labels as rows, each a place in its row.
  public init(fitting rows: [[Float]], labels: [Int]) {
    let logits = rows.map { $0.map { log(max(Double($0), Self.leastProbability)) } }
    func loss(_ exponent: Double) -> Double {
      let divisor = exp(exponent)
      return zip(logits, labels).reduce(exponent * exponent / (2 * Self.spread * Self.spread)) {
        $0 + Self.loss($1.0, label: $1.1, divisor)
      }
    }
    // Sections of the interval by the golden ratio.
    var (low, high) = (log(Self.range.lowerBound), log(Self.range.upperBound))
    let ratio = (5.0.squareRoot() - 1) / 2
    var (left, right) = (high - ratio * (high - low), low + ratio * (high - low))
    var (lossOfLeft, lossOfRight) = (loss(left), loss(right))
    while high - low > 1e-4 {
      if lossOfLeft < lossOfRight {
        (high, right, lossOfRight) = (right, left, lossOfLeft)
        left = high - ratio * (high - low)
        lossOfLeft = loss(left)
      } else {
        (low, left, lossOfLeft) = (left, right, lossOfRight)
        right = low + ratio * (high - low)
        lossOfRight = loss(right)
      }
    }
    let found = exp((low + high) / 2)
    value = found < Self.least ? 1 : found
  }

  /// This temperature to a power from 0, which is 1, to 1.
  public func softened(to power: Double) -> Temperature { Temperature(value: pow(value, power)) }

  /// A row's probabilities at this temperature.
  public func probabilities(_ row: some Collection<Float>) -> [Float] {
    guard value != 1 else { return Array(row) }
    let logits = row.map { log(max(Double($0), Self.leastProbability)) / value }
    let largest = logits.max() ?? 0
    let terms = logits.map { exp($0 - largest) }
    let sum = terms.reduce(0, +)
    return terms.map { Float($0 / sum) }
  }

  /// −log of the true class's probability at this temperature.
  public func loss(_ row: some Collection<Float>, label: Int) -> Double {
    Self.loss(row.map { log(max(Double($0), Self.leastProbability)) }, label: label, value)
  }

  private static func loss(_ logits: [Double], label: Int, _ divisor: Double) -> Double {
    let largest = logits.max() ?? 0
    let sum = logits.reduce(0) { $0 + exp(($1 - largest) / divisor) }
    return log(sum) - (logits[label] - largest) / divisor
  }
}
