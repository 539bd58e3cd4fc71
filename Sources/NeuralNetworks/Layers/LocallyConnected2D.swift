import TensorKernels

/// A convolution whose weights are not shared: each output position has a kernel of its own (Keras 2
/// `LocallyConnected2D`, implementation 1, without padding).
///
/// Kernel `[h' · w', kh · kw · in, filters]`, bias `[h', w', filters]`.
public struct LocallyConnected2D: ActivatedLayer {
  public static let kind = "LocallyConnected2D"

  public var filters: Int
  public var kernel: Extent
  public var stride: Extent
  public var hasBias: Bool
  public var activation: Activation

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

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try imageShape(of: inputs), moving, .valid, channels: filters)
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    guard let output = moving.output(for: inputs[0].extent, padding: .none) else { return [] }
    return [(.kernel, [output.count, kernel.count * inputs[0].channels, filters])]
      + (hasBias ? [(.bias, [output.height, output.width, filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.count * inputs[0].channels
  }

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
