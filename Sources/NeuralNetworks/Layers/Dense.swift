import TensorKernels

/// A fully connected layer (Keras `Dense`): `[in]` to `[units]`, kernel `[in, units]`.
public struct Dense: ActivatedLayer {
  public static let kind = "Dense"

  public var units: Int
  public var hasBias: Bool
  public var activation: Activation

  public init(_ units: Int, bias: Bool = true, activation: Activation = .linear) {
    self.units = units
    self.hasBias = bias
    self.activation = activation
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.rank == 1 else {
      throw LayerError("\(Self.kind) reads a vector, found \(input); flatten or pool it first")
    }
    return [units]
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, [inputs[0].count, units])] + (hasBias ? [(.bias, [units])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int { inputs[0].count * units }

  public func lower(into lowering: inout Lowering) {
    guard let kernel = lowering.parameters[.kernel] else {
      preconditionFailure("a dense layer is lowered only after its shapes were checked")
    }
    let dense = GraphDense(kernel: kernel, bias: lowering.parameters[.bias])
    lowering.append(.dense(dense), reading: lowering.inputs, shape: [units])
    lowering.activate(activation, shape: [units])
  }
}
