import TensorKernels

/// A norm with frozen statistics that no convolution has swallowed: a scale and shift per channel,
/// s = γ/σ and β − s·μ.
final class FrozenNormWeights: KernelWeights, @unchecked Sendable {
  private let norm: GraphNormalization
  private let masters: NetworkWeights
  private let channels: Int
  let scale: Region
  let shift: Region
  /// ∂s, which becomes ∂γ, and ∂β.
  let scaleGradient: Region?
  let shiftGradient: Region?

  var isTrained: Bool { scaleGradient != nil }

  init(
    _ norm: GraphNormalization, _ masters: NetworkWeights, trainable: Set<String>,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.norm = norm
    self.masters = masters
    channels = norm.mean.shape.count
    let vector = channels * MemoryLayout<Float>.stride
    scale = try allocate(vector)
    shift = try allocate(vector)
    let isTrained = trainable.contains(norm.node)
    scaleGradient = isTrained ? try allocate(vector) : nil
    shiftGradient = isTrained ? try allocate(vector) : nil
  }

  var trained: [TrainedParameter] {
    [(norm.gamma, scaleGradient), (norm.beta, shiftGradient)].compactMap { parameter, region in
      guard let parameter, let region else { return nil }
      return TrainedParameter(
        parameter: parameter, values: masters.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(start: region.floats, count: channels))
    }
  }

  var gradientRegions: [Region] { [scaleGradient, shiftGradient].compactMap(\.self) }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    let gamma = norm.gamma.map { masters.values(of: $0) }
    let beta = norm.beta.map { masters.values(of: $0) }
    let (mean, variance) = (masters.values(of: norm.mean), masters.values(of: norm.variance))
    for c in 0..<channels {
      let s = (gamma?[c] ?? 1) / (variance[c] + norm.epsilon).squareRoot()
      scale.floats[c] = s
      shift.floats[c] = (beta?[c] ?? 0) - s * mean[c]
    }
  }

  func finishGradients(on worker: Worker) {
    guard let scaleGradient, let shiftGradient else { return }
    let (mean, variance) = (masters.values(of: norm.mean), masters.values(of: norm.variance))
    for c in 0..<channels {
      let centred = scaleGradient.floats[c] - mean[c] * shiftGradient.floats[c]
      scaleGradient.floats[c] = centred / (variance[c] + norm.epsilon).squareRoot()
    }
  }
}

/// The scale and shift of a layer norm.
final class LayerNormWeights: KernelWeights, @unchecked Sendable {
  private let norm: GraphLayerNormalization
  private let masters: NetworkWeights
  /// γ, β.
  let parameters: Region
  /// ∂γ, ∂β; `nil` where neither is trained.
  let gradients: Region?

  init(
    _ norm: GraphLayerNormalization, _ masters: NetworkWeights, trainable: Set<String>,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.norm = norm
    self.masters = masters
    let byteCount = 2 * norm.columns * MemoryLayout<Float>.stride
    parameters = try allocate(byteCount)
    let isTrained = norm.parameters.contains { trainable.contains($0.node) }
    gradients = isTrained ? try allocate(byteCount) : nil
  }

  var trained: [TrainedParameter] {
    guard let gradients else { return [] }
    return [norm.gamma, norm.beta].enumerated().compactMap { index, parameter in
      guard let parameter else { return nil }
      return TrainedParameter(
        parameter: parameter, values: masters.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(
          start: gradients.floats + index * norm.columns, count: norm.columns))
    }
  }

  var gradientRegions: [Region] { [gradients].compactMap(\.self) }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    for (index, parameter) in [norm.gamma, norm.beta].enumerated() {
      let row = UnsafeMutableBufferPointer(
        start: parameters.floats + index * norm.columns, count: norm.columns)
      if let parameter {
        _ = row.update(fromContentsOf: masters.values(of: parameter))
      } else {
        row.update(repeating: index == 0 ? 1 : 0)
      }
    }
  }

  func finishGradients(on worker: Worker) {}
}

/// A norm that trains with the statistics of the batch. Its kernel also moves the moving statistics,
/// which go back to the masters after the step.
final class BatchNormWeights: KernelWeights, @unchecked Sendable {
  private let norm: GraphNormalization
  private let masters: NetworkWeights
  private let channels: Int
  /// γ, β, moving mean, moving variance.
  let parameters: Region
  /// ∂γ, ∂β.
  let gradients: Region

  init(
    _ norm: GraphNormalization, _ masters: NetworkWeights,
    allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.norm = norm
    self.masters = masters
    channels = norm.mean.shape.count
    parameters = try allocate(4 * channels * MemoryLayout<Float>.stride)
    gradients = try allocate(2 * channels * MemoryLayout<Float>.stride)
  }

  var trained: [TrainedParameter] {
    [norm.gamma, norm.beta].enumerated().compactMap { index, parameter in
      guard let parameter else { return nil }
      return TrainedParameter(
        parameter: parameter, values: masters.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(
          start: gradients.floats + index * channels, count: channels))
    }
  }

  var gradientRegions: [Region] { [gradients] }

  func bind(to worker: Worker) throws(BackendError) {}

  func refresh(on worker: Worker) {
    let all = [norm.gamma, norm.beta, norm.mean, norm.variance]
    for (index, parameter) in all.enumerated() {
      let row = UnsafeMutableBufferPointer(
        start: parameters.floats + index * channels, count: channels)
      if let parameter {
        _ = row.update(fromContentsOf: masters.values(of: parameter))
      } else {
        row.update(repeating: index == 0 ? 1 : 0)
      }
    }
  }

  func finishGradients(on worker: Worker) {
    for (index, parameter) in [norm.mean, norm.variance].enumerated() {
      let moved = UnsafeBufferPointer(
        start: parameters.floats + (2 + index) * channels, count: channels)
      _ = masters.values(of: parameter).update(fromContentsOf: moved)
    }
  }
}
