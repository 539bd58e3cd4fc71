import Glibc

/// Whether a preconditioner saves more than it costs.
struct PreconditionerPlan {
  let cost: HeadCost
  /// Of one evaluation.
  let rows: Int

  /// What remains of the iterations with a preconditioner: a tenth to a half of them where labels are noisy,
  /// nearly all where the classes are far apart and few rows have any curvature.
  static let expectedShare = 0.3

  /// Before this many iterations nothing is known of the problem.
  private static let leastIterations = 15

  private var iteration: Double {
    cost.evaluation(rows: rows) + cost.step(pairs: LBFGS.usualMemory / 2)
  }

  private var covariance: Double {
    cost.covariance(rows: Covariance.sample(of: rows, dimension: cost.dimension))
  }

  private var price: Double { covariance + cost.factoring }

  /// Plain iterations that cost as much as a preconditioner: one that turns out to have been
  /// unnecessary has then no more than doubled the work.
  var stage: Int { max(Self.leastIterations, Int(min(1e6, price / iteration))) }

  /// Whether it pays for a search that would take so many iterations without it.
  func pays(iterations: Double) -> Bool {
    price + iterations * Self.expectedShare * aidedIteration < iterations * iteration
  }

  /// Whether it pays for some penalties each of which takes so many iterations without it.
  func pays(iterations: Int, penalties: Int) -> Bool {
    let aided = seconds(aided: Int(Double(iterations) * Self.expectedShare))
    return covariance + Double(penalties) * aided
      < Double(penalties) * seconds(plain: iterations)
  }

  func seconds(plain iterations: Int) -> Double { Double(iterations) * iteration }

  /// With a preconditioner made for them.
  func seconds(aided iterations: Int) -> Double {
    cost.factoring + Double(iterations) * aidedIteration
  }

  /// Every fifth finds the preconditioner's scale too.
  private var aidedIteration: Double { iteration + 1.2 * cost.applying }

  /// With a preconditioner that is there already.
  func seconds(continued iterations: Int) -> Double { Double(iterations) * aidedIteration }
}

/// Decides for the stages of one solution, which begins without a preconditioner.
struct SolutionAid {
  private let plan: PreconditionerPlan
  private(set) var preconditioner: Preconditioner?
  private var hasTried = false
  /// By how much an iteration without a preconditioner divided the gradient's norm, as a logarithm.
  private var plainRate = 0.0

  /// How much longer the rest takes than the beginning lets expect: searches slow down.
  private static let slowing = 2.0

  init(_ plan: PreconditionerPlan) { self.plan = plan }

  /// The iterations of a stage.
  var stage: Int { plan.stage }

  /// What a stage has done. A preconditioner that gets no further in the same time is given up.
  mutating func report(iterations: Int, from first: Double, to last: Double) {
    let decrease = log(first / max(last, .leastNormalMagnitude))
    if preconditioner == nil {
      plainRate = decrease / Double(max(1, iterations))
    } else if decrease / plan.seconds(continued: iterations) * plan.seconds(plain: 1) < plainRate {
      preconditioner = nil
    }
  }

  /// Makes a preconditioner once, if that is expected to pay.
  /// - Parameter missing: what the gradient's norm must still be divided by.
  mutating func prepare(
    missing: Double, _ makeCovariance: () -> Covariance,
    preconditioner make: (Covariance) -> Preconditioner?
  ) {
    guard !hasTried, plan.pays(iterations: Self.slowing * log(missing) / max(1e-4, plainRate))
    else { return }
    hasTried = true
    preconditioner = make(makeCovariance())
  }
}

/// The same along a path of penalties, where one covariance serves all, and the penalty before tells what
/// the next will take.
struct PathAid {
  private let plan: PreconditionerPlan
  private(set) var covariance: Covariance?
  private var hasTried = false
  /// What the last penalty without a preconditioner took.
  private var plainSeconds = Double.infinity

  /// Penalties that follow one which takes many iterations, about.
  private static let followers = 4

  init(_ plan: PreconditionerPlan) { self.plan = plan }

  /// - Parameters:
  ///   - iterations: those of all folds for one penalty.
  ///   - isAided: whether they had a preconditioner.
  mutating func report(iterations: Int, _ isAided: Bool, _ makeCovariance: () -> Covariance) {
    if isAided {
      // It must not cost more than it saves; penalties before the best take more and more iterations.
      if plan.seconds(aided: iterations) > plainSeconds { covariance = nil }
    } else if !hasTried {
      plainSeconds = plan.seconds(plain: iterations)
      if plan.pays(iterations: iterations, penalties: Self.followers) {
        hasTried = true
        covariance = makeCovariance()
      }
    }
  }
}
