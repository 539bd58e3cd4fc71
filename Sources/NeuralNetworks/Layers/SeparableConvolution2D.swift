import TensorKernels

/// A depthwise convolution and a 1×1 convolution behind it, without anything between (Chollet, 2017;
/// Keras `SeparableConv2D`): kernels `[kh, kw, in, multiplier]` and `[1, 1, in · multiplier, filters]`.
public struct SeparableConvolution2D: ConvolutionLayer {
  public static let kind = "SeparableConv2D"

  public typealias Space = TwoDimensions

  public var filters: Int
  public var kernel: Extent
  public var stride: Extent
  public var padding: Padding
  public var dilation: Extent
  /// Channels between the two convolutions per input channel.
  public var multiplier: Int
  public var hasBias: Bool
  public var activation: Activation

  public init(
    _ filters: Int, kernel: Extent, stride: Extent = 1, padding: Padding = .valid,
    dilation: Extent = 1, multiplier: Int = 1, bias: Bool = true, activation: Activation = .linear
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.multiplier = multiplier
    self.hasBias = bias
    self.activation = activation
  }

  /// The first of the two.
  private var depthwise: DepthwiseConvolution2D {
    DepthwiseConvolution2D(
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, multiplier: multiplier,
      bias: false)
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let between = try depthwise.outputShape(for: inputs)
    return [between[0], between[1], filters]
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    depthwise.parameters(for: inputs)
      + [(.pointwiseKernel, [1, 1, inputs[0].channels * multiplier, filters])]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    let between = inputs[0].channels * multiplier
    return output[0] * output[1] * between * (kernel.height * kernel.width + filters)
  }

  public func lower(into lowering: inout Lowering) {
    depthwise.lower(into: &lowering)
    guard let kernel = lowering.parameters[.pointwiseKernel], let shape = lowering.outputShape
    else {
      preconditionFailure("a separable convolution is lowered only after its shapes were checked")
    }
    let output: Shape = [shape[0], shape[1], filters]
    let pointwise = GraphConvolution(
      window: Window(1), edges: .none, groups: 1, kernel: kernel, bias: lowering.parameters[.bias])
    lowering.append(.convolution(pointwise), reading: [lowering.output], shape: output)
    lowering.activate(activation, shape: output)
  }
}
