import Evaluation
import TensorKernels

/// What heads said of rows that they had not seen, one row after the other.
package struct OutOfFold: Sendable {
  /// The places of the rows, ascending: those that a fold left out.
  package private(set) var rows: [Int] = []
  /// −ln of the probability of each row's class; where a row has any number of classes, the mean over them of that of
  /// what is true.
  package private(set) var losses: [Double] = []
  /// Whether the row's class was the most probable one, or its classes those more probable than not.
  package private(set) var hits: [Bool] = []

  fileprivate init(_ rows: [(row: Int, loss: Double, isHit: Bool)]) {
    for row in rows.sorted(by: { $0.row < $1.row }) {
      self.rows.append(row.row)
      losses.append(row.loss)
      hits.append(row.isHit)
    }
  }
}

extension HeadSolver {
  /// How exactly heads are solved that only tell bases apart, relative to a head that is used.
  private static let roughness = 30.0

  /// Chooses the penalty, and asks heads with it about the rows that each of the folds leaves out.
  ///
  /// Which rows are left out together depends on labels, groups and seed alone, so two feature matrices of
  /// the same photos can be compared row by row.
  /// - Parameter groups: rows of the same number are left out together.
  /// - Returns: `nil` where fewer than two classes have two groups.
  /// - Precondition: as for `choosePenalty`.
  package func outOfFold(_ features: FeatureMatrix, labels: [Int], classes: Int, groups: [Int])
    -> OutOfFold?
  {
    let (strata, bound) = strata(labels.map(Int32.init))
    let folds = StratifiedFolds(
      labels: strata, classes: bound, maximum: options.folds, seed: options.seed, groups: groups)
    guard folds.count >= 2 else { return nil }
    let penalty = choosePenalty(features, labels: labels, classes: classes, groups: groups).penalty
    var options = options
    options.tolerance *= Self.roughness
    let solver = HeadSolver(
      multiplier: multiplier, pool: pool, options: options, likelihood: likelihood)
    var answers: [(row: Int, loss: Double, isHit: Bool)] = []
    for fold in 0..<folds.count {
      let material = labels.indices.filter { folds.fold[$0] != fold }
      let asked = labels.indices.filter { folds.fold[$0] == fold }
      let head = solver.solve(
        features.selecting(material), labels: material.map { labels[$0] }, classes: classes,
        penalty: penalty)
      let probabilities = Self.measure(
        kernel: head.kernel, bias: head.bias, on: features.selecting(asked),
        labels: asked.map { labels[$0] }, likelihood: likelihood, multiplier: multiplier, pool: pool
      ).probabilities
      for (place, row) in asked.enumerated() {
        let own = UnsafeMutableBufferPointer(
          start: probabilities.pointer + place * classes, count: classes)
        answers.append(
          (
            row, likelihood.cost(of: own, label: labels[row]),
            likelihood.isHit(own, label: labels[row], from: 0.5)
          ))
      }
    }
    return OutOfFold(answers)
  }
}
