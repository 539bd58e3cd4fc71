internal import CKernels

/// Loops over rows of `channels` values.
extension LoopKernel {
  static func channelAffine(
    _ rows: Int, _ channels: Int, hasShift: Bool, _ activation: Activation, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let (scale, activation) = (operands.weights.required, ft_activation(activation))
      let shift = hasShift ? operands.bias.required : nil
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        return {
          ft_channel_affine(destination, source, scale, shift, activation, rows, channels)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        return {
          ft_channel_affine_bf16(destination, source, scale, shift, activation, rows, channels)
          return 0
        }
      }
    }
  }

  static func channelSums(_ rows: Int, _ channels: Int, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, lane in
      let (sum, product) = (operands.bias.required, operands.destination.required)
      switch precision {
      case .float32:
        let (source, gradient) = (operands.source.required, operands.second.required)
        return {
          ft_channel_sums(sum, product, gradient, source, lane.isFirst ? 0 : 1, rows, channels)
          return 0
        }
      case .bfloat16:
        let (source, gradient) = (operands.source.requiredHalves, operands.second.requiredHalves)
        return {
          ft_channel_sums_bf16(
            sum, product, gradient, source, lane.isFirst ? 0 : 1, rows, channels)
          return 0
        }
      }
    }
  }

  static func batchNorm(
    _ rows: Int, _ channels: Int, epsilon: Float, momentum: Float, _ activation: Activation
  ) -> LoopKernel {
    LoopKernel(scratch: 3 * channels, workspace: 2 * channels) { operands, lane in
      let (source, destination) = operands.floats
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      let (activation, scratch) = (ft_activation(activation), Region(lane.scratch).floats)
      return {
        ft_batch_norm(
          destination, source, parameters, saved, scratch, epsilon, momentum, activation, rows,
          channels)
        return 0
      }
    }
  }

  static func batchNormGradient(_ rows: Int, _ channels: Int) -> LoopKernel {
    LoopKernel(scratch: 3 * channels) { operands, lane in
      let (source, destination) = operands.floats
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      let (gradient, result) = (operands.second.required, operands.bias.required)
      let scratch = Region(lane.scratch).floats
      return {
        ft_batch_norm_gradient(
          destination, result, gradient, source, parameters, saved, scratch, rows, channels)
        return 0
      }
    }
  }

  static func globalAverage(
    _ batch: Int, _ positions: Int, _ channels: Int, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let destination = operands.destination.required
      switch precision {
      case .float32:
        let source = operands.source.required
        return {
          ft_global_average(destination, source, batch, positions, channels)
          return 0
        }
      case .bfloat16:
        let source = operands.source.requiredHalves
        return {
          ft_global_average_bf16(destination, source, batch, positions, channels)
          return 0
        }
      }
    }
  }

  static func globalAverageGradient(
    _ batch: Int, _ positions: Int, _ channels: Int, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let source = operands.source.required
      switch precision {
      case .float32:
        let destination = operands.destination.required
        return {
          ft_global_average_gradient(destination, source, batch, positions, channels)
          return 0
        }
      case .bfloat16:
        let destination = operands.destination.requiredHalves
        return {
          ft_global_average_gradient_bf16(destination, source, batch, positions, channels)
          return 0
        }
      }
    }
  }

  static func rowBias(_ rows: Int, _ columns: Int) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let bias = operands.bias.required
      return {
        for row in 0..<rows {
          let start = row * columns
          ft_add_activate(
            destination + start, source + start, bias, ft_activation(.linear), columns)
        }
        return 0
      }
    }
  }

  static func rowBiasGradient(_ rows: Int, _ columns: Int) -> LoopKernel {
    LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      return {
        ft_channel_sums(destination, nil, source, nil, lane.isFirst ? 0 : 1, rows, columns)
        return 0
      }
    }
  }

  static func localResponse(_ rows: Int, _ channels: Int, _ response: LocalResponse) -> LoopKernel {
    LoopKernel(scratch: channels) { operands, lane in
      let (source, destination) = operands.floats
      let scratch = Region(lane.scratch).floats
      var parameters = ft_local_response(response)
      return {
        ft_local_response_forward(&parameters, destination, source, scratch, rows, channels)
        return 0
      }
    }
  }

  static func localResponseGradient(_ rows: Int, _ channels: Int, _ response: LocalResponse)
    -> LoopKernel
  {
    LoopKernel(scratch: 2 * channels) { operands, lane in
      let (source, destination) = operands.floats
      let (input, scratch) = (operands.second.required, Region(lane.scratch).floats)
      var parameters = ft_local_response(response)
      return {
        ft_local_response_gradient(
          &parameters, destination, source, input, scratch, rows, channels)
        return 0
      }
    }
  }
}

/// Loops over images that are multiplied by one row each.
extension LoopKernel {
  static func productOfRows(
    _ batch: Int, _ positions: Int, _ channels: Int, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let second = operands.second.required
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        return {
          for image in 0..<batch {
            let start = image * positions * channels
            ft_multiply_rows(
              destination + start, source + start, second + image * channels, positions, channels)
          }
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        return {
          for image in 0..<batch {
            let start = image * positions * channels
            ft_multiply_rows_bf16(
              destination + start, source + start, second + image * channels, positions, channels)
          }
          return 0
        }
      }
    }
  }

  static func dotOfRows(
    _ batch: Int, _ positions: Int, _ channels: Int, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let destination = operands.destination.required
      switch precision {
      case .float32:
        let (source, second) = (operands.source.required, operands.second.required)
        return {
          for image in 0..<batch {
            let start = image * positions * channels
            ft_dot_rows(
              destination + image * channels, source + start, second + start, positions, channels)
          }
          return 0
        }
      case .bfloat16:
        let (source, second) = (operands.source.requiredHalves, operands.second.requiredHalves)
        return {
          for image in 0..<batch {
            let start = image * positions * channels
            ft_dot_rows_bf16(
              destination + image * channels, source + start, second + start, positions, channels)
          }
          return 0
        }
      }
    }
  }

  static func gatedSlope(_ batch: Int, _ positions: Int, _ channels: Int) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
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
    }
  }
}
