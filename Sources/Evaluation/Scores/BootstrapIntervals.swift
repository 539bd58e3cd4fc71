import Files
import Foundation

/// 95 % intervals of figures that no formula gives one for: between the 2.5th and the 97.5th percentile of the
/// same figure over samples drawn, with repetition, from the photos (Efron 1979).
///
/// The intervals say how much other photos of the same kind would change the figure; they do not know of
/// photos that are of another kind than these.
public struct BootstrapIntervals: Codable, Hashable, Sendable {
  /// The ends of an interval.
  public struct Interval: Codable, Hashable, Sendable {
    /// `lower <= upper`.
    public var lower, upper: Double
  }

  /// Of `ClassificationMetrics`' figures of the same names, and of `Agreement.matthews`.
  public var accuracy, balancedAccuracy, macroF1, logLoss, matthews: Interval
  /// Of each class, in their order.
  public var f1: [Interval]

  /// - Parameters:
  ///   - rows: what was predicted; at least one.
  ///   - classes: how many there are.
  ///   - samples: how many are drawn.
  ///   - seed: of the draws: equal seeds and rows give equal intervals.
  public init(_ rows: [PredictionRow], classes: Int, samples: Int = 1000, seed: UInt64 = 0) {
    precondition(!rows.isEmpty && samples > 0, "nothing to draw from")
    let photos = rows.map(Outcome.init)
    var figures = Figures(classes: classes)
    for sample in 0..<samples {
      var random = CounterRandom(seed: seed, epoch: 0xb007, index: UInt64(sample))
      figures.add(photos, drawnBy: &random)
    }
    accuracy = Interval(figures.accuracy)
    balancedAccuracy = Interval(figures.balancedAccuracy)
    macroF1 = Interval(figures.macroF1)
    logLoss = Interval(figures.logLoss)
    matthews = Interval(figures.matthews)
    f1 = figures.f1.map { Interval($0) }
  }
}

/// What a photo adds to the figures.
private struct Outcome {
  let truth, predicted: Int
  let loss: Double

  init(_ row: PredictionRow) {
    truth = row.truth
    predicted = row.predicted
    loss = ClassificationMetrics.logLoss([row])
  }
}

/// The figures of each sample.
private struct Figures {
  var accuracy: [Double] = []
  var balancedAccuracy: [Double] = []
  var macroF1: [Double] = []
  var logLoss: [Double] = []
  var matthews: [Double] = []
  /// For each class.
  var f1: [[Float]]

  init(classes: Int) { f1 = Array(repeating: [], count: classes) }

  mutating func add(_ photos: [Outcome], drawnBy random: inout CounterRandom) {
    var counts = [ClassCounts](repeating: ClassCounts(), count: f1.count)
    var loss = 0.0
    for _ in photos.indices {
      let photo = photos[Int.random(in: 0..<photos.count, using: &random)]
      counts[photo.truth].support += 1
      counts[photo.predicted].predicted += 1
      if photo.truth == photo.predicted { counts[photo.truth].right += 1 }
      loss += photo.loss
    }
    accuracy.append(ratio(counts.reduce(0) { $0 + $1.right }, photos.count))
    balancedAccuracy.append(mean(counts.filter { $0.support > 0 }.map(\.recall)))
    macroF1.append(AveragedScores.macro(counts).f1)
    logLoss.append(loss / Double(photos.count))
    matthews.append(Agreement(counts).matthews)
    for index in counts.indices { f1[index].append(Float(counts[index].f1)) }
  }
}

extension BootstrapIntervals.Interval {
  /// Between the 2.5th and the 97.5th percentile.
  init(_ values: [some BinaryFloatingPoint]) {
    let sorted = values.sorted()
    (lower, upper) = (Self.quantile(0.025, sorted), Self.quantile(0.975, sorted))
  }

  /// Between the neighbours, as NumPy's `quantile` has it.
  private static func quantile(_ share: Double, _ sorted: [some BinaryFloatingPoint]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    let (low, high) = (Double(sorted[below]), Double(sorted[above]))
    return low + (high - low) * (place - Double(below))
  }
}
