internal import CKernels

/// Loops that move a window over images.
extension LoopKernel {
  static func maxPooling(_ geometry: WindowGeometry, keepsPositions: Bool) -> LoopKernel {
    LoopKernel(workspace: keepsPositions ? geometry.outputCount : 0) { operands, _ in
      let (source, destination) = operands.floats
      let positions = operands.workspace?.pointer.assumingMemoryBound(to: Int32.self)
      return over(geometry) { ft_max_pooling($0, destination, source, positions) }
    }
  }

  /// Of a pooling that took one value of each window.
  static func choiceGradient(_ geometry: WindowGeometry) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let positions = operands.workspace.requiredPositions
      return over(geometry) { ft_chosen_gradient($0, destination, source, positions) }
    }
  }

  static func normPooling(_ geometry: WindowGeometry, power: Float) -> LoopKernel {
    moving(geometry) { ft_norm_pooling($0, $1, $2, power) }
  }

  static func normPoolingGradient(_ geometry: WindowGeometry, power: Float) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (input, output) = (operands.second.required, operands.workspace.required)
      return over(geometry) {
        ft_norm_pooling_gradient($0, destination, source, input, output, power)
      }
    }
  }

  /// Image by image, for each has a random stream of its own.
  static func stochasticPooling(_ geometry: WindowGeometry, key: UInt64) -> LoopKernel {
    LoopKernel(workspace: geometry.outputCount) { operands, lane in
      let (source, destination) = operands.floats
      let positions = operands.workspace.requiredPositions
      var one = geometry
      one.batch = 1
      let (inputCount, outputCount) = (one.inputCount, one.outputCount)
      var window = ft_window(one)
      return {
        for image in 0..<geometry.batch {
          let start = image * outputCount
          ft_stochastic_pooling(
            &window, destination + start, source + image * inputCount, positions + start,
            lane.randomStream(key, example: image))
        }
        return 0
      }
    }
  }

  static func expectedPoolingGradient(_ geometry: WindowGeometry) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (input, output) = (operands.second.required, operands.workspace.required)
      return over(geometry) {
        ft_expected_pooling_gradient($0, destination, source, input, output)
      }
    }
  }

  static func borderPadding(_ geometry: WindowGeometry, _ mode: BorderMode) -> LoopKernel {
    moving(geometry) { ft_border_padding($0, mode.code, $1, $2) }
  }

  static func borderPaddingGradient(_ geometry: WindowGeometry, _ mode: BorderMode) -> LoopKernel {
    moving(geometry) { ft_border_padding_gradient($0, mode.code, $1, $2) }
  }

  static func resizing(_ geometry: WindowGeometry, _ sampling: UpSampling) -> LoopKernel {
    switch sampling {
    case .nearest: moving(geometry) { ft_resize_nearest($0, $1, $2) }
    case .bilinear: moving(geometry) { ft_resize_bilinear($0, $1, $2) }
    }
  }

  static func resizingGradient(_ geometry: WindowGeometry, _ sampling: UpSampling) -> LoopKernel {
    switch sampling {
    case .nearest: moving(geometry) { ft_resize_nearest_gradient($0, $1, $2) }
    case .bilinear: moving(geometry) { ft_resize_bilinear_gradient($0, $1, $2) }
    }
  }
}

/// Loops over windows whose every position has a kernel of its own.
extension LoopKernel {
  static func unshared(_ geometry: WindowGeometry) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let weights = operands.weights.required
      return over(geometry) { ft_unshared($0, destination, source, weights) }
    }
  }

  static func unsharedInputGradient(_ geometry: WindowGeometry) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let weights = operands.weights.required
      return over(geometry) { ft_unshared_input_gradient($0, destination, source, weights) }
    }
  }

  static func unsharedWeightGradient(_ geometry: WindowGeometry) -> LoopKernel {
    LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      let gradient = operands.second.required
      return over(geometry) {
        ft_unshared_weight_gradient($0, destination, source, gradient, lane.isFirst ? 0 : 1)
      }
    }
  }
}

extension LoopKernel {
  /// A loop that reads its source and writes its destination, and nothing else.
  static func moving(
    _ geometry: WindowGeometry,
    _ loop:
      @escaping @Sendable (
        _ window: UnsafePointer<ft_window>, _ destination: UnsafeMutablePointer<Float>,
        _ source: UnsafePointer<Float>
      ) -> Void
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      return over(geometry) { loop($0, destination, source) }
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
