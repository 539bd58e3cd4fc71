import Files
import Foundation

/// How the accuracy of a linear head on the base's features grows with the photos that it learns from.
///
/// The photos are dealt out, class by class, into halves, quarters and eighths; a head learns from each part, and all are
/// asked about the same photos, which none of them has learnt from. Each size so uses every photo once.
public struct LearningCurve: Codable, Hashable, Sendable {
  /// What heads of parts of one size reach.
  public struct Point: Codable, Hashable, Sendable {
    /// In a part, rounded.
    public var photos: Int
    /// How many parts.
    public var parts: Int
    /// The mean over the parts, `0...1`.
    public var accuracy: Double
    /// Of the worst and the best part.
    public var lowest, highest: Double
  }

  /// What twice the photos would bring if errors go on falling as a power of their number (Hestness et al. 2017).
  public struct Doubling: Codable, Hashable, Sendable {
    /// How much of the accuracy is gained, `0...1`.
    public var gain: Double
    /// Between the 2.5th and the 97.5th percentile of the gain over samples drawn from the measured photos, with errors
    /// that vary as those of parts of one size do. It does not know of an end of the fall, nor of photos of another kind.
    public var interval: BootstrapIntervals.Interval
  }

  /// With ever more photos; at least two.
  public var points: [Point]
  /// `nil` for fewer than three points, or where more photos have brought nothing so far.
  public var doubling: Doubling?

  /// Answers of the heads of one size.
  package struct Size {
    /// In a part, rounded.
    package let photos: Int
    /// For each part whether each of the measured photos, in one order, was answered rightly.
    package let hits: [[Bool]]

    /// - Parameters:
    ///   - photos: in a part, rounded.
    ///   - hits: for each part, at least one, whether each measured photo, at least one, was answered rightly.
    package init(photos: Int, hits: [[Bool]]) {
      self.photos = photos
      self.hits = hits
    }
  }

  /// - Parameter sizes: with ever more photos.
  /// - Returns: `nil` for fewer than two sizes.
  package init?(_ sizes: [Size]) {
    guard sizes.count > 1 else { return nil }
    points = sizes.map { size in
      let accuracies = size.hits.map { part in ratio(part.count { $0 }, part.count) }
      return Point(
        photos: size.photos, parts: size.hits.count, accuracy: mean(accuracies),
        lowest: accuracies.min() ?? 0, highest: accuracies.max() ?? 0)
    }
    doubling = Doubling(sizes)
  }
}

extension LearningCurve.Doubling {
  private static let samples = 1000
  /// A fall needs so many sizes to be seen.
  private static let fewestSizes = 3

  fileprivate init?(_ sizes: [LearningCurve.Size]) {
    guard sizes.count >= Self.fewestSizes else { return nil }
    let photos = sizes[0].hits[0].count
    // The share of wrong answers to each photo, size by size.
    let wrong = sizes.map { size in
      (0..<photos).map { photo in ratio(size.hits.count { !$0[photo] }, size.hits.count) }
    }
    func gain(_ errors: [Double]) -> Double {
      PowerLaw(zip(sizes.map { Double($0.photos) }, errors)).fall(
        from: Double(sizes[sizes.count - 1].photos))
    }
    // Half a photo more is wrong than was: no error has a logarithm.
    func errors(_ sums: [Double]) -> [Double] { sums.map { ($0 + 0.5) / (Double(photos) + 1) } }
    self.gain = gain(errors(wrong.map { $0.reduce(0, +) }))
    guard self.gain > 0 else { return nil }
    let spread = Self.spread(sizes)
    let gains = (0..<Self.samples).map { sample in
      var random = CounterRandom(seed: 0, epoch: 0xd0b1e, index: UInt64(sample))
      var sums = [Double](repeating: 0, count: sizes.count)
      for _ in 0..<photos {
        let photo = Int.random(in: 0..<photos, using: &random)
        for size in sizes.indices { sums[size] += wrong[size][photo] }
      }
      let drawn = zip(errors(sums), sizes).map { error, size in
        error * exp(spread / Double(size.hits.count).squareRoot() * random.normal())
      }
      return gain(drawn)
    }
    interval = BootstrapIntervals.Interval(gains)
  }
}

extension LearningCurve.Doubling {
  /// How much logarithms of errors of parts of one size differ: their standard deviation, over all sizes.
  private static func spread(_ sizes: [LearningCurve.Size]) -> Double {
    var (squares, freedom) = (0.0, 0)
    for size in sizes where size.hits.count > 1 {
      let errors = size.hits.map { part in
        log((Double(part.count { !$0 }) + 0.5) / (Double(part.count) + 1))
      }
      let centre = mean(errors)
      squares += errors.reduce(0) { $0 + ($1 - centre) * ($1 - centre) }
      freedom += errors.count - 1
    }
    return freedom > 0 ? (squares / Double(freedom)).squareRoot() : 0
  }
}

extension CounterRandom {
  /// A draw of the standard normal distribution (Box and Muller 1958).
  fileprivate mutating func normal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &self))
  }
}

/// error = a · photos^−b, by least squares of the logarithms.
struct PowerLaw {
  private let intercept: Double
  /// Of log error over log photos; not above 0: more photos do no harm.
  let slope: Double

  /// - Parameter points: numbers of photos, at least two different ones, and errors, all above 0.
  init(_ points: some Sequence<(Double, Double)>) {
    let logarithms = points.map { (x: log($0.0), y: log($0.1)) }
    let (x, y) = (mean(logarithms.map(\.x)), mean(logarithms.map(\.y)))
    let covariance = logarithms.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    let variance = logarithms.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    slope = min(0, variance > 0 ? covariance / variance : 0)
    intercept = y - slope * x
  }

  func error(_ photos: Double) -> Double { exp(intercept + slope * log(photos)) }

  /// What of the error goes when the photos become twice as many.
  func fall(from photos: Double) -> Double { error(photos) - error(2 * photos) }
}
