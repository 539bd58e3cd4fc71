/// What the parts of solving a head take, in seconds of one core of the machine that the rates were
/// measured on (an AMD EPYC with AVX-512, 2048 features).
///
/// A function of the shape alone, so that what is decided by it is the same on every machine and for every
/// number of workers; only the proportions decide.
struct HeadCost: Sendable {
  let dimension: Int
  let classes: Int

  /// The objective and its gradient. With few classes a row costs what reading it costs.
  func evaluation(rows: Int) -> Double {
    Double(rows) * Double(dimension) * (0.55 + 0.03 * Double(classes)) * 1e-9
  }

  /// A search's own work for a step with `pairs` remembered.
  func step(pairs: Int) -> Double {
    Double(pairs) * Double(dimension) * Double(classes) * 2e-9
  }

  /// XᵀX of the rows.
  func covariance(rows: Int) -> Double {
    Double(rows) * Double(dimension) * Double(dimension) * 1.9e-11
  }

  /// A preconditioner of the covariance.
  var factoring: Double {
    Double(dimension) * Double(dimension) * Double(dimension) * 1.9e-11
  }

  /// Dividing a gradient by a preconditioner.
  var applying: Double {
    Double(dimension) * Double(dimension) * Double(classes) * 1e-10
  }
}

extension HeadCost {
  /// Evaluations that a round of the cross-validation takes for all penalties, and that a solution to the
  /// full tolerance takes, or what takes as long: 100 to 400 and 40 to 200 on features of photos.
  static let evaluationsOfPath = 250.0
  static let evaluationsOfSolution = 120.0

  /// A round of a cross-validation of so many rows.
  func round(rows: Int, folds: Int) -> Double {
    let training = rows * (folds - 1) / max(1, folds)
    return Self.evaluationsOfPath
      * (evaluation(rows: training) + step(pairs: LBFGS.usualMemory / 2))
  }

  /// A solution for one penalty.
  func solving(rows: Int) -> Double {
    Self.evaluationsOfSolution * (evaluation(rows: rows) + step(pairs: LBFGS.usualMemory))
  }
}
