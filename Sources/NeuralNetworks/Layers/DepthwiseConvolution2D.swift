import TensorKernels

/// A convolution of each channel by itself (Keras `DepthwiseConv2D`), kernel
/// `[kh, kw, in, multiplier]`.
public struct DepthwiseConvolution2D: ConvolutionLayer {
  public static let kind = "DepthwiseConv2D"

  public typealias Space = TwoDimensions

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

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return try slidShape(over: input, moving, padding, channels: input.channels * multiplier)
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
      self, .depthwiseKernel, groups: channels, channels: channels * multiplier)
  }
}
