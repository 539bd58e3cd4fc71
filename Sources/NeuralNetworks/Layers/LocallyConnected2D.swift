import TensorKernels

/// A convolution whose weights are not shared: each output position has a kernel of its own (Keras 2
/// `LocallyConnected2D`, implementation 1, without padding).
///
/// Kernel `[h' · w', kh · kw · in, filters]`, bias `[h', w', filters]`.
public struct LocallyConnected2D: ActivatedLayer {
  /// Keras 2's class, `LocallyConnected2D`; Keras 3 has it no more.
  public static let kind = "LocallyConnected2D"

  /// The number of output channels.
  public var filters: Int
  /// Height and width of each position's kernel.
  public var kernel: Extent
  /// By how many rows and columns the window moves on.
  public var stride: Extent
  /// Whether a bias per position and filter is added.
  public var hasBias: Bool
  /// The non-linearity behind it; `.linear` for none.
  public var activation: Activation

  /// A layer of `filters` channels: with a bias and without a non-linearity unless told otherwise.
  public init(
    _ filters: Int, kernel: Extent, stride: Extent = 1, bias: Bool = true,
    activation: Activation = .linear
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.hasBias = bias
    self.activation = activation
  }

  private var moving: Window { Window(kernel, stride: stride) }

  /// Kernel and stride together.
  public var window: Window? { moving }

  /// `[h, w, in]` to `[h', w', filters]`, without padding; an input smaller than the window is an
  /// error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try imageShape(of: inputs), moving, .valid, channels: filters)
  }

  /// The kernels `[h' · w', kh · kw · in, filters]` and the bias `[h', w', filters]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    guard let output = moving.output(for: inputs[0].extent, padding: .none) else { return [] }
    return [(.kernel, [output.count, kernel.count * inputs[0].channels, filters])]
      + (hasBias ? [(.bias, [output.height, output.width, filters])] : [])
  }

  /// kh · kw · in for each output value, as if the weights were shared.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.count * inputs[0].channels
  }

  /// Becomes one locally connected operation, its bias, and the activation.
  public func lower(into lowering: inout Lowering) {
    guard let kernel = lowering.parameters[.kernel],
      let output = moving.output(for: lowering.inputShapes[0].extent, padding: .none)
    else {
      preconditionFailure("a locally connected layer is lowered only after its shapes were checked")
    }
    let shape = Shape(output, channels: filters, like: lowering.inputShapes[0])
    lowering.append(
      .image(.locallyConnected(moving, kernel: kernel)), reading: lowering.inputs, shape: shape)
    lowering.addBias(shape: shape)
    lowering.activate(activation, shape: shape)
  }
}
