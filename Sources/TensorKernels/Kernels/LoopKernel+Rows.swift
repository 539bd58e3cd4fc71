internal import CKernels

/// Loops over rows that are normalised each by itself.
extension LoopKernel {
  static func layerNorm(_ rows: Int, _ columns: Int, epsilon: Float, _ precision: Precision)
    -> LoopKernel
  {
    LoopKernel(workspace: 2 * rows) { operands, _ in
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      switch precision {
      case .float32:
        let (x, y) = operands.floats
        return {
          ft_layer_norm(y, x, parameters, saved, epsilon, rows, columns)
          return 0
        }
      case .bfloat16:
        let (x, y) = operands.halves
        return {
          ft_layer_norm_bf16(y, x, parameters, saved, epsilon, rows, columns)
          return 0
        }
      }
    }
  }

  static func layerNormGradient(_ rows: Int, _ columns: Int, _ precision: Precision) -> LoopKernel {
    LoopKernel { operands, _ in
      let (parameters, saved) = (operands.weights.required, operands.workspace.required)
      let gradients = operands.bias?.floats
      switch precision {
      case .float32:
        let (dy, dx) = operands.floats
        let x = operands.second.required
        return {
          ft_layer_norm_gradient(dx, gradients, dy, x, parameters, saved, rows, columns)
          return 0
        }
      case .bfloat16:
        let (dy, dx) = operands.halves
        let x = operands.second.requiredHalves
        return {
          ft_layer_norm_gradient_bf16(dx, gradients, dy, x, parameters, saved, rows, columns)
          return 0
        }
      }
    }
  }
}
