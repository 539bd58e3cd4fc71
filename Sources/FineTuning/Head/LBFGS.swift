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

  /// Features that say nearly the same need more pairs than the usual ten: with forty, 30 to 50 % fewer
  /// evaluations on features of photos, each of which costs more than going through the pairs.
  package static let usualMemory = 40

  /// Iterations for which the scale of a preconditioner stays: finding it costs as much as applying it.
  private static let scaleInterval = 5

  package init(
    memory: Int = LBFGS.usualMemory, maximumIterations: Int = 500, gradientTolerance: Double
  ) {
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

  /// Minimises without a memory of what came before.
  package func minimise(
    from start: [Double], _ evaluate: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) -> Outcome {
    var history = CurvatureHistory()
    return minimise(from: start, history: &history, evaluate)
  }

  /// - Parameters:
  ///   - history: what earlier searches of the same function have found of its curvature; what this one
  ///     finds is added.
  ///   - precondition: divides a gradient by a positive definite matrix that is about the Hessian; the
  ///     multiple of the identity that fits the last step if `nil`.
  ///   - evaluate: writes the gradient at a point and returns the value there.
  package func minimise(
    from start: [Double], history: inout CurvatureHistory,
    precondition: ((_ gradient: inout [Double]) -> Void)? = nil,
    _ evaluate: (_ point: [Double], _ gradient: inout [Double]) -> Double
  ) -> Outcome {
    var point = start
    var gradient = [Double](repeating: 0, count: start.count)
    var value = evaluate(point, &gradient)
    var norm = dot(gradient, gradient).squareRoot()
    var evaluations = 1
    var iterations = 0

    while norm > gradientTolerance, iterations < maximumIterations, value.isFinite {
      if let precondition, iterations % Self.scaleInterval == 0 { history.findScale(precondition) }
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
      history.remember(from: point, gradient, to: candidate, candidateGradient, limit: memory)
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

/// The last steps and gradient changes of a search, and the two-loop recursion over them.
package struct CurvatureHistory: Sendable {
  package init() {}

  // In Float32 for half the traffic: pairs only shape directions.
  private var steps: [[Float]] = []
  private var changes: [[Float]] = []
  private var inverseProducts: [Double] = []
  private var preconditionedScale = 1.0

  fileprivate var isEmpty: Bool { steps.isEmpty }

  fileprivate mutating func forget() {
    steps.removeAll()
    changes.removeAll()
    inverseProducts.removeAll()
  }

  /// The same for a function with more curvature along the first `count` parameters, as another penalty
  /// makes it: exactly what a search of that function would have found.
  package mutating func stiffen(by curvature: Double, alongFirst count: Int) {
    for pair in steps.indices {
      for index in 0..<count { changes[pair][index] += Float(curvature) * steps[pair][index] }
    }
    let products = steps.indices.map { dot(steps[$0], changes[$0]) }
    // Less curvature can be none within rounding.
    let kept = steps.indices.filter { Self.isCurved(products[$0], changes[$0]) }
    steps = kept.map { steps[$0] }
    changes = kept.map { changes[$0] }
    inverseProducts = kept.map { 1 / products[$0] }
  }

  private static func isCurved(_ product: Double, _ change: [Float]) -> Bool {
    product > 1e-14 * dot(change, change)
  }

  fileprivate mutating func remember(
    from point: [Double], _ gradient: [Double], to next: [Double], _ nextGradient: [Double],
    limit: Int
  ) {
    let step = point.indices.map { Float(next[$0] - point[$0]) }
    let change = point.indices.map { Float(nextGradient[$0] - gradient[$0]) }
    let product = dot(step, change)
    // Rounding can make a tiny curvature negative; such a pair would break the recursion.
    guard Self.isCurved(product, change) else { return }
    if steps.count >= limit {
      steps.removeFirst()
      changes.removeFirst()
      inverseProducts.removeFirst()
    }
    steps.append(step)
    changes.append(change)
    inverseProducts.append(1 / product)
  }

  /// What makes a preconditioned change of the gradient as long as the last step; the preconditioner's own
  /// scale is that of another point or penalty.
  fileprivate mutating func findScale(_ precondition: (inout [Double]) -> Void) {
    preconditionedScale = 1
    guard let last = changes.last, let inverse = inverseProducts.last else { return }
    var image = last.map(Double.init)
    precondition(&image)
    let scale = 1 / (inverse * dot(last, image))
    if scale.isFinite, scale > 0 { preconditionedScale = scale }
  }

  fileprivate func direction(
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
      for index in direction.indices { direction[index] *= preconditionedScale }
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
  /// What Float32 products can move a value by, relative to it or to the logits: a small loss is a
  /// difference of two that are not.
  private static let noise = 2e-7
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
      || value <= startValue + Self.noise * max(1, abs(startValue))
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
      if high == nil { widen(slope) } else { narrow() }
    }
  }

  /// To where the slope would be zero if it changed evenly from the start on, but not too far at once.
  private mutating func widen(_ slope: Double) {
    step *= min(10, max(2, startSlope / (startSlope - slope)))
  }

  private mutating func narrow() {
    guard let high else { return }
    let width = high.step - low.step
    let secant = high.slope.isFinite ? -low.slope / (high.slope - low.slope) : 0.5
    step = low.step + width * min(0.9, max(0.1, secant))
  }
}

/// Σ left · right in an order that only depends on the length.
func dot<Left: LoadedAsDoubles, Right: LoadedAsDoubles>(_ left: [Left], _ right: [Right]) -> Double
{
  left.withUnsafeBytes { leftBytes in
    right.withUnsafeBytes { rightBytes in
      let count = min(left.count, right.count)
      let whole = count / 8 * 8
      var sums = SIMD8<Double>()
      for first in stride(from: 0, to: whole, by: 8) {
        sums += Left.eight(leftBytes, at: first) * Right.eight(rightBytes, at: first)
      }
      var sum = sums.sum()
      for index in whole..<count { sum += left[index].asDouble * right[index].asDouble }
      return sum
    }
  }
}

private func add(_ factor: Double, _ other: [Float], to values: inout [Double]) {
  values.withUnsafeMutableBytes { values in
    other.withUnsafeBytes { other in
      let count = min(values.count / 8, other.count / 4)
      let whole = count / 8 * 8
      for first in stride(from: 0, to: whole, by: 8) {
        let sum =
          Double.eight(UnsafeRawBufferPointer(values), at: first)
          + factor * Float.eight(other, at: first)
        values.storeBytes(of: sum, toByteOffset: first * 8, as: SIMD8<Double>.self)
      }
      let (tail, others) = (values.bindMemory(to: Double.self), other.bindMemory(to: Float.self))
      for index in whole..<count { tail[index] += factor * Double(others[index]) }
    }
  }
}

/// A number that is summed in Float64.
protocol LoadedAsDoubles {
  var asDouble: Double { get }
  /// Eight numbers from the `index`-th on.
  static func eight(_ bytes: UnsafeRawBufferPointer, at index: Int) -> SIMD8<Double>
}

extension Double: LoadedAsDoubles {
  var asDouble: Double { self }
  @inline(__always)
  static func eight(_ bytes: UnsafeRawBufferPointer, at index: Int) -> SIMD8<Double> {
    bytes.loadUnaligned(fromByteOffset: index * 8, as: SIMD8<Double>.self)
  }
}

extension Float: LoadedAsDoubles {
  var asDouble: Double { Double(self) }
  @inline(__always)
  static func eight(_ bytes: UnsafeRawBufferPointer, at index: Int) -> SIMD8<Double> {
    SIMD8<Double>(bytes.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
  }
}
