import TensorKernels

/// The weights of a dense layer: the masters themselves, plain.
///
/// The weight gradient is one product over the whole batch, from inputs and output gradients that the
/// lanes have kept. It is computed in fixed blocks of inputs, so it does not depend on who does it.
final class DenseWeights: KernelWeights, @unchecked Sendable {
  /// Inputs in one block of the weight gradient.
  static let block = 1024

  private let dense: GraphDense
  private let masters: NetworkWeights
  private let batch: Int
  private let multiplier: any MatrixMultiplier
  private let gradient: Region?
  private let biasGradient: Region?
  /// The batch's inputs in column blocks, and its output gradients.
  let keptInputs: Region?
  let keptGradients: Region?

  var inputs: Int { dense.kernel.shape[0] }
  var outputs: Int { dense.kernel.shape[1] }
  var kernel: Region { masters.region(of: dense.kernel) }
  var bias: Region? { dense.bias.map { masters.region(of: $0) } }
  var isTrained: Bool { gradient != nil }
  /// How many pieces `finishGradients(block:)` falls into.
  var blockCount: Int { (inputs + Self.block - 1) / Self.block }

  init(
    _ dense: GraphDense, _ masters: NetworkWeights, trainable: Set<String>, batch: Int,
    multiplier: any MatrixMultiplier, allocate: (Int) throws(BackendError) -> Region
  ) throws(BackendError) {
    self.dense = dense
    self.masters = masters
    self.batch = batch
    self.multiplier = multiplier
    let size = MemoryLayout<Float>.stride
    let (inputs, outputs) = (dense.kernel.shape[0], dense.kernel.shape[1])
    let isTrained = trainable.contains(dense.kernel.node)
    gradient = isTrained ? try allocate(inputs * outputs * size) : nil
    biasGradient = isTrained && dense.bias != nil ? try allocate(outputs * size) : nil
    keptInputs = isTrained ? try allocate(batch * inputs * size) : nil
    keptGradients = isTrained ? try allocate(batch * outputs * size) : nil
  }

  var trained: [TrainedParameter] {
    [(dense.kernel, gradient), (dense.bias, biasGradient)].compactMap { parameter, region in
      guard let parameter, let region else { return nil }
      return TrainedParameter(
        parameter: parameter, values: masters.values(of: parameter),
        gradient: UnsafeMutableBufferPointer(start: region.floats, count: parameter.shape.count))
    }
  }

  var gradientRegions: [Region] { [keptGradients].compactMap(\.self) }

  func bind(to worker: Worker) throws(BackendError) {}
  func refresh(on worker: Worker) {}

  func finishGradients(on worker: Worker) {
    for block in 0..<blockCount { finishGradients(block: block, rows: batch) }
  }

  /// The rows of the weight gradient that belong to one block of inputs; the first also sums the
  /// bias's.
  /// - Parameter rows: how many rows of the batch the lanes have filled.
  func finishGradients(block: Int, rows: Int) {
    guard let gradient, let keptInputs, let keptGradients else { return }
    let first = block * Self.block
    let width = min(Self.block, inputs - first)
    multiplier.multiply(
      rows: width, columns: outputs, depth: rows, keptInputs.floats + batch * first,
      transposeA: true, keptGradients.floats, transposeB: false,
      into: gradient.floats + first * outputs, accumulating: false)
    if block == 0, let biasGradient {
      ChannelMath.sums(
        keptGradients.floats, into: biasGradient.floats, rows: rows, channels: outputs)
    }
  }
}
