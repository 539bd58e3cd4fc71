import Glibc
import TensorKernels

/// The path of penalties, strongest first, over the first folds.
struct CrossValidation {
  let rows: FeatureMatrix
  let normalisation: Normalisation
  let labels: [Int32]
  let classes: Int
  let likelihood: Likelihood
  /// What each row counts.
  let weights: [Float]
  let folds: StratifiedFolds
  /// How many of the folds are left out, one at a time.
  let roundCount: Int
  let options: HeadSolver.Options
  let multiplier: any MatrixMultiplier
  let pool: WorkerPool

  /// After this many penalties without a lower loss the path ends.
  private static let patience = 3
  /// A loss that has risen by so much does not come back: over penalties it falls, and then rises.
  private static let rise = 1.03

  func run() -> [HeadSolver.Trial] {
    // A fold for each worker; only where there are more workers than folds, the blocks of one fold
    // are spread instead. The arithmetic is the same, and so are its results.
    let leftOut = zip(folds.fold, weights).reduce(0.0) {
      0..<roundCount ~= $1.0 ? $0 + Double($1.1) : $0
    }
    let blocks = (rows.rows + RowGroup.blockRows - 1) / RowGroup.blockRows
    let isLarge = pool.count > roundCount && blocks >= 2 * pool.count
    let rounds = (0..<roundCount).map { Round(self, fold: $0, team: isLarge ? pool : nil) }
    var trials: [HeadSolver.Trial] = []
    var best = Double.infinity
    var sinceBest = 0
    var aid = PathAid(
      PreconditionerPlan(
        cost: HeadCost(dimension: rows.dimension, classes: classes), rows: rounds[0].rows))
    for penalty in options.penalties.sorted(by: >) {
      // The folds differ too little for one each.
      let preconditioner = aid.covariance.flatMap { rounds[0].preconditioner($0, for: penalty) }
      if isLarge {
        for round in rounds { round.advance(to: penalty, options, preconditioner) }
      } else {
        pool.forEach(rounds.count) { _, index in
          rounds[index].advance(to: penalty, options, preconditioner)
        }
      }
      aid.report(iterations: rounds.reduce(0) { $0 + $1.iterations }, preconditioner != nil) {
        Covariance(of: rows, normalisation: normalisation, multiplier: multiplier, pool: pool)
      }
      let trial = HeadSolver.Trial(
        penalty: penalty,
        logLoss: rounds.reduce(0) { $0 + $1.logLoss } / leftOut / Double(likelihood.decisions),
        accuracy: rounds.reduce(0) { $0 + $1.hits } / leftOut)
      trials.append(trial)
      if trial.logLoss < best * (1 - HeadSolver.indifference) {
        best = trial.logLoss
        sinceBest = 0
      } else {
        sinceBest += 1
        if sinceBest == Self.patience || trial.logLoss > best * Self.rise { break }
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
  private let training: LogisticObjective
  private let leftOut: LogisticObjective
  private let team: WorkerPool?
  private var point: [Double]
  private var penalty = 0.0
  private var history = CurvatureHistory()
  private let scale: Double
  private(set) var iterations = 0
  private(set) var logLoss = 0.0
  private(set) var hits = 0.0

  /// Those that it learns from.
  var rows: Int { training.rows.rows }

  /// - Parameter team: what a round is spread over.
  init(_ validation: CrossValidation, fold: Int, team: WorkerPool?) {
    self.team = team
    func objective(where isTaken: (Int) -> Bool) -> LogisticObjective {
      let part = validation.labels.indices.filter { isTaken(validation.folds.fold[$0]) }
      return LogisticObjective(
        rows: validation.rows.selecting(part), normalisation: validation.normalisation,
        labels: part.map { validation.labels[$0] }, classes: validation.classes,
        likelihood: validation.likelihood, counted: part.map { validation.weights[$0] }, penalty: 0,
        multiplier: validation.multiplier, workers: team?.count ?? 1)
    }
    training = objective { $0 != fold }
    leftOut = objective { $0 == fold }
    point = [Double](repeating: 0, count: training.parameterCount)
    scale = training.gradientNorm(at: point, team: team)
  }

  /// For the next penalty, which begins where the last one ended.
  func preconditioner(_ covariance: Covariance, for penalty: Double) -> Preconditioner? {
    training.with(penalty: penalty).preconditioner(covariance, at: point, team: team)
  }

  func advance(
    to penalty: Double, _ options: HeadSolver.Options, _ preconditioner: Preconditioner?
  ) {
    let objective = training.with(penalty: penalty)
    history.stiffen(
      by: (penalty - self.penalty) / objective.total,
      alongFirst: objective.kernelCount)
    self.penalty = penalty
    let minimiser = LBFGS(
      maximumIterations: options.maximumIterations,
      gradientTolerance: options.validationTolerance * pow(penalty, 0.25) * scale)
    let outcome = minimiser.minimise(
      from: point, history: &history, precondition: preconditioner.map { $0.apply(to:) }
    ) {
      objective.evaluate($0, gradient: &$1, team: team)
    }
    point = outcome.point
    iterations = outcome.iterations
    (logLoss, hits) = leftOut.measure(point, team: team)
  }
}
