import FineTuning
import ImagePipeline
import NeuralNetworks
import Testing

@Suite("Cross entropy")
struct CrossEntropyTests {
  static let targets = [
    MixedLabel(label: 2, other: 2, share: 1), MixedLabel(label: 2, other: 0, share: 0.7),
    MixedLabel(label: 1, other: 3, share: 0),
  ]

  private func value(_ loss: CrossEntropy, _ logits: [Float]) -> (loss: Double, gradient: [Float]) {
    var gradient = [Float](repeating: 0, count: logits.count)
    let value = logits.withUnsafeBufferPointer { output in
      gradient.withUnsafeMutableBufferPointer {
        loss.evaluate(example: 0, output: output, gradient: $0)
      }
    }
    return (value, gradient)
  }

  @Test(
    "has the gradient that finite differences have", arguments: [Float(0), 0.1, 0.4], targets)
  func gradient(smoothing: Float, target: MixedLabel) {
    for weights in [[], [0.5, 2, 1.5, 0.25] as [Float]] {
      let loss = CrossEntropy(targets: [target], smoothing: smoothing, classWeights: weights)
      let logits: [Float] = [0.5, -1, 2, 0.1]
      let gradient = value(loss, logits).gradient
      for unit in 0..<4 {
        var above = logits
        var below = logits
        above[unit] += 0.01
        below[unit] -= 0.01
        let difference = (value(loss, above).loss - value(loss, below).loss) / 0.02
        #expect(abs(difference - Double(gradient[unit])) < 2e-4)
      }
    }
  }

  @Test("is the mean over the two classes of a mixed photo, by their shares")
  func mixed() {
    let logits: [Float] = [0.5, -1, 2, 0.1]
    func pure(_ label: Int) -> Double {
      value(CrossEntropy(labels: [label], smoothing: 0.1), logits).loss
    }
    let mixed = value(
      CrossEntropy(targets: [MixedLabel(label: 2, other: 0, share: 0.7)], smoothing: 0.1), logits)
    #expect(abs(mixed.loss - (0.7 * pure(2) + 0.3 * pure(0))) < 1e-6)
  }

  @Test("is as small as the entropy of the target, and no smaller")
  func smallest() {
    #expect(value(CrossEntropy(labels: [2], smoothing: 0), [0, 0, 50, 0]).loss < 1e-6)
    let half = CrossEntropy(
      targets: [MixedLabel(label: 0, other: 1, share: 0.5)], smoothing: 0)
    #expect(abs(value(half, [9, 9, -40, -40]).loss - 0.693147) < 1e-5)
  }
}

@Suite("The order of an epoch")
struct EpochOrderTests {
  static let labels = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2]

  private func order(_ balance: ClassBalance, seed: UInt64 = 1, counter: Int = 1) -> [Int] {
    EpochOrder(
      Array(Self.labels.indices), labels: Self.labels, balance: balance, seed: seed,
      counter: counter
    ).indices
  }

  @Test("is another in each epoch and for each seed, and the same for the same")
  func random() {
    for balance in [ClassBalance.none, .sampler] {
      #expect(order(balance) == order(balance))
      #expect(order(balance) != order(balance, counter: 2))
      #expect(order(balance) != order(balance, seed: 2))
    }
  }

  @Test("has every photo once")
  func plain() { #expect(order(.none).sorted() == Array(Self.labels.indices)) }

  @Test(
    "has every class equally often with a sampler, and no photo twice before its class is through")
  func sampler() {
    for counter in 0..<50 {
      let order = order(.sampler, counter: counter)
      #expect(order.count == Self.labels.count)
      let perClass = (0..<3).map { label in order.count { Self.labels[$0] == label } }
      #expect((perClass.max() ?? 0) - (perClass.min() ?? 0) <= 1)
      let large = order.filter { Self.labels[$0] == 0 }
      #expect(Set(large).count == large.count)
      let pair = order.filter { Self.labels[$0] == 1 }
      for first in stride(from: 0, to: pair.count - 1, by: 2) {
        #expect(pair[first] != pair[first + 1])
      }
    }
  }
}
