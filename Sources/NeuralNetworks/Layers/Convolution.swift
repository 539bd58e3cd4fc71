import TensorKernels

/// A convolution over a sequence (Keras `Conv1D`): `[length, in]` to `[length', filters]`, kernel
/// `[k, in / groups, filters]`.
public struct Convolution1D: Layer {
  public static let kind = "Conv1D"

  public var filters: Int
  public var kernel: Int
  public var stride: Int
  /// Explicit padding is left and right; see also `Padding.causal`.
  public var padding: Padding
  public var dilation: Int
  public var groups: Int
  public var hasBias: Bool
  public var activation: Activation

  public init(
    _ filters: Int, kernel: Int, stride: Int = 1, padding: Padding = .valid, dilation: Int = 1,
    groups: Int = 1, bias: Bool = true, activation: Activation = .linear
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

  private var moving: Window {
    Window(.length(kernel), stride: .length(stride), dilation: .length(dilation))
  }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try sequenceShape(of: inputs)
    try checkGroups(groups, inputs: input.channels, filters: filters)
    return try slidShape(over: input, moving, padding, channels: filters)
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, [kernel, inputs[0].channels / groups, filters])]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * kernel * inputs[0].channels / groups
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendConvolution(
      moving, padding, groups: groups, kernel: .kernel, channels: filters, hasBias: hasBias,
      activation)
  }
}

extension Padding {
  /// Before the beginning of a sequence only, so that no output sees what comes after it (Keras
  /// `padding="causal"`).
  public static func causal(kernel: Int, dilation: Int = 1) -> Padding {
    .explicit(Edges(left: (kernel - 1) * dilation))
  }
}
