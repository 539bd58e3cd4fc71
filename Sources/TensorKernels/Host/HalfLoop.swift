internal import CKernels
import Files

/// Our loops over bfloat16, for what lies between convolutions; the rest is converted and runs in
/// Float32.
struct HalfLoop: OwnLoop {
  let operation: Operation

  static func supports(_ operation: Operation) -> Bool {
    switch operation {
    case .sum, .maskedSum, .activationWithSlope, .slopedSum, .copy, .convert, .scale, .product,
      .productOfRows, .dotOfRows,
      .channelAffine, .channelSums, .globalAverage, .globalAverageGradient, .placeColumns,
      .takeColumns:
      true
    case .dropout(_, _, let decisions, _, _):
      decisions == 1
    default:
      false
    }
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    switch operation {
    case .copy, .convert, .placeColumns, .takeColumns: bindCopying(operands)
    case .channelAffine, .channelSums, .globalAverage, .globalAverageGradient:
      bindChannelwise(operands, on: lane)
    default: bindElementwise(operands, on: lane)
    }
  }

  private func bindElementwise(_ operands: Operands, on lane: Lane) -> Call {
    let source = operands.source.requiredHalves
    switch operation {
    case .sum(let count, _, let activation):
      let destination = operands.destination.requiredHalves
      let (second, activation) = (operands.second?.halves, ft_activation(activation))
      return {
        ft_add_activate_bf16(destination, source, second, activation, count)
        return 0
      }
    case .maskedSum(let count, _, let activation):
      let destination = operands.destination.requiredHalves
      let (second, output) = (operands.second?.halves, operands.workspace?.halves)
      let activation = ft_activation(activation)
      return {
        ft_masked_sum_bf16(destination, source, second, output, activation, count)
        return 0
      }
    case .activationWithSlope(let count, let activation):
      let destination = operands.destination.requiredHalves
      let (activation, slope) = (ft_activation(activation), operands.workspace.requiredHalves)
      return {
        ft_activate_keeping_bf16(destination, slope, source, activation, count)
        return 0
      }
    case .slopedSum(let count, _):
      let destination = operands.destination.requiredHalves
      let (second, slope) = (operands.second?.halves, operands.workspace.requiredHalves)
      return {
        ft_sloped_sum_bf16(destination, source, second, slope, count)
        return 0
      }
    case .scale(let count, let factor):
      let destination = operands.destination.requiredHalves
      return {
        ft_scale_bf16(destination, source, factor, count)
        return 0
      }
    case .product(let count):
      let destination = operands.destination.requiredHalves
      let second = operands.second.requiredHalves
      return {
        ft_multiply_bf16(destination, source, second, count)
        return 0
      }
    case .productOfRows(let batch, let positions, let channels):
      let destination = operands.destination.requiredHalves
      let second = operands.second.required
      return {
        for image in 0..<batch {
          let start = image * positions * channels
          ft_multiply_rows_bf16(
            destination + start, source + start, second + image * channels, positions, channels)
        }
        return 0
      }
    case .dotOfRows(let batch, let positions, let channels):
      let destination = operands.destination.required
      let second = operands.second.requiredHalves
      return {
        for image in 0..<batch {
          let start = image * positions * channels
          ft_dot_rows_bf16(
            destination + image * channels, source + start, second + start, positions, channels)
        }
        return 0
      }
    case .dropout(let examples, let count, _, let rate, let key):
      let destination = operands.destination.requiredHalves
      return {
        for example in 0..<examples {
          let factor = lane.factor(rate: rate, key: key, example: example)
          let start = example * count
          ft_scale_bf16(destination + start, source + start, factor, count)
        }
        return 0
      }
    default:
      preconditionFailure("\(operation) has no bfloat16 loop")
    }
  }

  private func bindChannelwise(_ operands: Operands, on lane: Lane) -> Call {
    switch operation {
    case .channelAffine(let rows, let channels, let hasShift, let activation):
      let (source, destination) = (
        operands.source.requiredHalves, operands.destination.requiredHalves
      )
      let (scale, activation) = (operands.weights.required, ft_activation(activation))
      let shift = hasShift ? operands.bias.required : nil
      return {
        ft_channel_affine_bf16(destination, source, scale, shift, activation, rows, channels)
        return 0
      }
    case .channelSums(let rows, let channels):
      let (source, gradient) = (operands.source.requiredHalves, operands.second.requiredHalves)
      let (sum, product) = (operands.bias.required, operands.destination.required)
      return {
        ft_channel_sums_bf16(
          sum, product, gradient, source, lane.isFirst ? 0 : 1, rows, channels)
        return 0
      }
    case .globalAverage(let batch, let positions, let channels):
      let (source, destination) = (operands.source.requiredHalves, operands.destination.required)
      return {
        ft_global_average_bf16(destination, source, batch, positions, channels)
        return 0
      }
    case .globalAverageGradient(let batch, let positions, let channels):
      let (source, destination) = (operands.source.required, operands.destination.requiredHalves)
      return {
        ft_global_average_gradient_bf16(destination, source, batch, positions, channels)
        return 0
      }
    default:
      preconditionFailure("\(operation) is not a channelwise operation")
    }
  }

  private func bindCopying(_ operands: Operands) -> Call {
    let destination = operands.destination.requiredHalves
    switch operation {
    case .convert(let count):
      let source = operands.source.required
      return {
        ft_narrow(destination, source, count)
        return 0
      }
    case .copy(let count):
      let source = operands.source.requiredHalves
      return {
        destination.update(from: source, count: count)
        return 0
      }
    case .placeColumns(let range):
      return range.placing(operands.source.requiredHalves, into: destination)
    case .takeColumns(let range):
      return range.taking(operands.source.requiredHalves, into: destination)
    default:
      preconditionFailure("\(operation) copies nothing")
    }
  }
}

extension ColumnRange {
  /// Writes the columns where they belong in the wider matrix.
  func placing<Value>(
    _ source: UnsafeMutablePointer<Value>, into destination: UnsafeMutablePointer<Value>
  ) -> Call {
    {
      for row in 0..<rows {
        (destination + row * total + first).update(from: source + row * columns, count: columns)
      }
      return 0
    }
  }

  /// Reads the columns out of the wider matrix.
  func taking<Value>(
    _ source: UnsafeMutablePointer<Value>, into destination: UnsafeMutablePointer<Value>
  ) -> Call {
    {
      for row in 0..<rows {
        (destination + row * columns).update(from: source + row * total + first, count: columns)
      }
      return 0
    }
  }
}

extension Lane {
  /// What one decision for a whole example multiplies it by: 0, or the reciprocal of what is kept.
  func factor(rate: Float, key: UInt64, example: Int) -> Float {
    CounterRandom.uniform(randomStream(key, example: example), 0) >= rate ? 1 / (1 - rate) : 0
  }
}

extension Region? {
  /// The operand's values.
  var requiredHalves: UnsafeMutablePointer<UInt16> {
    guard let region = self else { preconditionFailure("an operand is missing") }
    return region.halves
  }
}
