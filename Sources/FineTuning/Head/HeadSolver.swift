import Files
import TensorKernels

/// Solves a linear classifier on pooled features to convergence: multinomial logistic regression with an L2
/// penalty, or that of each class where examples have any number of them, by L-BFGS.
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
    /// The same for the solutions that only choose the penalty, where it is 1; times α^¼ for others, as a weak
    /// penalty leaves more to the last iterations.
    package var validationTolerance = 1e-3
    package var maximumIterations = 1000
    /// Seconds of one core that choosing a penalty may take, as `HeadCost` has them: where it would take
    /// more, fewer rounds have to do, at last one on a stratified part of the examples.
    package var workLimit = 5.0
    /// Decides the folds, and the part where there is one.
    package var seed: UInt64 = 0

    package init() {}
  }

  /// What the cross-validation found for one penalty.
  package struct Trial: Codable, Hashable, Sendable {
    package let penalty: Double
    /// Mean over all examples that were left out once, and over the classes where these do not exclude one
    /// another.
    package let logLoss: Double
    /// `0...1`, over the same examples: of those all of whose classes are right.
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

  let multiplier: any MatrixMultiplier
  let pool: WorkerPool
  package let options: Options
  /// What labels say, and logits.
  let likelihood: Likelihood

  package init(
    multiplier: any MatrixMultiplier, pool: WorkerPool, options: Options = Options(),
    likelihood: Likelihood = .exclusive
  ) {
    precondition(!options.penalties.isEmpty, "a head needs at least one penalty to choose from")
    self.multiplier = multiplier
    self.pool = pool
    self.options = options
    self.likelihood = likelihood
  }

  /// Relative differences of the log loss that mean nothing.
  static let indifference = 1e-3

  /// Chooses the penalty with the lowest log loss in a stratified, seeded cross-validation.
  ///
  /// Of equal losses, to a thousandth, the stronger penalty is taken. The search ends once three weaker penalties in a row
  /// brought nothing, or one made the loss 3 % worse than the lowest.
  /// - Parameters:
  ///   - weights: what each row counts, in training and where it is left out; `nil` for 1.
  ///   - groups: rows of the same number are left out together, as the views of one photo are; `nil`
  ///     leaves out each row by itself. The rows of a group have one label.
  /// - Precondition: every label is in `0..<classes`, or that of a set of them, and there are at least two
  ///   classes; weights are above 0.
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
    let (limit, affordableRounds) = affordable(
      rows: features.rows, dimension: features.dimension, classes: classes)
    if limit < features.rows {
      let part = rowGroups(labels, groups).stratifiedPart(limit, seed: options.seed ^ 0x5EED)
      labels = part.map { labels[$0] }
      rows = features.selecting(part)
      weights = weights.map { all in part.map { all[$0] } }
      groups = groups.map { all in part.map { all[$0] } }
    }
    let (strata, bound) = strata(labels)
    let folds = StratifiedFolds(
      labels: strata, classes: bound, maximum: options.folds, seed: options.seed,
      groups: groups)
    guard folds.count >= 2 else {
      return Choice(
        penalty: options.defaultPenalty, trials: [], folds: 0, examples: features.rows)
    }
    let validation = CrossValidation(
      rows: rows, normalisation: Normalisation(of: rows), labels: labels, classes: classes,
      likelihood: likelihood, weights: weights ?? [Float](repeating: 1, count: rows.rows),
      folds: folds,
      roundCount: min(folds.count, affordableRounds), options: options, multiplier: multiplier,
      pool: pool)
    let trials = validation.run()
    let lowest = trials.map(\.logLoss).min() ?? 0
    let best = trials.first { $0.logLoss <= lowest * (1 + Self.indifference) }
    return Choice(
      penalty: best?.penalty ?? options.defaultPenalty, trials: trials,
      folds: validation.roundCount,
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
      classes: classes, likelihood: likelihood,
      counted: weights ?? [Float](repeating: 1, count: features.rows),
      penalty: penalty, multiplier: multiplier, workers: pool.count)
    let (outcome, scale) = minimise(objective)
    let (kernel, bias) = normalisation.fold(outcome.point, classes: classes)
    return Solution(
      kernel: kernel, bias: bias, penalty: penalty, objective: outcome.value,
      iterations: outcome.iterations,
      relativeGradient: scale > 0 ? outcome.gradientNorm / scale : 0,
      converged: outcome.converged)
  }

  /// From zero, plainly; with a preconditioner as soon as that is expected to pay.
  private func minimise(_ objective: LogisticObjective) -> (LBFGS.Outcome, scale: Double) {
    let zero = [Double](repeating: 0, count: objective.parameterCount)
    let scale = objective.gradientNorm(at: zero, team: pool)
    let tolerance = options.tolerance * scale
    var history = CurvatureHistory()
    func run(from point: [Double], iterations: Int, _ preconditioner: Preconditioner?)
      -> LBFGS.Outcome
    {
      LBFGS(maximumIterations: iterations, gradientTolerance: tolerance)
        .minimise(
          from: point, history: &history, precondition: preconditioner.map { $0.apply(to:) }
        ) {
          objective.evaluate($0, gradient: &$1, team: pool)
        }
    }
    var aid = SolutionAid(
      PreconditionerPlan(
        cost: HeadCost(dimension: objective.rows.dimension, classes: objective.classes),
        rows: objective.rows.rows))
    var outcome = run(from: zero, iterations: min(aid.stage, options.maximumIterations), nil)
    var reached = aid.stage
    aid.report(iterations: outcome.iterations, from: scale, to: outcome.gradientNorm)
    // A stage that ends before its limit has converged, or finds no lower value.
    while !outcome.converged, outcome.iterations == reached, reached < options.maximumIterations {
      aid.prepare(missing: outcome.gradientNorm / tolerance) {
        Covariance(
          of: objective.rows, normalisation: objective.normalisation, multiplier: multiplier,
          pool: pool)
      } preconditioner: {
        objective.preconditioner($0, at: outcome.point, team: pool)
      }
      reached = min(reached + aid.stage, options.maximumIterations)
      let last = run(
        from: outcome.point, iterations: reached - outcome.iterations, aid.preconditioner)
      aid.report(iterations: last.iterations, from: outcome.gradientNorm, to: last.gradientNorm)
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
    var known = 0..<classes
    if case .sets(let sets) = likelihood.labelling { known = sets.indices }
    precondition(labels.allSatisfy { known ~= $0 }, "a label is outside \(known)")
    precondition(features.rows > 0, "a head cannot be solved on no examples")
  }

  /// How many examples the cross-validation may take, and how many rounds.
  ///
  /// Rounds are given up first: the best penalty grows with the number of examples, so one that was found on a
  /// part is too weak for all, while many examples need but one round. Five examples a class are the least
  /// that says something.
  func affordable(rows: Int, dimension: Int, classes: Int) -> (examples: Int, rounds: Int) {
    let cost = HeadCost(dimension: dimension, classes: classes)
    let round = cost.round(rows: rows, folds: options.folds)
    if round <= options.workLimit {
      return (rows, min(options.folds, Int(min(1e6, options.workLimit / round))))
    }
    let fixed = cost.round(rows: 0, folds: options.folds)
    let each = (round - fixed) / Double(rows)
    let examples = Int(max(0, options.workLimit - fixed) / each)
    return (min(rows, max(5 * classes, examples)), 1)
  }

  private func rowGroups(_ labels: [Int32], _ groups: [Int]?) -> RowGroups {
    let (strata, bound) = strata(labels)
    return RowGroups(labels: strata, classes: bound, groups: groups)
  }

  /// What is divided evenly: each class, or stratum.
  func strata(_ labels: [Int32]) -> (numbers: [Int32], bound: Int) {
    let (numbers, bound) = likelihood.labelling.strata(of: labels.map(Int.init))
    return (numbers.map(Int32.init), bound)
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
