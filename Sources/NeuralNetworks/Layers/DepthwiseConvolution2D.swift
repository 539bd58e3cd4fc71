import TensorKernels

/// A convolution of each channel by itself (Keras `DepthwiseConv2D`), kernel
/// `[kh, kw, in, multiplier]`.
public struct DepthwiseConvolution2D: ConvolutionLayer {
  /// Keras's class, `DepthwiseConv2D`.
  public static let kind = "DepthwiseConv2D"

  /// It moves over height and width.
  public typealias Space = TwoDimensions

  /// Height and width of each channel's kernel, without the gaps of the dilation.
  public var kernel: Extent
  /// By how many rows and columns the kernel moves on.
  public var stride: Extent
  /// What is put around the image first.
  public var padding: Padding
  /// The distance between neighbouring values of the kernel; 1 for no gaps.
  public var dilation: Extent
  /// Output channels per input channel.
  public var multiplier: Int
  /// Whether a bias per output channel is added.
  public var hasBias: Bool
  /// The non-linearity behind it; `.linear` for none.
  public var activation: Activation

  /// One kernel for each channel, unless `multiplier` says more: without padding, with a bias and
  /// without a non-linearity unless told otherwise.
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

  /// `[h, w, in]` to `[h', w', in · multiplier]`; an input smaller than the window is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return try slidShape(over: input, moving, padding, channels: input.channels * multiplier)
  }

  /// The kernels `[kh, kw, in, multiplier]` and the bias `[in · multiplier]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let channels = inputs[0].channels
    return [(.depthwiseKernel, [kernel.height, kernel.width, channels, multiplier])]
      + (hasBias ? [(.bias, [channels * multiplier])] : [])
  }

  /// kh · kw for each output value.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.height * kernel.width
  }

  /// Becomes one convolution in as many groups as there are channels, and the activation behind it.
  public func lower(into lowering: inout Lowering) {
    let channels = lowering.inputShapes[0].channels
    lowering.appendConvolution(
      self, .depthwiseKernel, groups: channels, channels: channels * multiplier)
  }
}
