import TensorKernels

/// The path of penalties, strongest first, over all folds.
struct CrossValidation {
  let rows: FeatureMatrix
  let normalisation: Normalisation
  let labels: [Int32]
  let classes: Int
  /// What each row counts.
  let weights: [Float]
  let folds: StratifiedFolds
  let options: HeadSolver.Options
  let multiplier: any MatrixMultiplier
  let pool: WorkerPool

  /// After this many penalties without a lower loss the path ends.
  private static let patience = 3

  func run() -> [HeadSolver.Trial] {
    // A fold for each worker; only where there are more workers than folds, the blocks of one fold
    // are spread instead. The arithmetic is the same, and so are its results.
    let leftOut = zip(folds.fold, weights).reduce(0.0) { $1.0 >= 0 ? $0 + Double($1.1) : $0 }
    let blocks = (rows.rows + RowGroup.blockRows - 1) / RowGroup.blockRows
    let isLarge = pool.count > folds.count && blocks >= 2 * pool.count
    let rounds = (0..<folds.count).map { Round(self, fold: $0, team: isLarge ? pool : nil) }
    var trials: [HeadSolver.Trial] = []
    var best = Double.infinity
    var sinceBest = 0
    var covariance: Covariance?
    for penalty in options.penalties.sorted(by: >) {
      // The folds differ too little for one each.
      let preconditioner = covariance.flatMap { rounds[0].preconditioner($0, for: penalty) }
      if isLarge {
        for round in rounds { round.advance(to: penalty, options, preconditioner) }
      } else {
        pool.forEach(rounds.count) { _, index in
          rounds[index].advance(to: penalty, options, preconditioner)
        }
      }
      if covariance == nil, Covariance.isWorthwhile(rows),
        rounds.contains(where: { $0.iterations >= HeadSolver.plainIterations })
      {
        covariance = Covariance(
          of: rows, normalisation: normalisation, multiplier: multiplier, pool: pool)
      }
      let trial = HeadSolver.Trial(
        penalty: penalty,
        logLoss: rounds.reduce(0) { $0 + $1.logLoss } / leftOut,
        accuracy: rounds.reduce(0) { $0 + $1.hits } / leftOut)
      trials.append(trial)
      if trial.logLoss < best * (1 - HeadSolver.indifference) {
        best = trial.logLoss
        sinceBest = 0
      } else {
        sinceBest += 1
        if sinceBest == Self.patience { break }
      }
    }
    return trials
  }
}

/// One fold on its way along the penalties.
///
/// `@unchecked Sendable`: `advance` is called by one worker at a time, and its results are read
/// after the section has ended.
private final class Round: @unchecked Sendable {
  private let objective: LogisticObjective
  private let team: WorkerPool?
  private var point: [Double]
  private let scale: Double
  private(set) var iterations = 0
  private(set) var logLoss = 0.0
  private(set) var hits = 0.0

  /// - Parameter team: what a round is spread over.
  init(_ validation: CrossValidation, fold: Int, team: WorkerPool?) {
    self.team = team
    objective = LogisticObjective(
      rows: validation.rows, normalisation: validation.normalisation, labels: validation.labels,
      classes: validation.classes,
      counted: zip(validation.folds.fold, validation.weights).map { $0 == fold ? 0 : $1 },
      weights: validation.weights, penalty: 0, multiplier: validation.multiplier,
      workers: team?.count ?? 1)
    point = [Double](repeating: 0, count: objective.parameterCount)
    scale = objective.gradientNorm(at: point, team: team)
  }

  /// For the next penalty, which begins where the last one ended.
  func preconditioner(_ covariance: Covariance, for penalty: Double) -> Preconditioner? {
    objective.with(penalty: penalty).preconditioner(covariance, at: point, team: team)
  }

  func advance(
    to penalty: Double, _ options: HeadSolver.Options, _ preconditioner: Preconditioner?
  ) {
    let objective = objective.with(penalty: penalty)
    let minimiser = LBFGS(
      maximumIterations: options.maximumIterations,
      gradientTolerance: options.validationTolerance * scale)
    let outcome = minimiser.minimise(
      from: point, precondition: preconditioner.map { $0.apply(to:) }
    ) {
      objective.evaluate($0, gradient: &$1, team: team)
    }
    point = outcome.point
    iterations = outcome.iterations
    (logLoss, hits) = objective.measureLeftOut(point, team: team)
  }
}
