internal import CKernels

/// A convolution of bfloat16 images by a Float32 kernel, where that is faster: images are widened before it,
/// and its result is rounded once. Weights, their gradients and biases are the kernel's own.
struct WidenedKernel: PreparedKernel {
  private let kernel: any PreparedKernel
  /// Values of each operand that is an image; 0 for others.
  private let source: Int
  private let second: Int
  private let destination: Int
  private let addsDestination: Bool

  /// - Parameter kernel: the operation's in Float32.
  init(_ operation: Operation, _ kernel: any PreparedKernel) {
    self.kernel = kernel
    switch operation {
    case .convolution(let geometry, _, let adds, _):
      (source, second, destination) = (geometry.inputCount, 0, geometry.outputCount)
      addsDestination = adds
    case .convolutionInputGradient(let geometry):
      (source, second, destination) = (geometry.outputCount, 0, geometry.inputCount)
      addsDestination = false
    case .convolutionWeightGradient(let geometry, _):
      (source, second, destination) = (geometry.inputCount, geometry.outputCount, 0)
      addsDestination = false
    default:
      preconditionFailure("\(operation) is not widened")
    }
  }

  /// The images lie behind the kernel's own scratchpad.
  private var imagesOffset: Int { (kernel.scratchByteCount + 63) / 64 * 64 }
  private static func byteCount(_ values: Int) -> Int { (values * 4 + 63) / 64 * 64 }

  var scratchByteCount: Int {
    imagesOffset + [source, second, destination].reduce(0) { $0 + Self.byteCount($1) }
  }
  var packedByteCount: Int { kernel.packedByteCount }
  var workspaceByteCount: Int { kernel.workspaceByteCount }
  var accumulates: Bool { kernel.accumulates }
  var implementation: String { "\(kernel.implementation), widened" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    var wide = operands
    var offset = imagesOffset
    /// Where an image is in Float32, and where it is kept.
    func image(_ operand: inout Region?, _ count: Int) -> (Region, Region)? {
      guard count > 0, let kept = operand else { return nil }
      let region = Region(lane.scratch, offset: offset)
      offset += Self.byteCount(count)
      operand = region
      return (region, kept)
    }
    let (source, second, destination) = (self.source, self.second, self.destination)
    let first = image(&wide.source, source)
    let other = image(&wide.second, second)
    let result = image(&wide.destination, destination)
    let addsDestination = addsDestination
    let run = try kernel.bind(wide, on: lane)
    return {
      if let (region, kept) = first { ft_widen(region.floats, kept.halves, source) }
      if let (region, kept) = other { ft_widen(region.floats, kept.halves, second) }
      if addsDestination, let (region, kept) = result {
        ft_widen(region.floats, kept.halves, destination)
      }
      let status = run()
      if let (region, kept) = result { ft_narrow(kept.halves, region.floats, destination) }
      return status
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    try kernel.bindPacking(plain: plain, packed: packed, on: lane)
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    try kernel.bindUnpacking(packed: packed, plain: plain, on: lane)
  }
}

extension Operation {
  /// Whether a Float32 kernel may compute it for bfloat16 images. Depthwise convolutions multiply little.
  var canBeWidened: Bool {
    switch self {
    case .convolution(let geometry, _, _, _), .convolutionInputGradient(let geometry),
      .convolutionWeightGradient(let geometry, _):
      !geometry.isDepthwise
    default: false
    }
  }
}
