import FineTuning
import Foundation
import ImagePipeline
import TensorKernels
import TestSupport
import Testing

@Suite("The head solver of labels that do not exclude one another")
struct MultiLabelHeadTests {
  private static let penalty = 0.1
  private let features: FeatureMatrix
  private let labels: [Int]
  private let likelihood: Likelihood

  /// Drawn as `multi_label_goldens.py` draws them: 60 rows of 4 features and 3 classes.
  init() {
    var numbers = LinearNumbers()
    let values = numbers.values(240).map { Float(2 * $0 - 1) }
    features = FeatureMatrix(rows: 60, dimension: 4, values: values)
    let sets = (0..<60).map { row in
      let noise = numbers.values(3)
      return (0..<3).filter { Double(values[row * 4 + $0]) + 0.8 * noise[$0] > 0.5 }
    }
    let labelling = Labelling(numbering: sets)
    guard case .sets(let all) = labelling else { preconditionFailure("sets were numbered") }
    labels = sets.map { all.firstIndex(of: $0) ?? -1 }
    likelihood = Likelihood(labelling, classes: 3)
  }

  private func solver(workers: Int = 2) -> HeadSolver {
    HeadSolver(
      multiplier: NaiveMultiplier(), pool: WorkerPool(count: workers), likelihood: likelihood)
  }

  private func truths(_ row: Int) -> [Int] { likelihood.labelling.classes(of: labels[row]) }

  private func probabilities(_ head: HeadSolver.Solution, _ row: Int) -> [Double] {
    (0..<3).map { unit in
      let logit = (0..<4).reduce(Double(head.bias.values[unit])) {
        $0 + Double(features[row][$1] * head.kernel.values[$1 * 3 + unit])
      }
      return 1 / (1 + exp(-logit))
    }
  }

  @Test("gives the probabilities of scikit-learn's logistic regression of each class")
  func sklearn() {
    let head = solver().solve(features, labels: labels, classes: 3, penalty: Self.penalty)
    #expect(head.converged)
    for (row, golden) in MultiLabelHeadGoldens.probabilities.enumerated() {
      for (own, other) in zip(probabilities(head, row), golden) {
        #expect(abs(own - other) < 2e-4, "\(own) and \(other) in row \(row)")
      }
    }
  }

  @Test("has the gradient that finite differences have, and the value of its formula")
  func gradient() {
    let counted = (0..<60).map { Float($0 % 3) / 2 }
    let objective = LogisticObjective(
      rows: features, labels: labels.map(Int32.init), classes: 3, likelihood: likelihood,
      counted: counted, penalty: 0.3, multiplier: NaiveMultiplier())
    let point = (0..<objective.parameterCount).map { sin(Double($0)) }
    var (gradient, unused) = (point, point)
    let value = objective.evaluate(point, gradient: &gradient, team: nil)
    var expected = 0.15 * point.prefix(12).reduce(0) { $0 + $1 * $1 }
    for row in 0..<60 {
      let truths = truths(row)
      for unit in 0..<3 {
        let logit = (0..<4).reduce(point[12 + unit]) {
          $0 + Double(features[row][$1]) * point[$1 * 3 + unit]
        }
        let sign = truths.contains(unit) ? -1.0 : 1
        expected += Double(counted[row]) * log(1 + exp(sign * logit))
      }
    }
    #expect(abs(value - expected / counted.reduce(0) { $0 + Double($1) }) < 1e-5)
    for index in point.indices {
      var (above, below) = (point, point)
      above[index] += 1e-2
      below[index] -= 1e-2
      let difference =
        (objective.evaluate(above, gradient: &unused, team: nil)
          - objective.evaluate(below, gradient: &unused, team: nil)) / 0.02
      #expect(abs(difference - gradient[index]) < 1e-4, "parameter \(index)")
    }
  }

  @Test("chooses its penalty by the mean log loss over classes, the same for any number of workers")
  func choice() throws {
    let choice = solver().choosePenalty(features, labels: labels, classes: 3)
    #expect(choice == solver(workers: 3).choosePenalty(features, labels: labels, classes: 3))
    #expect(choice.folds == 5)
    let best = try #require(choice.trials.first { $0.penalty == choice.penalty })
    // Guessing one half costs ln 2 a class, not three times that.
    #expect(best.logLoss < log(2) && best.logLoss > 0.1)
    #expect(choice.trials.allSatisfy { best.logLoss <= $0.logLoss * 1.001 + 1e-12 })
  }

  @Test("a class that all examples have, or none, leaves the others as they are")
  func constantClasses() {
    let sets = labels.map { likelihood.labelling.classes(of: $0) + [3] }
    let labelling = Labelling(numbering: sets)
    guard case .sets(let all) = labelling else { return }
    let five = HeadSolver(
      multiplier: NaiveMultiplier(), pool: WorkerPool(count: 2),
      likelihood: Likelihood(labelling, classes: 5)
    ).solve(
      features, labels: sets.map { all.firstIndex(of: $0) ?? -1 }, classes: 5, penalty: Self.penalty
    )
    let three = solver().solve(features, labels: labels, classes: 3, penalty: Self.penalty)
    for row in 0..<4 {
      for unit in 0..<3 {
        #expect(
          abs(five.kernel.values[row * 5 + unit] - three.kernel.values[row * 3 + unit]) < 0.02)
      }
    }
    #expect(five.bias.values[3] > 4 && five.bias.values[4] < -4)
  }
}

@Suite("Cross entropy of labels that do not exclude one another")
struct BinaryCrossEntropyTests {
  static let sets = [[], [0, 2], [1], [0, 1, 2, 3]]
  static let targets = [
    MixedLabel(label: 0, other: 0, share: 1), MixedLabel(label: 1, other: 1, share: 1),
    MixedLabel(label: 1, other: 2, share: 0.7), MixedLabel(label: 3, other: 0, share: 0.25),
  ]

  private func value(
    _ target: MixedLabel, _ smoothing: Float, _ logits: [Float]
  ) -> (loss: Double, gradient: [Float]) {
    let loss = BinaryCrossEntropy(targets: [target], sets: Self.sets, smoothing: smoothing)
    var gradient = [Float](repeating: .nan, count: logits.count)
    let value = logits.withUnsafeBufferPointer { output in
      gradient.withUnsafeMutableBufferPointer {
        loss.evaluate(example: 0, output: output, gradient: $0)
      }
    }
    return (value, gradient)
  }

  @Test(
    "is that of its formula, and its gradient that of finite differences",
    arguments: [Float(0), 0.1, 0.4], targets)
  func formula(smoothing: Float, target: MixedLabel) {
    let logits: [Float] = [0.5, -1, 2, -0.1]
    let (loss, gradient) = value(target, smoothing, logits)
    var expected = 0.0
    for unit in 0..<4 {
      func isThere(_ label: Int) -> Double { Self.sets[label].contains(unit) ? 1 : 0 }
      let share = Double(target.share)
      let mixed = share * isThere(target.label) + (1 - share) * isThere(target.other)
      let wanted = (1 - Double(smoothing)) * mixed + Double(smoothing) / 2
      let probability = 1 / (1 + exp(-Double(logits[unit])))
      expected -= wanted * log(probability) + (1 - wanted) * log(1 - probability)
      var (above, below) = (logits, logits)
      above[unit] += 0.01
      below[unit] -= 0.01
      let difference =
        (value(target, smoothing, above).loss - value(target, smoothing, below).loss) / 0.02
      #expect(abs(difference - Double(gradient[unit])) < 2e-4)
    }
    #expect(abs(loss - expected) < 1e-5)
  }

  @Test("stays a number however large logits are, with the gradient of a certain mistake")
  func large() {
    let (loss, gradient) = value(Self.targets[1], 0, [-200, 200, 200, -200])
    #expect(loss == 400)
    #expect(gradient == [-1, 1, 0, 0])
  }
}
