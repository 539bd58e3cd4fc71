import FineTuning
import Foundation
import TensorKernels
import TestSupport
import Testing

@Suite("The head solver")
struct HeadSolverTests {
  @Test("has the gradient that finite differences have", arguments: [0.0, 0.3])
  func gradient(penalty: Double) {
    let data = Clusters(perClass: [3, 4, 2], dimension: 4)
    let objective = data.objective(penalty: penalty, counted: [1, 1, 0, 1, 1, 1, 1, 1, 0])
    let point = (0..<objective.parameterCount).map { sin(Double($0)) / 4 }
    var gradient = point
    var unused = point
    _ = objective.evaluate(point, gradient: &gradient, team: nil)
    for index in point.indices {
      var above = point
      var below = point
      above[index] += 1e-2
      below[index] -= 1e-2
      let difference =
        (objective.evaluate(above, gradient: &unused, team: nil)
          - objective.evaluate(below, gradient: &unused, team: nil)) / 2e-2
      #expect(abs(difference - gradient[index]) < 2e-4, "parameter \(index)")
    }
  }

  @Test("finds what Newton's method finds in Float64", arguments: [1.0, 0.1, 0.01])
  func newton(penalty: Double) {
    let data = Clusters(perClass: [12, 9, 14], dimension: 3, spread: 2)
    let found = data.solver().solve(
      data.features, labels: data.labels, classes: data.classes, penalty: penalty)
    #expect(found.converged)
    let expected = NewtonReference.solve(data, penalty: penalty)
    for row in 0..<3 {
      for unit in 0..<3 {
        let value = Double(found.kernel.values[row * 3 + unit])
        #expect(abs(value - expected.kernel[row][unit]) < 2e-3, "kernel [\(row), \(unit)]")
      }
    }
    for unit in 0..<3 {
      #expect(abs(Double(found.bias.values[unit]) - expected.bias[unit]) < 5e-3)
    }
  }

  @Test("needs few iterations for features that are much alike", arguments: [0.03, 1e-3])
  func alike(penalty: Double) {
    let data = Clusters(alike: 18, rows: 260, classes: 3)
    let found = data.solver().solve(
      data.features, labels: data.labels, classes: 3, penalty: penalty)
    #expect(found.converged)
    let expected = NewtonReference.solve(data, penalty: penalty)
    let largest = expected.kernel.joined().map(abs).max() ?? 0
    for row in 0..<18 {
      for unit in 0..<3 {
        let value = Double(found.kernel.values[row * 3 + unit])
        #expect(
          abs(value - expected.kernel[row][unit]) < 1e-2 * largest, "kernel [\(row), \(unit)]")
      }
    }
    // The same search without what the solver does after its first stage.
    let objective = data.normalisedObjective(penalty: penalty)
    var gradient = [Double](repeating: 0, count: objective.parameterCount)
    let zero = gradient
    _ = objective.evaluate(zero, gradient: &gradient, team: nil)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let plain = LBFGS(maximumIterations: 2000, gradientTolerance: 1e-5 * norm).minimise(from: zero)
    {
      objective.evaluate($0, gradient: &$1, team: nil)
    }
    #expect(
      plain.iterations > 2 * found.iterations, "\(plain.iterations) and \(found.iterations)")
  }

  @Test("converges on problems of every shape", arguments: [(2, 40, 5), (5, 3, 60), (12, 30, 16)])
  func convergence(classes: Int, perClass: Int, dimension: Int) {
    let data = Clusters(
      perClass: Array(repeating: perClass, count: classes), dimension: dimension)
    for penalty in [10, 1e-2, 1e-4] {
      let found = data.solver().solve(
        data.features, labels: data.labels, classes: classes, penalty: penalty)
      #expect(found.converged, "penalty \(penalty): \(found.relativeGradient)")
      #expect(found.relativeGradient <= 1e-5)
    }
  }

  @Test("gives the same bytes for any number of workers")
  func workers() {
    let data = Clusters(perClass: [700, 500, 300], dimension: 6, spread: 3)
    let choices = [1, 2, 3].map {
      data.solver(workers: $0).choosePenalty(data.features, labels: data.labels, classes: 3)
    }
    #expect(Set(choices).count == 1)
    let solutions = [1, 2, 3].map {
      data.solver(workers: $0).solve(
        data.features, labels: data.labels, classes: 3, penalty: choices[0].penalty)
    }
    #expect(Set(solutions).count == 1)
  }

  @Test("gives the same bytes for any number of workers where one round has to do")
  func workersOfOneRound() {
    let data = Clusters(perClass: [700, 500, 300], dimension: 6, spread: 3)
    let choices = [1, 2, 3].map {
      data.solver(workers: $0) { $0.workLimit = 2e-3 }.choosePenalty(
        data.features, labels: data.labels, classes: 3)
    }
    #expect(Set(choices).count == 1)
    #expect(choices[0].folds == 1 && choices[0].examples == 1500)
  }

  @Test("gives the same bytes for any number of workers where features are much alike")
  func workersAlike() {
    let data = Clusters(alike: 18, rows: 700, classes: 3)
    let choices = [1, 2, 8].map {
      data.solver(workers: $0).choosePenalty(data.features, labels: data.labels, classes: 3)
    }
    #expect(Set(choices).count == 1)
    let solutions = [1, 2, 8].map {
      data.solver(workers: $0).solve(
        data.features, labels: data.labels, classes: 3, penalty: 1e-3)
    }
    #expect(Set(solutions).count == 1)
    #expect(solutions[0].converged)
  }

  @Test("chooses a weak penalty for clean classes and a strong one for noise")
  func choice() {
    let clean = Clusters(perClass: [40, 40], dimension: 8, spread: 0.2)
    let noise = Clusters(perClass: [40, 40], dimension: 60, spread: 40, seed: 3)
    let weak = clean.solver().choosePenalty(clean.features, labels: clean.labels, classes: 2)
    let strong = noise.solver().choosePenalty(noise.features, labels: noise.labels, classes: 2)
    #expect(weak.penalty < strong.penalty)
    #expect(weak.folds == 5)
    #expect(weak.trials.allSatisfy { 0...1 ~= $0.accuracy && $0.logLoss.isFinite })
    let lowest = weak.trials.map(\.logLoss).min() ?? 0
    let chosen = weak.trials.first { $0.penalty == weak.penalty }?.logLoss ?? 1
    #expect(chosen <= lowest * 1.001)
  }

  @Test(
    "is sane with few images a class",
    arguments: [
      ([1, 1], 0), ([2, 2, 2], 2), ([1, 4], 0), ([1, 4, 3], 4), ([5, 5], 5), ([1, 30, 2], 5),
    ])
  func fewShots(perClass: [Int], folds: Int) {
    let data = Clusters(perClass: perClass, dimension: 10)
    let solver = data.solver()
    let choice = solver.choosePenalty(
      data.features, labels: data.labels, classes: perClass.count)
    #expect(choice.folds == folds)
    #expect(choice.trials.isEmpty == (folds == 0))
    if folds == 0 { #expect(choice.penalty == HeadSolver.Options().defaultPenalty) }
    let head = solver.solve(
      data.features, labels: data.labels, classes: perClass.count, penalty: choice.penalty)
    #expect(head.converged)
    #expect(data.accuracy(head) > 0.9)
  }

  @Test("with half a weight for each of two equal rows finds what one of them gives")
  func weights() {
    let data = Clusters(perClass: [12, 9, 14], dimension: 3, spread: 2)
    let twice = data.features.appending(data.features)
    let plain = data.solver().solve(
      data.features, labels: data.labels, classes: 3, penalty: 0.1)
    let halved = data.solver().solve(
      twice, labels: data.labels + data.labels, classes: 3, penalty: 0.1,
      weights: [Float](repeating: 0.5, count: 70))
    for (one, other) in zip(plain.kernel.values, halved.kernel.values) {
      #expect(abs(one - other) < 1e-3)
    }
    let ones = [Float](repeating: 1, count: 35)
    #expect(
      data.solver().solve(
        data.features, labels: data.labels, classes: 3, penalty: 0.1, weights: ones) == plain)
    #expect(
      data.solver().choosePenalty(
        data.features, labels: data.labels, classes: 3, weights: ones, groups: Array(0..<35))
        == data.solver().choosePenalty(data.features, labels: data.labels, classes: 3))
  }

  @Test("with class weights finds more of a small class")
  func balance() {
    let data = Clusters(perClass: [200, 12], dimension: 4, spread: 3, seed: 4)
    let share = ClassBalance.weights(imagesPerClass: [200, 12])
    #expect(abs(share[0] * 200 - share[1] * 12) < 1e-9)
    #expect(abs(share[0] * 200 + share[1] * 12 - 212) < 1e-9)
    #expect(ClassBalance.weights(imagesPerClass: [3, 0]) == [1, 0])
    func found(_ weights: [Float]?) -> Double {
      let head = data.solver().solve(
        data.features, labels: data.labels, classes: 2, penalty: 0.01, weights: weights)
      #expect(head.converged)
      return data.recall(head, of: 1)
    }
    let plain = found(nil)
    let balanced = found(data.labels.map { Float(share[$0]) })
    #expect(balanced > plain + 0.2, "\(plain) → \(balanced)")
  }

  @Test("leaves the views of a photo out together", arguments: [1, 2, 3, 5])
  func views(perClass: Int) {
    // Each photo four times, as four views: folds that part them would find every penalty good.
    let data = Clusters(
      perClass: [perClass, perClass, perClass], dimension: 30, spread: 6, seed: 2)
    let rows = (0..<4).reduce(data.features) { all, _ in
      all.appending(data.features)
    }
    let labels = (0..<5).flatMap { _ in data.labels }
    let groups = (0..<5).flatMap { _ in data.labels.indices }
    let weights = [Float](repeating: 0.2, count: labels.count)
    let solver = data.solver { $0.validationTolerance = 1e-6 }
    let single = solver.choosePenalty(data.features, labels: data.labels, classes: 3)
    let viewed = solver.choosePenalty(
      rows, labels: labels, classes: 3, weights: weights, groups: groups)
    #expect(viewed.folds == single.folds)
    #expect(viewed.penalty == single.penalty)
    for (one, other) in zip(single.trials, viewed.trials) {
      #expect(abs(one.logLoss - other.logLoss) < 0.02 * one.logLoss + 1e-3)
      #expect(abs(one.accuracy - other.accuracy) < 1e-6)
    }
    let head = solver.solve(
      rows, labels: labels, classes: 3, penalty: viewed.penalty, weights: weights)
    #expect(head.converged)
    #expect(data.accuracy(head) == 1)
  }

  @Test("chooses on a stratified part where all examples would cost too much")
  func part() {
    let data = Clusters(perClass: [300, 100], dimension: 4)
    let solver = data.solver { $0.workLimit = 1e-4 }
    let choice = solver.choosePenalty(data.features, labels: data.labels, classes: 2)
    #expect(choice.examples < 100)
    #expect(choice == solver.choosePenalty(data.features, labels: data.labels, classes: 2))
  }

  @Test("gives up rounds before it gives up examples")
  func rounds() {
    let data = Clusters(perClass: [300, 100], dimension: 4)
    let all = data.solver().choosePenalty(data.features, labels: data.labels, classes: 2)
    #expect(all.folds == 5)
    var limit = 1.0
    var rounds: [Int] = []
    for _ in 0..<24 {
      limit /= 1.5
      let choice = data.solver { $0.workLimit = limit }.choosePenalty(
        data.features, labels: data.labels, classes: 2)
      if choice.folds > 1 { #expect(choice.examples == 400) }
      rounds.append(choice.folds)
    }
    #expect(rounds == rounds.sorted(by: >) && rounds.first == 5 && rounds.last == 1, "\(rounds)")
  }

  @Test("with what was learned about one penalty finds the optimum of another in fewer evaluations")
  func carried() {
    let data = Clusters(perClass: [60, 50, 40], dimension: 12, spread: 3)
    let strong = data.normalisedObjective(penalty: 0.3)
    let weak = data.normalisedObjective(penalty: 0.1)
    let search = LBFGS(gradientTolerance: 1e-6)
    let zero = [Double](repeating: 0, count: strong.parameterCount)
    var history = CurvatureHistory()
    let first = search.minimise(from: zero, history: &history) {
      strong.evaluate($0, gradient: &$1, team: nil)
    }
    history.stiffen(by: (0.1 - 0.3) / 150, alongFirst: 12 * 3)
    let second = search.minimise(from: first.point, history: &history) {
      weak.evaluate($0, gradient: &$1, team: nil)
    }
    let alone = search.minimise(from: first.point) { weak.evaluate($0, gradient: &$1, team: nil) }
    #expect(second.converged && alone.converged)
    #expect(second.evaluations < alone.evaluations)
    #expect(abs(second.value - alone.value) < 1e-6 * alone.value)
  }

  @Test("expects to take the longer the more it has to do, and always some time")
  func expectation() {
    let solver = Clusters(perClass: [1], dimension: 1).solver()
    let small = solver.expectation(rows: 100, dimension: 16, classes: 3, refit: 0)
    let large = solver.expectation(rows: 3000, dimension: 64, classes: 3, refit: 4000)
    #expect(small.seconds > 0 && large.seconds > 4 * small.seconds)
    #expect(large.memory > small.memory)
    #expect(solver.expectation(rows: 0, dimension: 16, classes: 3, refit: 0).seconds == 0)
  }

  @Test("copes with features that are all the same")
  func constantFeatures() {
    let features = FeatureMatrix(
      rows: 6, dimension: 3, values: [Float](repeating: 2, count: 18))
    let data = Clusters(perClass: [4, 2], dimension: 3)
    let head = data.solver().solve(features, labels: data.labels, classes: 2, penalty: 0.1)
    #expect(head.converged)
    #expect(head.kernel.values.allSatisfy { $0 == 0 })
    // What is left are the classes' shares: log(4/2).
    #expect(abs(head.bias.values[0] - head.bias.values[1] - logf(2)) < 1e-3)
  }
}
