import TensorKernels

/// A fully connected layer over the innermost axis (Keras `Dense`): `[in]` to `[units]`, an image
/// `[h, w, in]` to `[h, w, units]`, kernel `[in, units]`.
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

  /// The input's with `units` channels; more than four axes are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.rank <= 4 else {
      throw LayerError("\(Self.kind) reads up to four axes, found \(input)")
    }
    return Shape(input.dimensions.dropLast() + [units])
  }

  /// The kernel `[in, units]` and the bias `[units]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, [inputs[0].channels, units])] + (hasBias ? [(.bias, [units])] : [])
  }

  /// One for each weight of the kernel at each position.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int { inputs[0].count * units }

  /// Becomes one matrix product, of positions a convolution with a window of one, and the activation
  /// behind it.
  public func lower(into lowering: inout Lowering) {
    guard let kernel = lowering.parameters[.kernel] else {
      preconditionFailure("a dense layer is lowered only after its shapes were checked")
    }
    let (input, bias) = (lowering.inputShapes[0], lowering.parameters[.bias])
    let shape = Shape(input.dimensions.dropLast() + [units])
    let kind: GraphOperation.Kind =
      input.rank == 1
      ? .dense(GraphDense(kernel: kernel, bias: bias))
      : .convolution(
        GraphConvolution(window: Window(1), edges: .none, groups: 1, kernel: kernel, bias: bias))
    lowering.append(kind, reading: lowering.inputs, shape: shape)
    lowering.activate(activation, shape: shape)
  }
}
