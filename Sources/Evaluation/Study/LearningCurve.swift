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

  /// With ever more photos; at least two.
  public var points: [Point]
  /// How much accuracy twice the photos would bring, `0...1`, if errors go on falling as a power of their number
  /// (Hestness et al. 2017): a rough guide, mostly too low. `nil` for fewer than three points, or where more photos
  /// have brought nothing so far.
  public var gainOfDoubling: Double?

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
    gainOfDoubling = Self.gainOfDoubling(points, measured: sizes[0].hits[0].count)
  }
}

extension LearningCurve {
  /// A fall needs so many sizes to be seen.
  private static let fewestSizes = 3

  /// - Parameter count: how many photos were asked about.
  private static func gainOfDoubling(_ points: [Point], measured count: Int) -> Double? {
    guard points.count >= fewestSizes, let last = points.last else { return nil }
    // Half a photo more is wrong than was: no error has a logarithm.
    let errors = points.map { point in
      (Double(point.photos), ((1 - point.accuracy) * Double(count) + 0.5) / Double(count + 1))
    }
    let gain = PowerLaw(errors).fall(from: Double(last.photos))
    return gain > 0 ? gain : nil
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
