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

  /// The sum over the photos that is enough for the end although the gain is within its noise: as if there
  /// were one photo more, on which it is worse by so much. The end deserves the benefit of the doubt, for a
  /// trial has fewer photos than the training that repeats it, which costs a tuned network more than a head.
  /// Where the beginning is right of nearly all photos no gain is as large.
  package static let neededSum = 1.0
  /// How many standard errors of it a gain must have that lies a part of the way.
  package static let neededErrors = 0.5

  /// The mean loss of what the phase began with.
  package let before: Double
  /// The place in `shares` of the weights that are compared with the beginning, and their mean loss.
  package let best: Int
  package let after: Double
  /// By how much these lower the loss, and the standard error of that over the photos.
  package let gain: Double
  package let error: Double
  /// Whether the weights at `best` are to be kept: a single photo changes nothing.
  package let isBetter: Bool

  /// The end is taken where it is better than the beginning, a part of the way only where it is not: half
  /// the way of the training that is repeated on all photos is not half the way of this one.
  /// - Parameters:
  ///   - before: −log of the true class's probability, photo by photo.
  ///   - after: the same of the weights at each of the `shares`.
  ///   - needed: the sum that is enough, in the unit of the losses.
  /// - Returns: `nil` without photos.
  package init?(before: [Double], after: [[Double]], needed: Double = Self.neededSum) {
    guard !before.isEmpty, let end = after.last else { return nil }
    let means = after.map { $0.reduce(0, +) / Double(before.count) }
    let lowest = means.indices.min { means[$0] < means[$1] } ?? after.count - 1
    let ofEnd = Self.gain(from: before, to: end)
    let isEnd = Self.isGain(ofEnd, ofEnd: true, photos: before.count, needed)
    best = isEnd ? after.count - 1 : lowest
    self.before = before.reduce(0, +) / Double(before.count)
    self.after = means[best]
    (gain, error) = Self.gain(from: before, to: after[best])
    isBetter =
      isEnd
      || best < after.count - 1
        && Self.isGain((gain, error), ofEnd: false, photos: before.count, needed)
  }

  /// By how much the loss falls, photo by photo, and the standard error of that.
  private static func gain(from before: [Double], to after: [Double]) -> (
    mean: Double, error: Double
  ) {
    let count = Double(before.count)
    let gains = zip(before, after).map { $0 - $1 }
    let mean = gains.reduce(0, +) / count
    let squares = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, count > 1 ? (squares / (count - 1) / count).squareRoot() : .infinity)
  }

  /// How far the weights to keep lie on the way: 0 where what the phase began with is kept.
  package var share: Double { isBetter ? Self.shares[best] : 0 }

  private static func isGain(
    _ gain: (mean: Double, error: Double), ofEnd isEnd: Bool, photos: Int,
    _ needed: Double
  ) -> Bool {
    guard gain.error.isFinite else { return false }
    guard isEnd else { return gain.mean > neededErrors * gain.error }
    return gain.mean > min(gain.error, needed / Double(photos))
  }

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
      "at \(place) of phase '\(phase)' the calibrated log loss of \(photos) validation photos is \(figures), \(verdict)"
  }
}
