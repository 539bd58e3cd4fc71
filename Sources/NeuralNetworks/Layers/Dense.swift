import TensorKernels

/// A fully connected layer (Keras `Dense`): `[in]` to `[units]`, kernel `[in, units]`.
public struct Dense: ActivatedLayer {
  /// Keras's class, `Dense`.
  public static let kind = "Dense"

  /// The number of outputs.
  public var units: Int
  /// Whether a bias per output is added.
  public var hasBias: Bool
  /// The non-linearity behind it; `.linear` for none.
  public var activation: Activation

  /// A layer of `units` outputs: with a bias and without a non-linearity unless told otherwise.
  public init(_ units: Int, bias: Bool = true, activation: Activation = .linear) {
    self.units = units
    self.hasBias = bias
    self.activation = activation
  }

  /// `[units]`; an input that is not a vector is an error: it is to be flattened or pooled first.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.rank == 1 else {
      throw LayerError("\(Self.kind) reads a vector, found \(input); flatten or pool it first")
    }
    return [units]
  }

  /// The kernel `[in, units]` and the bias `[units]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, [inputs[0].count, units])] + (hasBias ? [(.bias, [units])] : [])
  }

  /// One for each weight of the kernel.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int { inputs[0].count * units }

  /// Becomes one matrix product, and the activation behind it.
  public func lower(into lowering: inout Lowering) {
    guard let kernel = lowering.parameters[.kernel] else {
      preconditionFailure("a dense layer is lowered only after its shapes were checked")
    }
    let dense = GraphDense(kernel: kernel, bias: lowering.parameters[.bias])
    lowering.append(.dense(dense), reading: lowering.inputs, shape: [units])
    lowering.activate(activation, shape: [units])
  }
}
