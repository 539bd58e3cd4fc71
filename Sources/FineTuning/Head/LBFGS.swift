/// Minimises a smooth convex function by L-BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5).
///
/// The line search looks for the strong Wolfe conditions. Values of the function come from Float32
/// products, so close to the minimum a decrease is lost in their rounding: a step is then also
/// accepted when the function stays level and its slope has shrunk (the approximate Wolfe condition
/// of Hager and Zhang 2005).
package struct LBFGS: Sendable {
  /// How many pairs of steps and gradient changes are remembered.
  package var memory: Int
  package var maximumIterations: Int
  /// The gradient's norm at which to stop.
  package var gradientTolerance: Double

  package init(memory: Int = 10, maximumIterations: Int = 500, gradientTolerance: Double) {
    self.memory = memory
    self.maximumIterations = maximumIterations
    self.gradientTolerance = gradientTolerance
  }

  package struct Outcome: Sendable {
    package let point: [Double]
    package let value: Double
    package let gradientNorm: Double
    package let iterations: Int
    package let evaluations: Int
    /// Whether the gradient's norm fell to the tolerance.
    package let converged: Bool

    /// With what another search found that began where this one ended.
    func followed(by next: Outcome) -> Outcome {
      Outcome(
        point: next.point, value: next.value, gradientNorm: next.gradientNorm,
        iterations: iterations + next.iterations, evaluations: evaluations + next.evaluations,
        converged: next.converged)
    }
  }

  /// - Parameters:
  ///   - precondition: divides a gradient by a positive definite matrix that is about the Hessian; the
  ///     multiple of the identity that fits the last step if `nil`.
  ///   - evaluate: writes the gradient at a point and returns the value there.
  package func minimise(
    from start: [Double], precondition: ((_ gradient: inout [Double]) -> Void)? = nil,
    _ evaluate: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) -> Outcome {
    var point = start
    var gradient = [Double](repeating: 0, count: start.count)
    var value = evaluate(point, &gradient)
    var norm = dot(gradient, gradient).squareRoot()
    var evaluations = 1
    var history = History(limit: memory)
    var iterations = 0

    while norm > gradientTolerance, iterations < maximumIterations, value.isFinite {
      var direction = history.direction(for: gradient, precondition)
      var slope = dot(direction, gradient)
      if !(slope < 0) {
        history.forget()
        direction = gradient.map { -$0 }
        slope = -norm * norm
      }
      let firstStep = history.isEmpty && precondition == nil ? min(1, 1 / norm) : 1
      var search = LineSearch(value: value, slope: slope, firstStep: firstStep)
      var candidate = point
      var candidateGradient = gradient
      var candidateValue = value
      while let step = search.next {
        for index in candidate.indices { candidate[index] = point[index] + step * direction[index] }
        candidateValue = evaluate(candidate, &candidateGradient)
        evaluations += 1
        search.report(value: candidateValue, slope: dot(direction, candidateGradient))
      }
      iterations += 1
      guard search.succeeded else {
        // A stale model of the curvature can spoil the direction: try once along the gradient.
        if history.isEmpty { break }
        history.forget()
        continue
      }
      history.remember(from: point, gradient, to: candidate, candidateGradient)
      swap(&point, &candidate)
      swap(&gradient, &candidateGradient)
      value = candidateValue
      norm = dot(gradient, gradient).squareRoot()
    }
    return Outcome(
      point: point, value: value, gradientNorm: norm, iterations: iterations,
      evaluations: evaluations, converged: norm <= gradientTolerance)
  }
}

/// The last steps and gradient changes, and the two-loop recursion over them.
private struct History {
  private var steps: [[Double]] = []
  private var changes: [[Double]] = []
  private var inverseProducts: [Double] = []
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var isEmpty: Bool { steps.isEmpty }

  mutating func forget() {
    steps.removeAll()
    changes.removeAll()
    inverseProducts.removeAll()
  }

  mutating func remember(
    from point: [Double], _ gradient: [Double], to next: [Double], _ nextGradient: [Double]
  ) {
    var step = next
    var change = nextGradient
    for index in step.indices {
      step[index] -= point[index]
      change[index] -= gradient[index]
    }
    let product = dot(step, change)
    // Rounding can make a tiny curvature negative; such a pair would break the recursion.
    guard product > 1e-14 * dot(change, change) else { return }
    if steps.count == limit {
      steps.removeFirst()
      changes.removeFirst()
      inverseProducts.removeFirst()
    }
    steps.append(step)
    changes.append(change)
    inverseProducts.append(1 / product)
  }

  func direction(
    for gradient: [Double], _ precondition: ((inout [Double]) -> Void)?
  ) -> [Double] {
    var direction = gradient
    var weights = [Double](repeating: 0, count: steps.count)
    for index in steps.indices.reversed() {
      weights[index] = inverseProducts[index] * dot(steps[index], direction)
      add(-weights[index], changes[index], to: &direction)
    }
    if let precondition {
      precondition(&direction)
    } else if let last = changes.last, let inverse = inverseProducts.last {
      let scale = 1 / (inverse * dot(last, last))
      for index in direction.indices { direction[index] *= scale }
    }
    for index in steps.indices {
      let correction = inverseProducts[index] * dot(changes[index], direction)
      add(weights[index] - correction, steps[index], to: &direction)
    }
    for index in direction.indices { direction[index] = -direction[index] }
    return direction
  }
}

/// A search along a direction of descent of a convex function: an interval whose ends slope towards
/// each other, shrunk by the secant of the slopes.
private struct LineSearch {
  private static let decrease = 1e-4
  private static let curvature = 0.9
  /// What Float32 products can move a value by, relative to it.
  private static let noise = 1e-7
  private static let limit = 30

  private let startValue: Double
  private let startSlope: Double
  private var low: (step: Double, slope: Double)
  private var high: (step: Double, slope: Double)?
  private var trials = 0
  private(set) var succeeded = false
  private var step: Double

  init(value: Double, slope: Double, firstStep: Double) {
    startValue = value
    startSlope = slope
    low = (0, slope)
    step = firstStep
  }

  /// The next step to try; `nil` when the search is over.
  var next: Double? { succeeded || trials == Self.limit ? nil : step }

  mutating func report(value: Double, slope: Double) {
    trials += 1
    let decreased =
      value <= startValue + Self.decrease * step * startSlope
      || value <= startValue + Self.noise * abs(startValue)
    guard value.isFinite, decreased else {
      high = (step, value.isFinite && slope > 0 ? slope : .infinity)
      return narrow()
    }
    if abs(slope) <= Self.curvature * abs(startSlope) {
      succeeded = true
    } else if slope > 0 {
      high = (step, slope)
      narrow()
    } else {
      low = (step, slope)
      if high == nil { step *= 2 } else { narrow() }
    }
  }

  private mutating func narrow() {
    guard let high else { return }
    let width = high.step - low.step
    let secant = high.slope.isFinite ? -low.slope / (high.slope - low.slope) : 0.5
    step = low.step + width * min(0.9, max(0.1, secant))
  }
}

/// Σ left · right in an order that only depends on the length.
func dot(_ left: [Double], _ right: [Double]) -> Double {
  left.withUnsafeBytes { leftBytes in
    right.withUnsafeBytes { rightBytes in
      let count = min(left.count, right.count)
      let whole = count / 8 * 8
      var sums = SIMD8<Double>()
      for first in stride(from: 0, to: whole * 8, by: 64) {
        sums +=
          leftBytes.loadUnaligned(fromByteOffset: first, as: SIMD8<Double>.self)
          * rightBytes.loadUnaligned(fromByteOffset: first, as: SIMD8<Double>.self)
      }
      var sum = sums.sum()
      for index in whole..<count { sum += left[index] * right[index] }
      return sum
    }
  }
}

private func add(_ factor: Double, _ other: [Double], to values: inout [Double]) {
  values.withUnsafeMutableBufferPointer { values in
    other.withUnsafeBufferPointer { other in
      for index in 0..<min(values.count, other.count) {
        values[index] += factor * other[index]
      }
    }
  }
}
