internal import CKernels

/// Loops of layers that few networks have, over groups, columns or pairs of values.
extension LoopKernel {
  static func standardised(_ standardisation: Standardisation) -> LoopKernel {
    LoopKernel(workspace: standardisation.blocks * standardisation.groups) { operands, _ in
      let (source, destination) = operands.floats
      let factors = operands.workspace.required
      var grouping = ft_grouping(standardisation)
      return {
        ft_standardise(&grouping, destination, source, factors)
        return 0
      }
    }
  }

  static func standardisedGradient(_ standardisation: Standardisation) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (output, factors) = (operands.second.required, operands.workspace.required)
      var grouping = ft_grouping(standardisation)
      return {
        ft_standardise_gradient(&grouping, destination, source, output, factors)
        return 0
      }
    }
  }

  static func rectified(_ count: Int, _ rectifier: Rectifier) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      return {
        ft_rectify(destination, source, ft_rectifier(rectifier), count)
        return 0
      }
    }
  }

  static func rectifiedGradient(_ count: Int, _ rectifier: Rectifier) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let input = operands.second.required
      return {
        ft_rectify_gradient(destination, source, input, ft_rectifier(rectifier), count)
        return 0
      }
    }
  }

  static func extreme(_ count: Int, _ extreme: Extreme) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let second = operands.second.required
      return {
        ft_extreme(destination, source, second, extreme.code, count)
        return 0
      }
    }
  }

  static func extremeGradient(_ count: Int, _ extreme: Extreme, ofFirst: Bool) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (input, other) = (operands.second.required, operands.workspace.required)
      return {
        ft_extreme_gradient(
          destination, source, input, other, extreme.code, ofFirst ? 1 : 0, count)
        return 0
      }
    }
  }

  static func columnProduct(_ rows: Int, _ columns: Int) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let factors = operands.weights.required
      return {
        ft_scale_columns(destination, source, factors, rows, columns)
        return 0
      }
    }
  }

  static func columnProductGradient(_ rows: Int, _ columns: Int) -> LoopKernel {
    LoopKernel { operands, lane in
      let (source, destination) = operands.floats
      let input = operands.second.required
      return {
        ft_column_dots(destination, source, input, lane.isFirst ? 0 : 1, rows, columns)
        return 0
      }
    }
  }

  /// The values of each example one after the other, with the axes in another order.
  static func reordered(_ examples: Int, _ order: AxisOrder) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (shape, strides) = (order.shape, order.strides)
      return {
        var (from, to) = (source, destination)
        for _ in 0..<examples {
          for a in 0..<shape[0] {
            for b in 0..<shape[1] {
              for c in 0..<shape[2] {
                let row = from + (a * strides[0] + b * strides[1] + c * strides[2])
                for d in 0..<shape[3] { to[d] = row[d * strides[3]] }
                to += shape[3]
              }
            }
          }
          from += shape.reduce(1, *)
        }
        return 0
      }
    }
  }
}

extension ft_grouping {
  fileprivate init(_ standardisation: Standardisation) {
    let (epsilon, isLength): (Float, Bool) =
      switch standardisation.target {
      case .moments(let epsilon): (epsilon, false)
      case .length: (1e-12, true)
      }
    self.init(
      examples: standardisation.blocks, positions: standardisation.positions,
      groups: standardisation.groups, channels: standardisation.channels, epsilon: epsilon,
      is_length: isLength ? 1 : 0)
  }
}

extension ft_rectifier {
  fileprivate init(_ rectifier: Rectifier) {
    self.init(
      threshold: rectifier.threshold, largest: rectifier.largest ?? .infinity,
      slope: rectifier.slope)
  }
}

extension Extreme {
  fileprivate var code: Int32 { self == .smallest ? 1 : 0 }
}
