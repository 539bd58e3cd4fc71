internal import CKernels

/// Operations that no library has or does better: loops of our own, the same for both backends.
struct HostKernel: OwnLoop {
  let operation: Operation
  let multiplier: any MatrixMultiplier

  init(_ operation: Operation, multiplier: any MatrixMultiplier) {
    self.operation = operation
    self.multiplier = multiplier
  }

  var scratchByteCount: Int {
    switch operation {
    case .batchNorm(_, let channels, _, _, _), .batchNormGradient(_, let channels):
      3 * channels * MemoryLayout<Float>.stride
    default: 0
    }
  }

  var workspaceByteCount: Int {
    switch operation {
    case .batchNorm(_, let channels, _, _, _): 2 * channels * MemoryLayout<Float>.stride
    default: 0
    }
  }

  func bind(_ operands: Operands, on lane: Lane) throws(BackendError) -> Call {
    let source = operands.source.required
    let destination = operands.destination.required
    switch operation {
    case .zeroPadding, .zeroPaddingGradient, .globalAverage, .globalAverageGradient:
      return bindSpatial(source: source, destination: destination)
    case .dense, .denseInputGradient:
      return bindDense(source: source, destination: destination, operands)
    case .channelAffine, .channelSums, .batchNorm, .batchNormGradient:
      return bindChannelwise(source: source, destination: destination, operands, on: lane)
    case .scale, .product, .productOfRows, .dotOfRows, .gatedSlope, .placeColumns, .takeColumns:
      return bindMerging(source: source, destination: destination, operands)
    default:
      return bindElementwise(source: source, destination: destination, operands, on: lane)
    }
  }

  private func bindElementwise(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>,
    _ operands: Operands, on lane: Lane
  ) -> Call {
    let second = operands.second?.floats
    switch operation {
    case .sum(let count, _, let activation):
      let activation = ft_activation(activation)
      return {
        ft_add_activate(destination, source, second, activation, count)
        return 0
      }
    case .maskedSum(let count, _, let activation):
      let activation = ft_activation(activation)
      let output = operands.workspace?.floats
      return {
        ft_masked_sum(destination, source, second, output, activation, count)
        return 0
      }
    case .activationWithSlope(let count, let activation):
      let (activation, slope) = (ft_activation(activation), operands.workspace.required)
      return {
        ft_activate_keeping(destination, slope, source, activation, count)
        return 0
      }
    case .slopedSum(let count, _):
      let slope = operands.workspace.required
      return {
        ft_sloped_sum(destination, source, second, slope, count)
        return 0
      }
    case .dropout(let examples, let count, let decisions, let rate, let key):
      return {
        for example in 0..<examples {
          let start = example * count
          if decisions == 1 {
            let factor = lane.factor(rate: rate, key: key, example: example)
            ft_scale(destination + start, source + start, factor, count)
            continue
          }
          let stream = lane.randomStream(key, example: example)
          for first in Swift.stride(from: start, to: start + count, by: decisions) {
            ft_dropout(destination + first, source + first, rate, stream, decisions)
          }
        }
        return 0
      }
    case .softmax(let rows, let columns):
      return {
        ft_softmax(destination, source, rows, columns)
        return 0
      }
    case .copy(let count):
      return {
        destination.update(from: source, count: count)
        return 0
      }
    case .convert(let count):
      let halves = operands.source.requiredHalves
      return {
        ft_widen(destination, halves, count)
        return 0
      }
    case .stash(let rows, let columns, let batch, let block):
      return {
        for start in stride(from: 0, to: columns, by: block) {
          let width = min(block, columns - start)
          let matrix = destination + batch * start + lane.firstExample * width
          for row in 0..<rows {
            (matrix + row * width).update(from: source + row * columns + start, count: width)
          }
        }
        return 0
      }
    case .accumulate(let count):
      return {
        if lane.isFirst {
          destination.update(from: source, count: count)
        } else {
          ft_accumulate(destination, source, count)
        }
        return 0
      }
    default:
      preconditionFailure("\(operation) is not an operation of the host's loops")
    }
  }

  private func bindChannelwise(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>,
    _ operands: Operands, on lane: Lane
  ) -> Call {
    let scratch = Region(lane.scratch).floats
    switch operation {
    case .channelAffine(let rows, let channels, let hasShift, let activation):
      let (scale, activation) = (operands.weights.required, ft_activation(activation))
      let shift = hasShift ? operands.bias.required : nil
      return {
        ft_channel_affine(destination, source, scale, shift, activation, rows, channels)
        return 0
      }
    case .channelSums(let rows, let channels):
      let (gradient, sum) = (operands.second.required, operands.bias.required)
      return {
        ft_channel_sums(
          sum, destination, gradient, source, lane.isFirst ? 0 : 1, rows, channels)
        return 0
      }
    case .batchNorm(let rows, let channels, let epsilon, let momentum, let activation):
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      let activation = ft_activation(activation)
      return {
        ft_batch_norm(
          destination, source, parameters, saved, scratch, epsilon, momentum, activation, rows,
          channels)
        return 0
      }
    case .batchNormGradient(let rows, let channels):
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      let (gradient, result) = (operands.second.required, operands.bias.required)
      return {
        ft_batch_norm_gradient(
          destination, result, gradient, source, parameters, saved, scratch, rows, channels)
        return 0
      }
    default:
      preconditionFailure("\(operation) is not a channelwise operation")
    }
  }

  private func bindSpatial(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>
  ) -> Call {
    switch operation {
    case .zeroPadding(let geometry):
      var window = ft_window(geometry)
      return {
        ft_zero_padding(&window, destination, source)
        return 0
      }
    case .zeroPaddingGradient(let geometry):
      var window = ft_window(geometry)
      return {
        ft_zero_padding_gradient(&window, destination, source)
        return 0
      }
    case .globalAverage(let batch, let positions, let channels):
      return {
        ft_global_average(destination, source, batch, positions, channels)
        return 0
      }
    case .globalAverageGradient(let batch, let positions, let channels):
      return {
        ft_global_average_gradient(destination, source, batch, positions, channels)
        return 0
      }
    default:
      preconditionFailure("\(operation) does not move over an image")
    }
  }

  private func bindDense(
    source: UnsafeMutablePointer<Float>, destination: UnsafeMutablePointer<Float>,
    _ operands: Operands
  ) -> Call {
    let weights = operands.weights.required
    let multiplier = multiplier
    switch operation {
    case .dense(let rows, let inputs, let outputs, let hasBias, let activation):
      let activation = ft_activation(activation)
      let bias = hasBias ? operands.bias.required : nil
      return {
        multiplier.multiply(
          rows: rows, columns: outputs, depth: inputs, source, transposeA: false, weights,
          transposeB: false, into: destination, accumulating: false)
        for row in 0..<rows {
          let output = destination + row * outputs
          ft_add_activate(output, output, bias, activation, outputs)
        }
        return 0
      }
    case .denseInputGradient(let rows, let inputs, let outputs):
      return {
        multiplier.multiply(
          rows: rows, columns: inputs, depth: outputs, source, transposeA: false, weights,
          transposeB: true, into: destination, accumulating: false)
        return 0
      }
    default:
      preconditionFailure("\(operation) is not a dense operation")
    }
  }
}

extension Region? {
  /// The operand's values. An operation without one of its operands is a mistake of the compiler's.
  var required: UnsafeMutablePointer<Float> {
    guard let region = self else { preconditionFailure("an operand is missing") }
    return region.floats
  }
}
