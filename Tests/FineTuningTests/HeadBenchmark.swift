import Files
import FineTuning
import Foundation
import TensorKernels
import Testing

/// Not a test but the benchmark of `Tools/Benchmarks/heads.md`.
@Suite("The head solver's benchmark", .serialized)
struct HeadBenchmark {
  @Test(
    "chooses the penalty of a large head and solves it, in seconds of processor time",
    .enabled(
      if: ProcessInfo.processInfo.environment["FINETUNE_TESTS"] == "benchmark",
      "only with FINETUNE_TESTS=benchmark"),
    arguments: [(10_000, 2048, 10), (4317, 1280, 5)], [0.15, 0.25, 0.4])
  func large(shape: (rows: Int, dimension: Int, classes: Int), separation: Double) {
    let (rows, dimension, classes) = shape
    let labels = (0..<rows).map { $0 % classes }
    let features = PooledFeatures.draw(
      labels: labels, classes: classes, dimension: dimension, separation: Float(separation))
    let solver = HeadSolver(
      multiplier: BackendChoice.oneDNN.multiplier, pool: WorkerPool(count: 2))
    let expected = solver.expectation(
      rows: rows, dimension: dimension, classes: classes, refit: 0)
    let (start, clock) = (ContinuousClock.now, processorSeconds)
    let choice = solver.choosePenalty(features, labels: labels, classes: classes)
    let chosen = processorSeconds
    let head = solver.solve(features, labels: labels, classes: classes, penalty: choice.penalty)
    print(
      "| \(rows) × \(dimension) × \(classes), \(separation) | \((chosen - clock).tenths)"
        + " + \((processorSeconds - chosen).tenths) s | \(start.secondsAgo.tenths) s |"
        + " \(expected.seconds.tenths) s | \(choice.penalty), \(choice.folds) rounds |")
    #expect(head.converged)
  }
}

private var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

extension Double {
  fileprivate var tenths: String { String(format: "%.1f", self) }
}

/// Features like those of a network's last layer, pooled: positive, with many zeros and much in common.
private enum PooledFeatures {
  /// - Parameter separation: how far the classes are apart, beside their spread.
  static func draw(labels: [Int], classes: Int, dimension: Int, separation: Float) -> FeatureMatrix
  {
    let (rows, causes) = (labels.count, 256)
    let centres = normal(classes * causes, 1)
    var hidden = normal(rows * causes, 2)
    for (row, label) in labels.enumerated() {
      for cause in 0..<causes {
        // Few causes explain most of what is seen, as in features of photos.
        hidden[row * causes + cause] += separation * centres[label * causes + cause]
        hidden[row * causes + cause] *= powf(Float(cause + 1), -0.5)
      }
    }
    let (mixture, bias) = (normal(causes * dimension, 3), normal(dimension, 4))
    var values = normal(rows * dimension, 5).map { $0 * 0.7 }
    BackendChoice.oneDNN.multiplier.multiply(
      rows: rows, columns: dimension, depth: causes, hidden, transposeA: false, mixture,
      transposeB: false, into: &values, accumulating: true)
    for index in values.indices {
      values[index] = max(0, values[index] + bias[index % dimension] + 0.5)
    }
    return FeatureMatrix(rows: rows, dimension: dimension, values: values)
  }

  private static func normal(_ count: Int, _ key: UInt64) -> [Float] {
    var random = CounterRandom(key: key)
    var values: [Float] = []
    values.reserveCapacity(count + 1)
    while values.count < count {
      let radius = (-2 * log(1 - random.uniform())).squareRoot()
      let angle = 2 * Double.pi * random.uniform()
      values.append(Float(radius * cos(angle)))
      values.append(Float(radius * sin(angle)))
    }
    return Array(values.prefix(count))
  }
}
