import ImagePipeline
import NeuralNetworks

/// Σ over classes of −t · log σ(logit) − (1 − t) · log(1 − σ(logit)), with the target t = (1 − ε) · (share · [class of
/// label] + (1 − share) · [class of other]) + ε / 2, as Keras's `BinaryCrossentropy` smooths it.
///
/// It is a sum and no mean, so that a class learns as fast as with `CrossEntropy`, however many others there are.
public struct BinaryCrossEntropy: Loss {
  /// The label of each example of the batch, or the two that were mixed.
  public let targets: [MixedLabel]
  /// The classes that a label stands for.
  public let sets: [[Int]]
  /// ε.
  public let smoothing: Float

  /// - Parameters:
  ///   - targets: one for each example of the batch, in its order.
  ///   - sets: for each label its classes, as `Labelling.sets` has them.
  ///   - smoothing: ε, `0..<1`.
  public init(targets: [MixedLabel], sets: [[Int]], smoothing: Float = 0) {
    self.targets = targets
    self.sets = sets
    self.smoothing = smoothing
  }

  /// See `Loss`.
  public func evaluate(
    example: Int, output: UnsafeBufferPointer<Float>,
    gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    let target = targets[example]
    gradient.update(repeating: smoothing / 2)
    let rest = 1 - smoothing
    for unit in sets[target.label] { gradient[unit] += rest * target.share }
    if target.share < 1 {
      for unit in sets[target.other] { gradient[unit] += rest * (1 - target.share) }
    }
    var loss = 0.0
    for unit in output.indices {
      let (logit, wanted) = (output[unit], gradient[unit])
      let (probability, tail) = logistic(logit)
      // log(1 + exp(logit)) − t · logit, each part of which is positive this way.
      let linear = logit < 0 ? -wanted * logit : (1 - wanted) * logit
      loss += Double(linear + tail)
      gradient[unit] = probability - wanted
    }
    return loss
  }
}
