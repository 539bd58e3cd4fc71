internal import CKernels

/// The weight gradient of a 1×1 convolution with stride 1: the product inputᵀ · output gradient over
/// all pixels, added to the shared gradient without a detour. The packed layout is the plain one.
struct PointwiseWeightGradient: PreparedKernel {
  let geometry: WindowGeometry
  let hasBias: Bool
  let multiplier: any MatrixMultiplier

  var scratchByteCount: Int { 0 }
  var packedByteCount: Int { geometry.kernelCount * MemoryLayout<Float>.stride }
  var workspaceByteCount: Int { 0 }
  var accumulates: Bool { true }
  var implementation: String { "matrix product" }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    guard let x = operands.source?.floats, let dy = operands.second?.floats,
      let gradient = operands.destination?.floats
    else { preconditionFailure("a weight gradient needs input, output gradient and destination") }
    let bias = operands.bias?.floats
    let pixels = geometry.batch * geometry.outputPositions
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    let (multiplier, hasBias) = (multiplier, hasBias)
    return {
      multiplier.multiply(
        rows: inputs, columns: outputs, depth: pixels, x, transposeA: true, dy, transposeB: false,
        into: gradient, accumulating: !lane.isFirst)
      if hasBias, let bias {
        ft_channel_sums(bias, nil, dy, nil, lane.isFirst ? 0 : 1, pixels, outputs)
      }
      return 0
    }
  }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: plain, to: packed, byteCount: packedByteCount)
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    plainCopy(from: packed, to: plain, byteCount: packedByteCount)
  }
}

/// For kernels whose packed layout is Keras's own.
func plainCopy(from source: Region, to destination: Region, byteCount: Int) -> Call {
  {
    destination.pointer.copyMemory(from: source.pointer, byteCount: byteCount)
    return 0
  }
}
