internal import CKernels

/// Products, and values put side by side.
extension HostKernel {
  func bindMerging(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>,
    _ operands: Operands
  ) -> Call {
    switch operation {
    case .scale(let count, let factor):
      return {
        ft_scale(destination, source, factor, count)
        return 0
      }
    case .product(let count):
      let second = operands.second.required
      return {
        ft_multiply(destination, source, second, count)
        return 0
      }
    case .productOfRows(let batch, let positions, let channels):
      let second = operands.second.required
      return {
        for image in 0..<batch {
          let start = image * positions * channels
          ft_multiply_rows(
            destination + start, source + start, second + image * channels, positions, channels)
        }
        return 0
      }
    case .dotOfRows(let batch, let positions, let channels):
      let second = operands.second.required
      return {
        for image in 0..<batch {
          let start = image * positions * channels
          ft_dot_rows(
            destination + image * channels, source + start, second + start, positions, channels)
        }
        return 0
      }
    case .gatedSlope(let batch, let positions, let channels):
      let (factor, shift) = (operands.second.required, operands.bias.required)
      let slope = operands.workspace.required
      return {
        for image in 0..<batch {
          let (start, row) = (image * positions * channels, image * channels)
          ft_gated_slope(
            destination + start, source + start, factor + row, shift + row, slope + start,
            positions, channels)
        }
        return 0
      }
    case .placeColumns(let range):
      return range.placing(source, into: destination)
    case .takeColumns(let range):
      return range.taking(source, into: destination)
    default:
      preconditionFailure("\(operation) merges nothing")
    }
  }
}
