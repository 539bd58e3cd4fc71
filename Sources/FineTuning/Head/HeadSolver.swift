import Files
import TensorKernels

/// Solves a linear softmax classifier on pooled features to convergence: multinomial logistic
/// regression with an L2 penalty, by L-BFGS.
///
/// Features are centred one by one and then scaled by a single number that gives a row the mean
/// squared norm 1. The penalty α then means the same for every network; scaling each feature to unit
/// variance instead gave no better cross-validated loss on real photos, and takes away what the
/// network says about which features matter. Both steps are folded back into kernel and bias, so the
/// solution applies to the features as they are.
///
/// The bytes of the solution do not depend on the number of workers.
package struct HeadSolver: Sendable {
  /// How a head is solved and its penalty is chosen.
  package struct Options: Codable, Hashable, Sendable {
    /// The penalties to choose from, strongest first: each solution starts from the one before.
    package var penalties: [Double] = [
      10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6,
      3e-7, 1e-7,
    ]
    /// The penalty where cross-validation cannot choose one, as with one image a class. Measured
    /// with one, two and five images a class of two data sets: accuracy is level from 0.1 down to
    /// 1e-5, the log loss is best near here.
    package var defaultPenalty = 1e-3
    /// The number of rounds of the cross-validation, where classes are large enough.
    package var folds = 5
    /// The gradient's norm at the solution, relative to that of the zero classifier.
    package var tolerance = 1e-5
    /// The same for the solutions that only choose the penalty.
    package var validationTolerance = 1e-4
    package var maximumIterations = 1000
    /// Floating-point operations that choosing a penalty may take, roughly: where it would take
    /// more, it is chosen on a stratified part of the examples, and with fewer folds if need be.
    package var workLimit = 2e12
    /// Decides the folds, and the part where there is one.
    package var seed: UInt64 = 0

    package init() {}
  }

  /// What the cross-validation found for one penalty.
  package struct Trial: Codable, Hashable, Sendable {
    package let penalty: Double
    /// Mean over all examples that were left out once.
    package let logLoss: Double
    /// `0...1`, over the same examples.
    package let accuracy: Double
  }

  /// The chosen penalty, and why.
  package struct Choice: Codable, Hashable, Sendable {
    /// α of the objective 1/n · [Σ log loss + α/2 · ‖W‖²], W being the kernel for normalised features.
    package let penalty: Double
    /// All penalties tried, strongest first; empty when the default was taken.
    package let trials: [Trial]
    /// The number of rounds; 0 when the default was taken.
    package let folds: Int
    /// How many examples took part.
    package let examples: Int
  }

  /// A head for features as they are.
  package struct Solution: Hashable, Sendable {
    /// `[dimension, classes]`, as a Keras dense layer stores it.
    package let kernel: Tensor
    /// `[classes]`.
    package let bias: Tensor
    package let penalty: Double
    /// The objective at the solution.
    package let objective: Double
    package let iterations: Int
    /// The gradient's norm, relative to that of the zero classifier.
    package let relativeGradient: Double
    /// Whether `relativeGradient` reached the tolerance.
    package let converged: Bool
  }

  private let multiplier: any MatrixMultiplier
  private let pool: WorkerPool
  package let options: Options

  package init(multiplier: any MatrixMultiplier, pool: WorkerPool, options: Options = Options()) {
    precondition(!options.penalties.isEmpty, "a head needs at least one penalty to choose from")
    self.multiplier = multiplier
    self.pool = pool
    self.options = options
  }

  /// Iterations that suffice for features and labels of most tasks. Where they do not, features are much
  /// alike, and a preconditioner pays.
  static let plainIterations = 50

  /// Relative differences of the log loss that mean nothing.
  static let indifference = 1e-3

  /// Chooses the penalty with the lowest log loss in a stratified, seeded cross-validation.
  ///
  /// Of equal losses, to a thousandth, the stronger penalty is taken. The search ends once three weaker penalties in a row
  /// brought nothing.
  /// - Parameters:
  ///   - weights: what each row counts, in training and where it is left out; `nil` for 1.
  ///   - groups: rows of the same number are left out together, as the views of one photo are; `nil`
  ///     leaves out each row by itself. The rows of a group have one label.
  /// - Precondition: every label is in `0..<classes`, and there are at least two classes; weights are
  ///   above 0.
  package func choosePenalty(
    _ features: FeatureMatrix, labels: [Int], classes: Int, weights: [Float]? = nil,
    groups: [Int]? = nil
  ) -> Choice {
    check(features, labels, classes, weights)
    precondition(groups.map { $0.count == labels.count } ?? true, "a group for each row")
    var labels = labels.map(Int32.init)
    var rows = features
    var weights = weights
    var groups = groups
    let (limit, foldCount) = affordable(features, classes)
    if limit < features.rows {
      let part = stratifiedPart(
        of: RowGroups(labels: labels, classes: classes, groups: groups), share: limit)
      labels = part.map { labels[$0] }
      rows = features.selecting(part)
      weights = weights.map { all in part.map { all[$0] } }
      groups = groups.map { all in part.map { all[$0] } }
    }
    let folds = StratifiedFolds(
      labels: labels, classes: classes, maximum: foldCount, seed: options.seed, groups: groups)
    guard folds.count >= 2 else {
      return Choice(
        penalty: options.defaultPenalty, trials: [], folds: 0, examples: features.rows)
    }
    let validation = CrossValidation(
      rows: rows, normalisation: Normalisation(of: rows), labels: labels, classes: classes,
      weights: weights ?? [Float](repeating: 1, count: rows.rows), folds: folds, options: options,
      multiplier: multiplier, pool: pool)
    let trials = validation.run()
    let lowest = trials.map(\.logLoss).min() ?? 0
    let best = trials.first { $0.logLoss <= lowest * (1 + Self.indifference) }
    return Choice(
      penalty: best?.penalty ?? options.defaultPenalty, trials: trials, folds: folds.count,
      examples: rows.rows)
  }

  /// Solves the head for one penalty.
  /// - Parameter weights: what each row counts; `nil` for 1. The penalty α then stands beside the
  ///   weighted sum of the losses.
  /// - Precondition: as for `choosePenalty`.
  package func solve(
    _ features: FeatureMatrix, labels: [Int], classes: Int, penalty: Double,
    weights: [Float]? = nil
  ) -> Solution {
    check(features, labels, classes, weights)
    let normalisation = Normalisation(of: features)
    let objective = LogisticObjective(
      rows: features, normalisation: normalisation, labels: labels.map(Int32.init),
      classes: classes, counted: weights ?? [Float](repeating: 1, count: features.rows),
      penalty: penalty, multiplier: multiplier, workers: pool.count)
    let (outcome, scale) = minimise(objective)
    let (kernel, bias) = normalisation.fold(outcome.point, classes: classes)
    return Solution(
      kernel: kernel, bias: bias, penalty: penalty, objective: outcome.value,
      iterations: outcome.iterations,
      relativeGradient: scale > 0 ? outcome.gradientNorm / scale : 0,
      converged: outcome.converged)
  }

  /// From zero, in stages: the first as it is; where that does not suffice, more with a preconditioner, each
  /// for the curvature where it begins.
  private func minimise(_ objective: LogisticObjective) -> (LBFGS.Outcome, scale: Double) {
    let zero = [Double](repeating: 0, count: objective.parameterCount)
    let scale = objective.gradientNorm(at: zero, team: pool)
    func run(from point: [Double], iterations: Int, _ preconditioner: Preconditioner?)
      -> LBFGS.Outcome
    {
      LBFGS(maximumIterations: iterations, gradientTolerance: options.tolerance * scale)
        .minimise(from: point, precondition: preconditioner.map { $0.apply(to:) }) {
          objective.evaluate($0, gradient: &$1, team: pool)
        }
    }
    let stage =
      Covariance.isWorthwhile(objective.rows) ? Self.plainIterations : options.maximumIterations
    var limit = min(stage, options.maximumIterations)
    var last = run(from: zero, iterations: limit, nil)
    var outcome = last
    var covariance: Covariance?
    // A stage that ends before its limit has converged, or finds no lower value.
    while !outcome.converged, last.iterations == limit,
      outcome.iterations < options.maximumIterations
    {
      let known =
        covariance
        ?? Covariance(
          of: objective.rows, normalisation: objective.normalisation, multiplier: multiplier,
          pool: pool)
      covariance = known
      limit = min(stage, options.maximumIterations - outcome.iterations)
      last = run(
        from: outcome.point, iterations: limit,
        objective.preconditioner(known, at: outcome.point, team: pool))
      outcome = outcome.followed(by: last)
    }
    return (outcome, scale)
  }

  private func check(
    _ features: FeatureMatrix, _ labels: [Int], _ classes: Int, _ weights: [Float]?
  ) {
    if let weights {
      precondition(weights.count == labels.count, "a weight for each row")
      precondition(weights.allSatisfy { $0 > 0 && $0.isFinite }, "a weight is not above 0")
    }
    precondition(features.rows == labels.count, "\(labels.count) labels for \(features.rows) rows")
    precondition(classes >= 2, "a classifier needs two classes, not \(classes)")
    precondition(labels.allSatisfy { 0 <= $0 && $0 < classes }, "a label is outside 0..<\(classes)")
    precondition(features.rows > 0, "a head cannot be solved on no examples")
  }

  /// How many examples the cross-validation may take, with how many folds.
  ///
  /// About ten penalties of 25 evaluations of two products for each fold; five examples a class are
  /// the least that says something.
  private func affordable(_ features: FeatureMatrix, _ classes: Int) -> (examples: Int, folds: Int)
  {
    let perExample = 250 * 4 * Double(features.dimension) * Double(classes)
    let least = min(features.rows, 5 * classes)
    var folds = options.folds
    while true {
      let examples = Int(options.workLimit / (Double(folds) * perExample))
      if examples >= least || folds <= 2 { return (max(least, examples), folds) }
      folds -= 1
    }
  }

  /// About `share` rows in ascending order, of each class in proportion, at least two groups where
  /// it has them.
  private func stratifiedPart(of groups: RowGroups, share: Int) -> [Int] {
    var random = CounterRandom(seed: options.seed ^ 0x5EED)
    return groups.byClass.flatMap { members in
      let count = max(min(2, members.count), members.count * share / groups.rowCount)
      return members.shuffled { random.remainder($0) }.prefix(count).flatMap { $0 }
    }.sorted()
  }
}

extension LogisticObjective {
  func gradientNorm(at point: [Double], team: WorkerPool?) -> Double {
    var gradient = point
    _ = evaluate(point, gradient: &gradient, team: team)
    return dot(gradient, gradient).squareRoot()
  }

  /// For searches that begin at a point; `nil` if there is none.
  func preconditioner(_ covariance: Covariance, at point: [Double], team: WorkerPool?)
    -> Preconditioner?
  {
    covariance.preconditioner(
      variance: meanVariance(at: point, team: team), ridge: penalty / total)
  }
}
