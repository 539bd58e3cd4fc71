import Foundation
import TensorKernels

/// What weights said of photos that they had not seen, at the points of `Evidence`: what decides how far
/// the final weights go, and what is reported of these photos once they have trained, too.
struct Trial {
  /// By their places in the run's list, in the order in which they were judged.
  private(set) var photos: [Int] = []
  /// For each photo its points, for each point a probability of each class.
  private(set) var values: [Float] = []
  /// How many points a photo has: 1 for a head that nothing follows.
  let points: Int
  let classes: Int

  init(points: Int, classes: Int) {
    self.points = points
    self.classes = classes
  }

  /// Of a checkpoint; `nil` where its parts do not belong together.
  init?(photos: [Int], _ tensor: Tensor) {
    let lengths = tensor.shape.dimensions
    guard lengths.count == 3, lengths[0] == photos.count else { return nil }
    self.photos = photos
    values = tensor.values
    points = lengths[1]
    classes = lengths[2]
  }

  /// `[photos, points, classes]`.
  var tensor: Tensor { Tensor([photos.count, points, classes], values) }

  /// Adds photos.
  /// - Parameter rows: for each point, a row of probabilities for each of the photos.
  mutating func add(_ photos: [Int], _ rows: [[Float]]) {
    self.photos += photos
    for place in photos.indices {
      for row in rows { values += row[place * classes..<(place + 1) * classes] }
    }
  }

  /// The probabilities that the weights at a point give a photo.
  func row(_ place: Int, at point: Int) -> ArraySlice<Float> {
    let first = (place * points + point) * classes
    return values[first..<first + classes]
  }

  /// Compares the points after the first with it; `nil` where there are none, or no photos.
  func evidence(labels: [Int]) -> Evidence? {
    guard points > 1 else { return nil }
    let losses = (0..<points).map { point in
      photos.indices.map { loss($0, at: point, label: labels[photos[$0]]) }
    }
    return Evidence(before: losses[0], after: Array(losses.dropFirst()))
  }

  /// How well the weights at a point classify; `nil` without photos.
  func score(at point: Int, labels: [Int]) -> Score? {
    guard !photos.isEmpty else { return nil }
    let count = Double(photos.count)
    let total = photos.indices.reduce(0.0) { $0 + loss($1, at: point, label: labels[photos[$1]]) }
    let hits = photos.indices.count { place in
      let row = Array(row(place, at: point))
      let named = row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
      return named == labels[photos[place]]
    }
    return Score(accuracy: Double(hits) / count, logLoss: total / count)
  }

  /// −log of the true class's probability. One that Float32 rounds to 0 counts as the smallest there is,
  /// not as an endless loss.
  private func loss(_ place: Int, at point: Int, label: Int) -> Double {
    let row = row(place, at: point)
    return -log(max(Double(row[row.startIndex + label]), 1e-38))
  }
}
