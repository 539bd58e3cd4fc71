import Glibc
import NeuralNetworks

/// −Σ t · log softmax(logits) with the target t = (1 − ε) · one-hot + ε / classes.
package struct CrossEntropy: Loss {
  /// The class of each example of the batch.
  package let labels: [Int]
  /// ε.
  package let smoothing: Float

  package init(labels: [Int], smoothing: Float) {
    self.labels = labels
    self.smoothing = smoothing
  }

  package func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let classes = output.count
    let label = labels[example]
    _ = gradient.update(fromContentsOf: output)
    var loss = Double(softmax(gradient, label: label))
    if smoothing > 0 {
      // softmax returned −log p[label]; the others are logits away from it.
      let share = smoothing / Float(classes)
      var excess = 0.0
      for unit in 0..<classes { excess += Double(output[label] - output[unit]) }
      loss += Double(share) * excess
      for unit in 0..<classes { gradient[unit] -= share }
    }
    gradient[label] -= 1 - smoothing
    return loss
  }
}
