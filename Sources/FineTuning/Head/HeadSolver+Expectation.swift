import Files
import TensorKernels

extension HeadSolver {
  /// What solving a head of so many features is expected to take on this machine, measured on a few rows of
  /// noise: the penalty's choice and the solutions for it. About half to twice that, for how many iterations
  /// a task needs shows only in its features.
  /// - Parameters:
  ///   - rows: the examples to train on.
  ///   - refit: the examples of a solution that comes after, with all photos; 0 if none does.
  /// - Returns: seconds, and the bytes that the solver needs beside the features.
  package func expectation(rows: Int, dimension: Int, classes: Int, refit: Int) -> (
    seconds: Double, memory: Int
  ) {
    guard rows > 0, classes >= 2 else { return (0, 0) }
    let cost = HeadCost(dimension: dimension, classes: classes)
    let (examples, rounds) = affordable(rows: rows, dimension: dimension, classes: classes)
    var expected = cost.solving(rows: rows) + (refit > 0 ? cost.solving(rows: refit) : 0)
    expected += Double(rounds) * cost.round(rows: examples, folds: options.folds)
    // Each search keeps its pairs in Float32.
    let searches = max(1, min(rounds, pool.count))
    let memory = searches * 2 * LBFGS.usualMemory * (dimension + 1) * classes * 4
    return (expected * slowness(rows: rows, dimension: dimension, classes: classes), memory)
  }

  /// Seconds of all workers for a second of `HeadCost`, of one evaluation on noise.
  private func slowness(rows: Int, dimension: Int, classes: Int) -> Double {
    // More than caches hold, if there is so much, and not long to wait for.
    let rows = min(rows, max(256, (8 << 20) / dimension))
    var random = CounterRandom(seed: 0)
    let features = FeatureMatrix(
      rows: rows, dimension: dimension,
      values: (0..<rows * dimension).map { _ in Float(random.uniform()) })
    let objective = LogisticObjective(
      rows: features, normalisation: Normalisation(of: features),
      labels: (0..<rows).map { Int32($0 % classes) }, classes: classes,
      likelihood: .exclusive, counted: [Float](repeating: 1, count: rows), penalty: 1,
      multiplier: multiplier, workers: pool.count)
    let point = (0..<objective.parameterCount).map { _ in random.uniform(-1, 1) }
    var gradient = point
    func measure() -> Double {
      let start = ContinuousClock.now
      _ = objective.evaluate(point, gradient: &gradient, team: pool)
      return start.secondsAgo
    }
    _ = measure()
    let fastest = (0..<3).map { _ in measure() }.min() ?? 0
    return fastest
      / HeadCost(dimension: dimension, classes: classes).evaluation(rows: rows)
  }
}
