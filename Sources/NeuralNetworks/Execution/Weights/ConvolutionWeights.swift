import TensorKernels

/// The weights of a convolution, with the frozen norm or the layer scale behind it folded in.
///
/// With s = γ/σ, σ = √(variance + ε), the kernels run w' = s·w and b' = β + s·(c − μ), c being the
/// convolution's own bias. Their gradients lead back by ∂w = s·∂w', ∂c = s·∂b', ∂β = ∂b' and
/// ∂γ = (Σ w·∂w' + (c − μ)·∂b')/σ; w' itself is never an optimiser's business. A layer scale is the same
/// with σ = 1, μ = 0 and no β.
final class ConvolutionWeights: KernelWeights, @unchecked Sendable {
  private let convolution: GraphConvolution
  private let masters: NetworkWeights
  private let channels: Int
  /// Weights per output channel.
  private let rows: Int
  /// The kernels that read packed weights, each with its own copy.
  private var packed: [(kernel: any PreparedKernel, region: Region)] = []
  private var packings: [[Call]] = []
  private var gradientKernel: (any PreparedKernel)?
  private var unpackings: [Call] = []
  private let allocate: (Int) throws(BackendError) -> Region

  /// b', or the plain bias.
  let bias: Region?
  /// The shared gradient in the layout of the kernel that computes it, and that of the bias.
  private(set) var gradient: Region?
  let biasGradient: Region?
  /// What is folded in; `nil` for nothing.
  private let folded: FoldedScale?
  /// s and 1/σ of the present weights; empty without anything folded in.
  private let scale: Region?
  private let inverseDeviation: Region?
  /// Per channel: Σ w·∂w', Σ ∂w'.
  private let sums: Region?
  private let trainsKernel: Bool
  private var vectorGradients: [(Parameter, Region)] = []

  var hasBias: Bool { bias != nil }

  init(
    _ convolution: GraphConvolution, _ masters: NetworkWeights, trainable: Set<String>,
    allocate: @escaping (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.convolution = convolution
    self.masters = masters
    self.allocate = allocate
    let kernel = convolution.kernel.shape
    // A depthwise kernel is [kh, kw, in, multiplier]: its last two axes are the output channels.
    channels =
      convolution.kernel.role == .depthwiseKernel ? kernel[2] * kernel[3] : kernel.channels
    rows = kernel.count / channels
    let vector = channels * MemoryLayout<Float>.stride
    let folded = FoldedScale(convolution)
    self.folded = folded
    let trainsNode = trainable.contains(convolution.kernel.node)
    let trainsFolded = folded.map { trainable.contains($0.node) } ?? false
    trainsKernel = trainsNode
    bias = convolution.bias != nil || convolution.norm != nil ? try allocate(vector) : nil
    scale = folded != nil ? try allocate(vector) : nil
    inverseDeviation = folded != nil ? try allocate(vector) : nil
    let isTrained = trainsNode || trainsFolded
    biasGradient = isTrained && bias != nil ? try allocate(vector) : nil
    sums = isTrained && folded != nil ? try allocate(2 * vector) : nil
    if trainsNode, let own = convolution.bias {
      vectorGradients.append((own, try allocate(vector)))
    }
    if trainsFolded, let folded {
      for parameter in [folded.gamma, folded.beta].compactMap(\.self) {
        vectorGradients.append((parameter, try allocate(vector)))
      }
    }
  }

  var isTrained: Bool { trainsKernel || !vectorGradients.isEmpty }

  /// The weights in the layout of `kernel`, kept up to date from now on.
  func packedWeights(for kernel: any PreparedKernel) throws(BackendError) -> Region {
    let region = try allocate(kernel.packedByteCount)
    packed.append((kernel, region))
    return region
  }

  /// The gradient in the layout of `kernel`.
  func packedGradient(for kernel: any PreparedKernel) throws(BackendError) -> Region {
    let region = try allocate(
      max(kernel.packedByteCount, rows * channels * MemoryLayout<Float>.stride))
    gradientKernel = kernel
    gradient = region
    return region
  }

  /// Bytes of the kernel in Keras's layout.
  var plainByteCount: Int { rows * channels * MemoryLayout<Float>.stride }

  var trained: [TrainedParameter] {
    var found: [TrainedParameter] = []
    if trainsKernel, let gradient {
      found.append(trained(convolution.kernel, gradient))
    }
    return found + vectorGradients.map { trained($0.0, $0.1) }
  }

  var gradientRegions: [Region] { [gradient, biasGradient].compactMap(\.self) }

  private func trained(_ parameter: Parameter, _ gradient: Region) -> TrainedParameter {
    TrainedParameter(
      parameter: parameter, values: masters.values(of: parameter),
      gradient: UnsafeMutableBufferPointer(start: gradient.floats, count: parameter.shape.count))
  }

  func bind(to worker: Worker) throws(BackendError) {
    var calls: [Call] = []
    for (kernel, region) in packed {
      calls.append(
        try kernel.bindPacking(plain: worker.staging, packed: region, on: worker.lane))
    }
    packings.append(calls)
    if let gradientKernel, let gradient {
      unpackings.append(
        try gradientKernel.bindUnpacking(
          packed: gradient, plain: worker.staging, on: worker.lane))
    }
  }

  func refresh(on worker: Worker) {
    let kernel = masters.values(of: convolution.kernel)
    let staging = worker.staging.floats
    if let folded, let scale, let inverseDeviation {
      let (gamma, beta) = (values(of: folded.gamma), values(of: folded.beta))
      let (mean, variance) = (values(of: folded.mean), values(of: folded.variance))
      let own = values(of: convolution.bias)
      for c in 0..<channels {
        let inverse = variance.map { 1 / ($0[c] + folded.epsilon).squareRoot() } ?? 1
        inverseDeviation.floats[c] = inverse
        scale.floats[c] = (gamma?[c] ?? 1) * inverse
        bias?.floats[c] = (beta?[c] ?? 0) + scale.floats[c] * ((own?[c] ?? 0) - (mean?[c] ?? 0))
      }
      if let start = kernel.baseAddress {
        ChannelMath.scale(
          start, by: scale.floats, into: staging, rows: rows, channels: channels)
      }
    } else {
      if let start = kernel.baseAddress { staging.update(from: start, count: kernel.count) }
      if let own = convolution.bias, let bias {
        _ = UnsafeMutableBufferPointer(start: bias.floats, count: channels)
          .update(fromContentsOf: masters.values(of: own))
      }
    }
    for call in packings[worker.index] { run(call) }
  }

  func finishGradients(on worker: Worker) {
    guard isTrained else { return }
    let plain = worker.staging.floats
    if let gradient {
      run(unpackings[worker.index])
      if let sums, let kernel = masters.values(of: convolution.kernel).baseAddress {
        ChannelMath.dot(
          plain, kernel, into: sums.floats, sums: sums.floats + channels, rows: rows,
          channels: channels)
      }
      if let scale {
        ChannelMath.scale(
          plain, by: scale.floats, into: gradient.floats, rows: rows, channels: channels)
      } else {
        gradient.floats.update(from: plain, count: rows * channels)
      }
    }
    for (parameter, region) in vectorGradients { finish(parameter.role, into: region.floats) }
  }

  private func finish(_ role: Parameter.Role, into result: UnsafeMutablePointer<Float>) {
    let shift = biasGradient?.floats
    switch role {
    case .bias:
      for c in 0..<channels { result[c] = (scale?.floats[c] ?? 1) * (shift?[c] ?? 0) }
    case .beta:
      if let shift { result.update(from: shift, count: channels) }
    case .gamma:
      guard let folded, let sums, let inverseDeviation else { return }
      let (mean, own) = (values(of: folded.mean), values(of: convolution.bias))
      for c in 0..<channels {
        let centred = ((own?[c] ?? 0) - (mean?[c] ?? 0)) * (shift?[c] ?? 0)
        result[c] = (sums.floats[c] + centred) * inverseDeviation.floats[c]
      }
    default:
      preconditionFailure("a convolution has no '\(role.kerasName)' to train")
    }
  }

  private func values(of parameter: Parameter?) -> UnsafeMutableBufferPointer<Float>? {
    parameter.map { masters.values(of: $0) }
  }

  /// Layout conversions were tried when they were bound; they have no way to fail later.
  private func run(_ call: Call) {
    let status = call()
    precondition(status == 0, "a layout conversion failed with status \(status)")
  }
}

/// A scale and a shift per output channel that are folded into a convolution: a frozen norm's or, without
/// statistics and shift, a layer scale.
private struct FoldedScale {
  /// The node that it belongs to.
  let node: String
  var gamma: Parameter?
  var beta: Parameter?
  var mean: Parameter?
  var variance: Parameter?
  var epsilon: Float = 0

  init?(_ convolution: GraphConvolution) {
    if let norm = convolution.norm {
      node = norm.node
      (gamma, beta, mean, variance) = (norm.gamma, norm.beta, norm.mean, norm.variance)
      epsilon = norm.epsilon
    } else if let scale = convolution.scale {
      node = scale.node
      gamma = scale
    } else {
      return nil
    }
  }
}
