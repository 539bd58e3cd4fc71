/// A kernel that is a loop of our own, the same for both backends: without weights in a layout of its
/// own and without scratchpad, unless it says otherwise.
protocol OwnLoop: PreparedKernel {
  var operation: Operation { get }
}

extension OwnLoop {
  var scratchByteCount: Int { 0 }
  var packedByteCount: Int { 0 }
  var workspaceByteCount: Int { 0 }
  var accumulates: Bool { false }
  var implementation: String { "own loop" }

  func bindPacking(plain: Region, packed: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("\(operation) has no packed weights")
  }

  func bindUnpacking(packed: Region, plain: Region, on lane: Lane) throws(BackendError) -> Call {
    preconditionFailure("\(operation) has no packed weights")
  }
}

extension Operation {
  /// The loop of our own that does this.
  func ownLoop(_ multiplier: any MatrixMultiplier) -> any PreparedKernel {
    switch self {
    case .maxPooling, .maxPoolingGradient, .averagePooling, .averagePoolingGradient:
      PoolingLoop(operation: self)
    case .image(let image):
      ImageLoop(image: image)
    default:
      HostKernel(self, multiplier: multiplier)
    }
  }
}
