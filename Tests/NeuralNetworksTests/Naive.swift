import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport

/// Small helpers of the oracles.
enum Naive {
  static func exp(_ x: Double) -> Double { Foundation.exp(x) }
  static func power(_ x: Double, _ y: Double) -> Double { Foundation.pow(x, y) }
  static func log(_ x: Double) -> Double { Foundation.log(x) }

  /// Mean cross-entropy of logits.
  static func crossEntropy(_ logits: [[Double]], labels: [Int]) -> Double {
    let losses = zip(logits, labels).map { row, label in
      let largest = row.max() ?? 0
      return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[label]
    }
    return losses.reduce(0, +) / Double(losses.count)
  }
}

/// Softmax cross-entropy with given labels.
struct CrossEntropy: Loss {
  let labels: [Int]

  func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let largest = Double(output.max() ?? 0)
    let powers = output.map { Naive.exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    for index in powers.indices {
      gradient[index] = Float(powers[index] / sum - (index == labels[example] ? 1 : 0))
    }
    return Naive.log(sum) + largest - Double(output[labels[example]])
  }
}

extension Network {
  /// Random weights with norms that do something: γ around 1, β and moving means around 0, variances
  /// between 0.5 and 1.5.
  func randomTensors(seed: UInt64) -> [String: Tensor] {
    var tensors = initialTensors(seed: seed)
    for parameter in parameters {
      let key = parameter.name.utf8.reduce(seed) { CounterRandom.mix($0, UInt64($1)) }
      var random = SeededValues(seed: key)
      switch parameter.role {
      case .bias, .alpha, .beta, .movingMean, .mean:
        tensors[parameter.name] = random.tensor(parameter.shape, -0.5...0.5)
      case .gamma, .movingVariance, .variance:
        tensors[parameter.name] = random.tensor(parameter.shape, 0.5...1.5)
      default: break
      }
    }
    return tensors
  }
}
