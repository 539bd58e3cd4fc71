import ImagePipeline
import NeuralNetworks

/// −Σ t · log softmax(logits) with the target t = (1 − ε) · (share · one-hot(label) + (1 − share) ·
/// one-hot(other)) + ε / classes, times the weight of the class.
public struct CrossEntropy: Loss {
  /// The class of each example of the batch, or the two that were mixed.
  public let targets: [MixedLabel]
  /// ε.
  public let smoothing: Float
  /// What the loss of an example is multiplied by, for each class; empty for 1.
  public let classWeights: [Float]

  /// - Parameters:
  ///   - targets: one for each example of the batch, in its order.
  ///   - smoothing: ε, `0..<1`.
  ///   - classWeights: one for each class, or none for 1.
  public init(targets: [MixedLabel], smoothing: Float, classWeights: [Float] = []) {
    self.targets = targets
    self.smoothing = smoothing
    self.classWeights = classWeights
  }

  /// Of examples that are not mixed.
  public init(labels: [Int], smoothing: Float = 0) {
    self.init(targets: labels.map(MixedLabel.init(pure:)), smoothing: smoothing)
  }

  /// See `Loss`.
  public func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let classes = output.count
    let target = targets[example]
    let label = target.label
    _ = gradient.update(fromContentsOf: output)
    // −log p[label]; −log p of another class is logits away from it.
    var loss = Double(softmax(gradient, label: label))
    if smoothing > 0 {
      let share = smoothing / Float(classes)
      var excess = 0.0
      for unit in 0..<classes { excess += Double(output[label] - output[unit]) }
      loss += Double(share) * excess
      for unit in 0..<classes { gradient[unit] -= share }
    }
    let rest = 1 - smoothing
    let minor = rest * (1 - target.share)
    gradient[label] -= rest * target.share
    if minor > 0 {
      gradient[target.other] -= minor
      loss += Double(minor) * Double(output[label] - output[target.other])
    }
    guard !classWeights.isEmpty else { return loss }
    let weight =
      target.share * classWeights[label] + (1 - target.share) * classWeights[target.other]
    for unit in 0..<classes { gradient[unit] *= weight }
    return loss * Double(weight)
  }
}

extension MixedLabel {
  /// The class of a photo that is not mixed with another.
  init(pure label: Int) { self.init(label: label, other: label, share: 1) }
}
