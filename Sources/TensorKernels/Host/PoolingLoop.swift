internal import CKernels

/// The poolings, where no library has them.
struct PoolingLoop: OwnLoop {
  let operation: Operation

  /// Where in its image each output value comes from.
  var workspaceByteCount: Int {
    switch operation {
    case .maxPooling(let geometry, let keepsPositions):
      keepsPositions ? geometry.outputCount * MemoryLayout<Int32>.stride : 0
    default: 0
    }
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let source = operands.source.required
    let destination = operands.destination.required
    let positions = operands.workspace?.pointer.assumingMemoryBound(to: Int32.self)
    switch operation {
    case .maxPooling(let geometry, _):
      return over(geometry) { ft_max_pooling($0, destination, source, positions) }
    case .maxPoolingGradient(let geometry):
      return over(geometry) { ft_chosen_gradient($0, destination, source, positions) }
    case .averagePooling(let geometry):
      return over(geometry) { ft_average_pooling($0, destination, source) }
    case .averagePoolingGradient(let geometry):
      return over(geometry) { ft_average_pooling_gradient($0, destination, source) }
    default:
      preconditionFailure("\(operation) is no pooling")
    }
  }
}

/// A call of a loop that moves a window.
func over(
  _ geometry: WindowGeometry, _ loop: @escaping (UnsafePointer<ft_window>) -> Void
) -> Call {
  let window = ft_window(geometry)
  return {
    withUnsafePointer(to: window, loop)
    return 0
  }
}
