import TensorKernels

/// A norm with frozen statistics that no convolution has swallowed: a scale and shift per channel,
/// s = γ/σ and β − s·μ.
final class AffineUnit: WeightedUnit, @unchecked Sendable {
  private let norm: GraphNormalization
  private let weights: NetworkWeights
  private let channels: Int
  let scale: Region
  let shift: Region
  /// ∂s, which becomes ∂γ, and ∂β.
  let scaleGradient: Region?
  let shiftGradient: Region?

  var isTrained: Bool { scaleGradient != nil }

  init(
    _ norm: GraphNormalization, _ weights: NetworkWeights, trainable: Set<String>,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.norm = norm
    self.weights = weights
    channels = norm.gamma.shape.count
    let vector = channels * MemoryLayout<Float>.stride
    scale = try allocate(vector)
    shift = try allocate(vector)
    let isTrained = trainable.contains(norm.gamma.node)
    scaleGradient = isTrained ? try allocate(vector) : nil
    shiftGradient = isTrained ? try allocate(vector) : nil
  }

  var trained: [TrainedParameter] {
    [(norm.gamma, scaleGradient), (norm.beta, shiftGradient)].compactMap { parameter, region in
      region.map { region in
        TrainedParameter(
          parameter: parameter, values: weights.values(of: parameter),
          gradient: UnsafeMutableBufferPointer(start: region.floats, count: channels))
      }
    }
  }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    let (gamma, beta) = (weights.values(of: norm.gamma), weights.values(of: norm.beta))
    let (mean, variance) = (weights.values(of: norm.mean), weights.values(of: norm.variance))
    for c in 0..<channels {
      let s = gamma[c] / (variance[c] + norm.epsilon).squareRoot()
      scale.floats[c] = s
      shift.floats[c] = beta[c] - s * mean[c]
    }
  }

  func finishGradients(on worker: Worker) {
    guard let scaleGradient, let shiftGradient else { return }
    let (mean, variance) = (weights.values(of: norm.mean), weights.values(of: norm.variance))
    for c in 0..<channels {
      let centred = scaleGradient.floats[c] - mean[c] * shiftGradient.floats[c]
      scaleGradient.floats[c] = centred / (variance[c] + norm.epsilon).squareRoot()
    }
  }
}

/// A norm that trains with the statistics of the batch. Its kernel also moves the moving statistics,
/// which go back to the masters after the step.
final class BatchNormUnit: WeightedUnit, @unchecked Sendable {
  private let norm: GraphNormalization
  private let weights: NetworkWeights
  private let channels: Int
  /// γ, β, moving mean, moving variance.
  let parameters: Region
  /// ∂γ, ∂β.
  let gradients: Region

  init(
    _ norm: GraphNormalization, _ weights: NetworkWeights,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.norm = norm
    self.weights = weights
    channels = norm.gamma.shape.count
    parameters = try allocate(4 * channels * MemoryLayout<Float>.stride)
    gradients = try allocate(2 * channels * MemoryLayout<Float>.stride)
  }

  var trained: [TrainedParameter] {
    [norm.gamma, norm.beta].enumerated().map { index, parameter in
      TrainedParameter(
        parameter: parameter, values: weights.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(
          start: gradients.floats + index * channels, count: channels))
    }
  }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    for (index, parameter) in norm.parameters.enumerated() {
      _ = UnsafeMutableBufferPointer(start: parameters.floats + index * channels, count: channels)
        .update(fromContentsOf: weights.values(of: parameter))
    }
  }

  func finishGradients(on worker: Worker) {
    for (index, parameter) in [norm.mean, norm.variance].enumerated() {
      let moved = UnsafeBufferPointer(
        start: parameters.floats + (2 + index) * channels, count: channels)
      _ = weights.values(of: parameter).update(fromContentsOf: moved)
    }
  }
}
