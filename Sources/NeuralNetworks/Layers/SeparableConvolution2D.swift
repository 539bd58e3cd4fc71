import TensorKernels

/// A depthwise convolution and a 1×1 convolution behind it, without anything between (Chollet, 2017;
/// Keras `SeparableConv2D`): kernels `[kh, kw, in, multiplier]` and `[1, 1, in · multiplier, filters]`.
public struct SeparableConvolution2D: ConvolutionLayer {
  /// Keras's class, `SeparableConv2D`.
  public static let kind = "SeparableConv2D"

  /// It moves over height and width.
  public typealias Space = TwoDimensions

  /// The number of output channels.
  public var filters: Int
  /// Height and width of the depthwise kernels, without the gaps of the dilation.
  public var kernel: Extent
  /// By how many rows and columns the depthwise kernels move on.
  public var stride: Extent
  /// What is put around the image first.
  public var padding: Padding
  /// The distance between neighbouring values of the depthwise kernels; 1 for no gaps.
  public var dilation: Extent
  /// Channels between the two convolutions per input channel.
  public var multiplier: Int
  /// Whether a bias per filter is added behind the second convolution.
  public var hasBias: Bool
  /// The non-linearity behind the second convolution; `.linear` for none.
  public var activation: Activation

  /// A pair of convolutions to `filters` channels: without padding, with a bias and without a
  /// non-linearity unless told otherwise.
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

  /// `[h, w, in]` to `[h', w', filters]`; an input smaller than the window is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let between = try depthwise.outputShape(for: inputs)
    return [between[0], between[1], filters]
  }

  /// The depthwise kernels `[kh, kw, in, multiplier]`, the pointwise one
  /// `[1, 1, in · multiplier, filters]` and the bias `[filters]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    depthwise.parameters(for: inputs)
      + [(.pointwiseKernel, [1, 1, inputs[0].channels * multiplier, filters])]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  /// Those of both convolutions.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    let between = inputs[0].channels * multiplier
    return output[0] * output[1] * between * (kernel.height * kernel.width + filters)
  }

  /// Becomes two convolutions, and the activation behind them.
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
