import TensorKernels

/// A two-dimensional convolution (Keras `Conv2D`): `[h, w, in]` to `[h', w', filters]`, kernel
/// `[kh, kw, in / groups, filters]`.
public struct Convolution2D: Layer {
  public static let kind = "Conv2D"

  public var filters: Int
  public var kernel: Extent
  public var stride: Extent
  public var padding: Padding
  public var dilation: Extent
  public var groups: Int
  public var hasBias: Bool
  public var activation: Activation

  public init(
    _ filters: Int, kernel: Extent, stride: Extent = 1, padding: Padding = .valid,
    dilation: Extent = 1, groups: Int = 1, bias: Bool = true, activation: Activation = .linear
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = bias
    self.activation = activation
  }

  public var window: Window? { Window(kernel, stride: stride, dilation: dilation) }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    try checkGroups(groups, inputs: input.channels, filters: filters)
    let extent = try slidExtent(
      over: input, Window(kernel, stride: stride, dilation: dilation), padding)
    return [extent.height, extent.width, filters]
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let kernelShape: Shape = [
      kernel.height, kernel.width, inputs[0].channels / groups, filters,
    ]
    return [(.kernel, kernelShape)] + (hasBias ? [(.bias, [filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.height * kernel.width * inputs[0].channels / groups
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendConvolution(
      Window(kernel, stride: stride, dilation: dilation), padding, groups: groups,
      kernel: .kernel, channels: filters, hasBias: hasBias, activation)
  }
}

/// A convolution of each channel by itself (Keras `DepthwiseConv2D`), kernel
/// `[kh, kw, in, multiplier]`.
public struct DepthwiseConvolution2D: Layer {
  public static let kind = "DepthwiseConv2D"

  public var kernel: Extent
  public var stride: Extent
  public var padding: Padding
  public var dilation: Extent
  /// Output channels per input channel.
  public var multiplier: Int
  public var hasBias: Bool
  public var activation: Activation

  public init(
    kernel: Extent, stride: Extent = 1, padding: Padding = .valid, dilation: Extent = 1,
    multiplier: Int = 1, bias: Bool = true, activation: Activation = .linear
  ) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.multiplier = multiplier
    self.hasBias = bias
    self.activation = activation
  }

  public var window: Window? { Window(kernel, stride: stride, dilation: dilation) }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    let extent = try slidExtent(
      over: input, Window(kernel, stride: stride, dilation: dilation), padding)
    return [extent.height, extent.width, input.channels * multiplier]
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let channels = inputs[0].channels
    return [(.depthwiseKernel, [kernel.height, kernel.width, channels, multiplier])]
      + (hasBias ? [(.bias, [channels * multiplier])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.height * kernel.width
  }

  public func lower(into lowering: inout Lowering) {
    let channels = lowering.inputShapes[0].channels
    lowering.appendConvolution(
      Window(kernel, stride: stride, dilation: dilation), padding, groups: channels,
      kernel: .depthwiseKernel, channels: channels * multiplier, hasBias: hasBias, activation)
  }
}

extension Lowering {
  /// The operations of a convolution layer whose shapes have been checked.
  mutating func appendConvolution(
    _ window: Window, _ padding: Padding, groups: Int, kernel role: Parameter.Role,
    channels: Int, hasBias: Bool, _ activation: Activation
  ) {
    let input = inputShapes[0].extent
    let edges = window.edges(padding, for: input)
    guard let kernel = parameters[role], let output = window.output(for: input, padding: edges)
    else { preconditionFailure("a convolution is lowered only after its shapes were checked") }
    let shape = Shape(output, channels: channels, like: inputShapes[0])
    let convolution = GraphConvolution(
      window: window, edges: edges, groups: groups, kernel: kernel,
      bias: hasBias ? parameters[.bias] : nil)
    append(.convolution(convolution), reading: inputs, shape: shape)
    activate(activation, shape: shape)
  }
}
