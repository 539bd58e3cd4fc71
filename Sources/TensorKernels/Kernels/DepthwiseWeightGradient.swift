internal import CKernels

/// The weight gradient of a depthwise convolution, where the library falls back to slow code: oneDNN 2.6
/// moves 2–4 GB/s with 5×5 windows, under 1 in bfloat16. The packed layout is the plain one.
struct DepthwiseWeightGradient: PreparedKernel {
  let geometry: WindowGeometry
  let hasBias: Bool
  let precision: Precision

  var scratchByteCount: Int { 0 }
  var packedByteCount: Int { geometry.kernelCount * MemoryLayout<Float>.stride }
  var workspaceByteCount: Int { 0 }
  /// The turn would be held for as long as the sums take.
  var accumulates: Bool { false }
  var implementation: String { "own loop" }

  /// Whether the loop covers a geometry, and is worth it.
  static func suits(_ geometry: WindowGeometry) -> Bool {
    geometry.isDepthwise && geometry.outputChannels == geometry.inputChannels
      && geometry.inputDepth == 1 && geometry.kernelDepth == 1
      && geometry.dilationHeight == 1 && geometry.dilationWidth == 1
      && (5...Int(FT_DEPTHWISE_WIDTH)).contains(geometry.kernelHeight)
      && geometry.kernelWidth == geometry.kernelHeight
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    guard let x = operands.source, let dy = operands.second, let gradient = operands.destination
    else { preconditionFailure("a weight gradient needs input, output gradient and destination") }
    let bias = hasBias ? operands.bias.required : nil
    let (rows, channels) = (geometry.batch * geometry.outputPositions, geometry.outputChannels)
    switch precision {
    case .float32:
      return over(geometry) {
        ft_depthwise_sums($0, gradient.floats, x.floats, dy.floats)
        if let bias { ft_channel_sums(bias, nil, dy.floats, nil, 0, rows, channels) }
      }
    case .bfloat16:
      return over(geometry) {
        ft_depthwise_sums_bf16($0, gradient.floats, x.halves, dy.halves)
        if let bias { ft_channel_sums_bf16(bias, nil, dy.halves, nil, 0, rows, channels) }
      }
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: plain, to: packed, byteCount: packedByteCount)
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: packed, to: plain, byteCount: packedByteCount)
  }
}
