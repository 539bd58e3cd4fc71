import FineTuning
import Foundation
import TensorKernels
import TestSupport

/// Features and labels drawn around one centre for each class; the same for the same seed.
struct Clusters {
  let features: FeatureMatrix
  let labels: [Int]
  let classes: Int

  init(perClass: [Int], dimension: Int, spread: Float = 1, seed: UInt64 = 1) {
    var state = seed
    func uniform() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(state >> 40) / Float(1 << 24) - 0.5
    }
    var values: [Float] = []
    var labels: [Int] = []
    let centres = perClass.map { _ in (0..<dimension).map { _ in 2 + uniform() } }
    for (label, count) in perClass.enumerated() {
      for _ in 0..<count {
        labels.append(label)
        values += centres[label].map { $0 + spread * uniform() }
      }
    }
    features = FeatureMatrix(rows: labels.count, dimension: dimension, values: values)
    self.labels = labels
    classes = perClass.count
  }

  /// Each feature is a little of its own beside all that the ones before it are, and no feature says much
  /// about the labels.
  init(alike dimension: Int, rows: Int, classes: Int) {
    let noise = Clusters(perClass: [rows], dimension: dimension, spread: 4, seed: 5)
    var values: [Float] = []
    var labels: [Int] = []
    for row in 0..<rows {
      var sum: Float = 0
      var share: Float = 1
      for column in 0..<dimension {
        sum += share * noise.features[row][column]
        share *= 0.6
        values.append(sum)
      }
      labels.append(Int(abs(noise.features[row].reduce(0) { $0 * 1.7 + $1 })) % classes)
    }
    self.init(
      features: FeatureMatrix(rows: rows, dimension: dimension, values: values), labels: labels,
      classes: classes)
  }

  /// The objective for features that are centred and have rows of the mean squared norm 1.
  func normalisedObjective(penalty: Double) -> LogisticObjective {
    let (rows, dimension) = (features.rows, features.dimension)
    let means = (0..<dimension).map { column in
      (0..<rows).reduce(0) { $0 + features[$1][column] } / Float(rows)
    }
    var values = (0..<rows).flatMap { row in zip(features[row], means).map { $0 - $1 } }
    let scale = (Float(rows) / values.reduce(0) { $0 + $1 * $1 }).squareRoot()
    for index in values.indices { values[index] *= scale }
    return Clusters(
      features: FeatureMatrix(rows: rows, dimension: dimension, values: values), labels: labels,
      classes: classes
    ).objective(penalty: penalty)
  }

  func solver(workers: Int = 2, _ change: (inout HeadSolver.Options) -> Void = { _ in })
    -> HeadSolver
  {
    var options = HeadSolver.Options()
    change(&options)
    return HeadSolver(
      multiplier: NaiveMultiplier(), pool: WorkerPool(count: workers), options: options)
  }

  func objective(penalty: Double, counted: [Float]? = nil) -> LogisticObjective {
    LogisticObjective(
      rows: features, labels: labels.map(Int32.init), classes: classes,
      counted: counted ?? [Float](repeating: 1, count: labels.count), penalty: penalty,
      multiplier: NaiveMultiplier())
  }

  /// The share of a class's examples that a head finds.
  func recall(_ head: HeadSolver.Solution, of label: Int) -> Double {
    let rows = labels.indices.filter { labels[$0] == label }
    let part = Clusters(
      features: features.selecting(rows), labels: rows.map { labels[$0] }, classes: classes)
    return part.accuracy(head)
  }

  private init(features: FeatureMatrix, labels: [Int], classes: Int) {
    self.features = features
    self.labels = labels
    self.classes = classes
  }

  /// The share of examples that a head gets right.
  func accuracy(_ head: HeadSolver.Solution) -> Double {
    var hits = 0
    for row in 0..<features.rows {
      let scores = (0..<classes).map { unit in
        (0..<features.dimension).reduce(head.bias.values[unit]) {
          $0 + features[row][$1]
            * head.kernel.values[$1 * classes + unit]
        }
      }
      if scores.firstIndex(of: scores.max() ?? 0) == labels[row] { hits += 1 }
    }
    return Double(hits) / Double(features.rows)
  }
}
