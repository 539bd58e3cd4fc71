internal import CKernels

/// Dense layers: matrix products, and what is done with their rows.
extension LoopKernel {
  static func dense(
    _ rows: Int, _ inputs: Int, _ outputs: Int, hasBias: Bool, _ activation: Activation,
    _ multiplier: any MatrixMultiplier
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let (weights, activation) = (operands.weights.required, ft_activation(activation))
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
    }
  }

  static func denseInputGradient(
    _ rows: Int, _ inputs: Int, _ outputs: Int, _ multiplier: any MatrixMultiplier
  ) -> LoopKernel {
    LoopKernel { operands, _ in
      let (source, destination) = operands.floats
      let weights = operands.weights.required
      return {
        multiplier.multiply(
          rows: rows, columns: inputs, depth: outputs, source, transposeA: false, weights,
          transposeB: true, into: destination, accumulating: false)
        return 0
      }
    }
  }
}
