import Foundation

/// The learning-rate range test (Smith 2015, section 3.3): a few steps at rates that grow
/// exponentially, and what the loss made of them.
///
/// A value that is fed with losses; what takes the steps is `FineTuner.findRate`.
package struct RateFinder: Codable, Hashable, Sendable {
  /// A step of the test.
  package struct Point: Codable, Hashable, Sendable {
    package let rate: Double
    /// The mean loss of the step's batch.
    package let loss: Double
    /// The exponentially weighted mean of the losses up to here, corrected for its start.
    package let smoothed: Double
  }

  /// What the test says about the rate.
  package enum Suggestion: Hashable, Sendable {
    /// Where the smoothed loss falls fastest, but no more than a tenth of the rate at which it is
    /// lowest.
    case steepest(Double)
    /// The loss did not fall, as with a head that is solved already: a tenth of the rate at which it
    /// begins to rise.
    case belowRise(Double)

    package var rate: Double {
      switch self {
      case .steepest(let rate), .belowRise(let rate): rate
      }
    }
  }

  package let lowest: Double
  package let highest: Double
  package let steps: Int
  /// What the mean keeps from step to step.
  package let smoothing: Double
  package private(set) var points: [Point] = []
  /// Whether the loss became no number or four times as large as it had been.
  package private(set) var hasDiverged = false
  private var sum = 0.0

  /// - Parameters:
  ///   - lowest: the first rate.
  ///   - highest: the last one, above the first.
  ///   - steps: at least 10.
  ///   - smoothing: `0..<1`.
  package init(
    from lowest: Double = 1e-6, to highest: Double = 1, steps: Int = 100, smoothing: Double = 0.9
  ) {
    precondition(0 < lowest && lowest < highest, "rates from \(lowest) to \(highest)")
    precondition(steps >= 10 && 0..<1 ~= smoothing, "\(steps) steps, smoothed by \(smoothing)")
    self.lowest = lowest
    self.highest = highest
    self.steps = steps
    self.smoothing = smoothing
  }

  /// Six decades of rates that suit an optimiser, up to a hundred times those that presets take.
  package init(for rule: OptimizerRule) {
    self.init(from: 1e-6 * rule.customaryRateFactor, to: rule.customaryRateFactor)
  }

  /// The rate of the next step; `nil` when the test is over.
  package var nextRate: Double? {
    guard !hasDiverged, points.count < steps else { return nil }
    return lowest * pow(highest / lowest, Double(points.count) / Double(steps - 1))
  }

  /// Takes in the loss of a step at `nextRate`.
  /// - Precondition: the test is not over.
  package mutating func add(loss: Double) {
    guard let rate = nextRate else { preconditionFailure("the test is over") }
    sum = smoothing * sum + (1 - smoothing) * loss
    let smoothed = sum / (1 - pow(smoothing, Double(points.count + 1)))
    let best = points.map(\.smoothed).min() ?? smoothed
    guard loss.isFinite, smoothed <= 4 * best + 0.1 else {
      hasDiverged = true
      return
    }
    points.append(Point(rate: rate, loss: loss, smoothed: smoothed))
  }

  /// `nil` after fewer than ten steps.
  package var suggestion: Suggestion? {
    guard points.count >= 10 else { return nil }
    // The first steps' mean is that of few batches.
    let first = max(1, points.count / 10)
    let start = points[first].smoothed
    let lowest = points.indices[first...].min { points[$0].smoothed < points[$1].smoothed } ?? first
    guard start - points[lowest].smoothed > max(0.05 * start, 4 * noise) else {
      let level = points[first..<points.count / 2].map(\.smoothed).max() ?? start
      let limit = points.last { $0.smoothed <= 1.1 * level } ?? points[first]
      return .belowRise(limit.rate / 10)
    }
    let steepest = (first...lowest).min { slope(at: $0) < slope(at: $1) } ?? lowest
    return .steepest(min(points[steepest].rate, points[lowest].rate / 10))
  }

  /// The standard deviation of the difference of two smoothed losses that comes from the batches alone:
  /// that of single losses, by the median of their changes from step to step, after smoothing.
  private var noise: Double {
    let changes = zip(points, points.dropFirst()).map { abs($1.loss - $0.loss) }.sorted()
    let deviation = changes[changes.count / 2] / 0.954
    return deviation * (2 * (1 - smoothing) / (1 + smoothing)).squareRoot()
  }

  /// The change of the smoothed loss for a factor e of the rate, over a window of a tenth of the test.
  private func slope(at index: Int) -> Double {
    let reach = max(1, steps / 20)
    let low = max(0, index - reach)
    let high = min(points.count - 1, index + reach)
    return (points[high].smoothed - points[low].smoothed)
      / log(points[high].rate / points[low].rate)
  }
}
