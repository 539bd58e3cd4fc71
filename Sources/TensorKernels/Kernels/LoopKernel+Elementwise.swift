internal import CKernels

/// Loops that treat all values of the micro-batch alike.
extension LoopKernel {
  static func sum(_ count: Int, _ activation: Activation, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      let activation = ft_activation(activation)
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        let second = operands.second?.floats
        return {
          ft_add_activate(destination, source, second, activation, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        let second = operands.second?.halves
        return {
          ft_add_activate_bf16(destination, source, second, activation, count)
          return 0
        }
      }
    }
  }

  static func maskedSum(_ count: Int, _ activation: Activation, _ precision: Precision)
    -> LoopKernel
  {
    LoopKernel { operands, _ in
      let activation = ft_activation(activation)
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        let (second, output) = (operands.second?.floats, operands.workspace?.floats)
        return {
          ft_masked_sum(destination, source, second, output, activation, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        let (second, output) = (operands.second?.halves, operands.workspace?.halves)
        return {
          ft_masked_sum_bf16(destination, source, second, output, activation, count)
          return 0
        }
      }
    }
  }

  static func activationWithSlope(
    _ count: Int, _ activation: Activation, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let activation = ft_activation(activation)
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        let slope = operands.workspace.required
        return {
          ft_activate_keeping(destination, slope, source, activation, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        let slope = operands.workspace.requiredHalves
        return {
          ft_activate_keeping_bf16(destination, slope, source, activation, count)
          return 0
        }
      }
    }
  }

  static func slopedSum(_ count: Int, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        let (second, slope) = (operands.second?.floats, operands.workspace.required)
        return {
          ft_sloped_sum(destination, source, second, slope, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        let (second, slope) = (operands.second?.halves, operands.workspace.requiredHalves)
        return {
          ft_sloped_sum_bf16(destination, source, second, slope, count)
          return 0
        }
      }
    }
  }

  static func scale(_ count: Int, _ factor: Float, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        return {
          ft_scale(destination, source, factor, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        return {
          ft_scale_bf16(destination, source, factor, count)
          return 0
        }
      }
    }
  }

  static func product(_ count: Int, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        let second = operands.second.required
        return {
          ft_multiply(destination, source, second, count)
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        let second = operands.second.requiredHalves
        return {
          ft_multiply_bf16(destination, source, second, count)
          return 0
        }
      }
    }
  }

  static func softmax(_ rows: Int, _ columns: Int) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      return {
        ft_softmax(destination, source, rows, columns)
        return 0
      }
    }
  }
}

/// Loops that drop values.
extension LoopKernel {
  static func dropout(
    _ examples: Int, _ count: Int, decisions: Int, rate: Float, key: UInt64
  ) -> LoopKernel {
    guard decisions > 1 else { return dropout(examples, count, rate: rate, key: key, .float32) }
    return LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      return {
        for example in 0..<examples {
          let start = example * count
          let stream = lane.randomStream(key, example: example)
          for first in stride(from: start, to: start + count, by: decisions) {
            ft_dropout(destination + first, source + first, rate, stream, decisions)
          }
        }
        return 0
      }
    }
  }

  /// Whole examples.
  static func dropout(
    _ examples: Int, _ count: Int, rate: Float, key: UInt64, _ precision: Precision
  ) -> LoopKernel {
    LoopKernel { operands, lane in
      switch precision {
      case .float32:
        let (source, destination) = operands.floats
        return {
          for example in 0..<examples {
            let factor = lane.factor(rate: rate, key: key, example: example)
            let start = example * count
            ft_scale(destination + start, source + start, factor, count)
          }
          return 0
        }
      case .bfloat16:
        let (source, destination) = operands.halves
        return {
          for example in 0..<examples {
            let factor = lane.factor(rate: rate, key: key, example: example)
            let start = example * count
            ft_scale_bf16(destination + start, source + start, factor, count)
          }
          return 0
        }
      }
    }
  }
}
