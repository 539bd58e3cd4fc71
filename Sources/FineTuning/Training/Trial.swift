import Evaluation
import Foundation
import ImagePipeline
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
  /// What labels say.
  let labelling: Labelling

  init(points: Int, classes: Int, _ labelling: Labelling) {
    self.points = points
    self.classes = classes
    self.labelling = labelling
  }

  /// Of a checkpoint; `nil` where its parts do not belong together.
  init?(photos: [Int], _ tensor: Tensor, _ labelling: Labelling) {
    let lengths = tensor.shape.dimensions
    guard lengths.count == 3, lengths[0] == photos.count else { return nil }
    self.photos = photos
    values = tensor.values
    points = lengths[1]
    classes = lengths[2]
    self.labelling = labelling
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

  /// Compares the points after the first with it, each at the temperature that suits it; `nil` where there
  /// are none, or no photos.
  ///
  /// A network that was tuned to few photos is too sure of what it says, which can be mended without
  /// training; that it is wrong less often is what counts.
  func evidence(labels: [Int]) -> Evidence? {
    guard points > 1 else { return nil }
    let losses = (0..<points).map { point in
      let temperature = temperature(at: point, labels: labels)
      return photos.indices.map {
        loss(row($0, at: point), label: labels[photos[$0]], temperature)
      }
    }
    let decisions = Likelihood(labelling, classes: classes).decisions
    return Evidence(
      before: losses[0], after: Array(losses.dropFirst()),
      needed: Evidence.neededSum / Double(decisions))
  }

  /// What suits the probabilities at a point; of no more photos than it takes to know.
  func temperature(
    at point: Int, labels: [Int], where belongs: (_ place: Int) -> Bool = { _ in true }
  ) -> Temperature {
    let places = photos.indices.filter(belongs)
    let step = max(1, places.count / Self.photosForTemperature)
    let chosen = stride(from: 0, to: places.count, by: step).map { places[$0] }
    let decisions = chosen.flatMap { distributions(row($0, at: point), label: labels[photos[$0]]) }
    return Temperature(fitting: decisions.map(\.row), labels: decisions.map(\.label))
  }

  /// More photos would not change a temperature's second digit.
  private static let photosForTemperature = 2000

  /// The probabilities that the weights at a point give each photo: of a head as they are, behind it at a
  /// temperature that was fitted without the photo.
  func rows(at point: Int, labels: [Int]) -> [[Float]] {
    let parts = min(5, photos.count)
    guard point > 0, parts > 1 else { return photos.indices.map { Array(row($0, at: point)) } }
    let temperatures = (0..<parts).map { part in
      temperature(at: point, labels: labels) { $0 % parts != part }
    }
    return photos.indices.map {
      probabilities(row($0, at: point), temperatures[$0 % parts])
    }
  }

  /// How well the weights at a point classify, by their `rows`; `nil` without photos.
  func score(at point: Int, labels: [Int]) -> Score? {
    guard !photos.isEmpty else { return nil }
    let rows = rows(at: point, labels: labels)
    let count = Double(photos.count)
    let total = photos.indices.reduce(0.0) {
      $0 + loss(rows[$1][...], label: labels[photos[$1]], .none)
    }
    let hits = photos.indices.count { isHit(rows[$0], label: labels[photos[$0]]) }
    return Score(accuracy: Double(hits) / count, logLoss: total / count)
  }

  private func isHit(_ row: [Float], label: Int) -> Bool {
    guard !labelling.isMultiLabel else {
      return row.indices.filter { row[$0] >= 0.5 } == labelling.classes(of: label)
    }
    return row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 } == label
  }
}

/// What a row decides: one of the classes, or of each whether it is there.
extension Trial {
  /// Half a step of Float32 below 1: of a probability that is rounded to 1 nothing is known but that.
  private static let leastRest = Float.ulpOfOne / 4

  /// The distributions over the outcomes of each decision, and which came true.
  private func distributions(
    _ row: ArraySlice<Float>, label: Int
  ) -> [(row: [Float], label: Int)] {
    guard labelling.isMultiLabel else { return [(Array(row), label)] }
    let truths = Set(labelling.classes(of: label))
    return row.enumerated().map { unit, probability in
      (Self.ofTwo(probability), truths.contains(unit) ? 1 : 0)
    }
  }

  private static func ofTwo(_ probability: Float) -> [Float] {
    [max(1 - probability, leastRest), probability]
  }

  /// −log of the probability of what came true, the mean over the decisions.
  private func loss(
    _ row: ArraySlice<Float>, label: Int, _ temperature: Temperature
  ) -> Double {
    let decisions = distributions(row, label: label)
    let sum = decisions.reduce(0.0) { $0 + temperature.loss($1.row, label: $1.label) }
    return sum / Double(decisions.count)
  }

  /// A row at a temperature.
  private func probabilities(_ row: ArraySlice<Float>, _ temperature: Temperature) -> [Float] {
    guard labelling.isMultiLabel else { return temperature.probabilities(row) }
    return row.map { temperature.probabilities(Self.ofTwo($0))[1] }
  }

  /// What the weights at a point, their logits divided by a temperature, say of the photos.
  func rows(at point: Int, _ temperature: Temperature) -> [[Float]] {
    photos.indices.map { probabilities(row($0, at: point), temperature) }
  }
}
