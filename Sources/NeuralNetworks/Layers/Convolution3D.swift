import TensorKernels

/// A convolution over a volume (Keras `Conv3D`): `[d, h, w, in]` to `[d', h', w', filters]`, kernel
/// `[kd, kh, kw, in / groups, filters]`.
public struct Convolution3D: Layer {
  public static let kind = "Conv3D"

  public var filters: Int
  /// With its depth, `.cube(3)` for example.
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

  private var moving: Window { Window(kernel, stride: stride, dilation: dilation) }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try volumeShape(of: inputs)
    try checkGroups(groups, inputs: input.channels, filters: filters)
    return try slidShape(over: input, moving, padding, channels: filters)
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let kernelShape: Shape = [
      kernel.depth, kernel.height, kernel.width, inputs[0].channels / groups, filters,
    ]
    return [(.kernel, kernelShape)] + (hasBias ? [(.bias, [filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel.count * inputs[0].channels / groups
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendConvolution(
      moving, padding, groups: groups, kernel: .kernel, channels: filters, hasBias: hasBias,
      activation)
  }
}
