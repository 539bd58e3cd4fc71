import Foundation

/// Whether weights that a phase ends with are better than those it began with, by what both say of the
/// same photos.
///
/// Losses of two networks on one photo are alike, so their difference, photo by photo, has far less noise
/// than the two means. Accuracy does not count: one photo more or less decides nothing.
package struct Evidence: Hashable {
  /// How far the kept weights lie on the straight line from the beginning, 0, to the end, 1
  /// (Wortsman et al. 2022). Where a base suits the photos already, part of the way is often better than
  /// either end.
  package static let shares = [0.25, 0.5, 0.75, 1]

  /// The mean loss of what the phase began with.
  package let before: Double
  /// The place in `shares` of the weights with the lowest mean loss, and that loss.
  package let best: Int
  package let after: Double
  /// By how much these lower the loss, and the standard error of that over the photos.
  package let gain: Double
  package let error: Double

  /// - Parameters:
  ///   - before: −log of the true class's probability, photo by photo.
  ///   - after: the same of the weights at each of the `shares`.
  /// - Returns: `nil` without photos.
  package init?(before: [Double], after: [[Double]]) {
    let means = after.map { $0.reduce(0, +) / Double(max(1, $0.count)) }
    guard !before.isEmpty, let best = means.indices.min(by: { means[$0] < means[$1] }) else {
      return nil
    }
    let count = Double(before.count)
    let gains = zip(before, after[best]).map { $0 - $1 }
    let gain = gains.reduce(0, +) / count
    let squares = gains.reduce(0) { $0 + ($1 - gain) * ($1 - gain) }
    self.before = before.reduce(0, +) / count
    self.best = best
    self.after = means[best]
    self.gain = gain
    error = before.count > 1 ? (squares / (count - 1) / count).squareRoot() : .infinity
  }

  /// How far the weights to keep lie on the way: 0 where what the phase began with is kept.
  package var share: Double { isBetter ? Self.shares[best] : 0 }

  /// Whether the gain is more than its standard error: on two photos, or by chance, nothing is changed.
  package var isBetter: Bool { gain > error }

  /// One line for the log.
  package func sentence(of phase: String, photos: Int) -> String {
    let share = Self.shares[best]
    let place = share == 1 ? "the end" : "\(Int(100 * share)) % of the way to the end"
    let figures = String(format: "%.3f, from %.3f", after, before)
    let noise = error.isFinite ? String(format: "%.3f ± %.3f", gain, error) : "an unknown amount"
    let verdict =
      isBetter
      ? "lower by \(noise): kept"
      : "which is within the noise of one photo to the next (\(noise)): what the phase began with is kept"
    return
      "at \(place) of phase '\(phase)' the log loss of \(photos) validation photos is \(figures), \(verdict)"
  }
}
