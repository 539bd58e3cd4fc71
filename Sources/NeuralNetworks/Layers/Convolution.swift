import TensorKernels

/// A layer that ends in a non-linearity of its own.
public protocol ActivatedLayer: Layer {
  /// The non-linearity; `.linear` for none.
  var activation: Activation { get set }
}

/// A layer with a kernel that moves over its padded input.
public protocol ConvolutionLayer: ActivatedLayer {
  /// The axes that the kernel moves along: a sequence's, an image's or a volume's.
  associatedtype Space: Dimensions
  /// The kernel's extent without the gaps of the dilation.
  var kernel: Space.Size { get }
  /// By how many positions the kernel moves on.
  var stride: Space.Size { get }
  /// What is put around the input first.
  var padding: Padding { get set }
  /// The distance between neighbouring values of the kernel; 1 for no gaps.
  var dilation: Space.Size { get }
  /// Whether a bias per output channel is added.
  var hasBias: Bool { get }
}

/// A convolution (Keras `Conv2D`): `[h, w, in]` to `[h', w', filters]`, kernel
/// `[kh, kw, in / groups, filters]`; of a sequence without `h`, of a volume with a depth in front.
public struct Convolution<Space: Dimensions>: ConvolutionLayer {
  /// Keras's class: `Conv1D`, `Conv2D` or `Conv3D`.
  public static var kind: String { "Conv\(Space.count)D" }

  /// The number of output channels.
  public var filters: Int
  /// The kernel's extent without the gaps of the dilation.
  public var kernel: Space.Size
  /// By how many positions the kernel moves on.
  public var stride: Space.Size
  /// Explicit padding of a sequence is left and right; see also `Padding.causal`.
  public var padding: Padding
  /// The distance between neighbouring values of the kernel; 1 for no gaps.
  public var dilation: Space.Size
  /// Into how many parts the channels are divided that do not see each other; must divide both
  /// `filters` and the input's channels.
  public var groups: Int
  /// Whether a bias per filter is added.
  public var hasBias: Bool
  /// The non-linearity behind it; `.linear` for none.
  public var activation: Activation

  /// A convolution to `filters` channels: as in Keras without padding, with a bias and without a
  /// non-linearity unless told otherwise.
  public init(
    _ filters: Int, kernel: Space.Size, stride: Space.Size = 1, padding: Padding = .valid,
    dilation: Space.Size = 1, groups: Int = 1, bias: Bool = true, activation: Activation = .linear
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

  /// The input's axes slid over, then `filters`; an input smaller than the window, or channels that
  /// `groups` does not divide, are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try input(of: inputs, Space.self)
    guard input.channels % groups == 0, filters % groups == 0 else {
      throw LayerError(
        "\(groups) groups do not divide both \(input.channels) input channels and \(filters) "
          + "filters")
    }
    return try slidShape(over: input, moving, padding, channels: filters)
  }

  /// `[kh, kw, in / groups, filters]`, with as many axes in front as it moves along, and the bias
  /// `[filters]`.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, Shape(Space.sides(kernel) + [inputs[0].channels / groups, filters]))]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  /// One for each value of the kernel at each output position.
  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * moving.kernel.count * inputs[0].channels / groups
  }

  /// Becomes one convolution, and the activation behind it.
  public func lower(into lowering: inout Lowering) {
    lowering.appendConvolution(self, .kernel, groups: groups, channels: filters)
  }
}

/// A convolution over a sequence (Keras `Conv1D`).
public typealias Convolution1D = Convolution<OneDimension>
/// A convolution over an image (Keras `Conv2D`).
public typealias Convolution2D = Convolution<TwoDimensions>
/// A convolution over a volume (Keras `Conv3D`); the kernel has its depth, `.cube(3)` for example.
public typealias Convolution3D = Convolution<ThreeDimensions>

extension ConvolutionLayer {
  var moving: Window {
    Window(
      Space.extent(kernel), stride: Space.extent(stride), dilation: Space.extent(dilation))
  }

  /// Kernel, stride and dilation together.
  public var window: Window? { moving }

  /// The axes that the kernel moves along.
  package static var dimensions: Int { Space.count }
}

extension Layer {
  /// The layer with a linear activation, and the activation it had; `nil` if it has none of its own.
  package var withoutActivation: (activation: Activation, layer: any Layer)? {
    guard var layer = self as? any ActivatedLayer else { return nil }
    let activation = layer.activation
    layer.activation = .linear
    return (activation, layer)
  }

  /// A convolution that does not pad, and the explicit padding it had; `nil` if that is not what it is.
  package var withoutExplicitPadding: (edges: Edges, layer: any ConvolutionLayer)? {
    guard var layer = self as? any ConvolutionLayer, case .explicit(let edges) = layer.padding
    else { return nil }
    layer.padding = .valid
    return (edges, layer)
  }
}

extension Padding {
  /// Before the beginning of a sequence only, so that no output sees what comes after it (Keras
  /// `padding="causal"`).
  public static func causal(kernel: Int, dilation: Int = 1) -> Padding {
    .explicit(Edges(left: (kernel - 1) * dilation))
  }
}

extension Lowering {
  /// The operations of a convolution layer whose shapes have been checked.
  /// - Parameters:
  ///   - role: the kernel's.
  ///   - channels: of the output.
  mutating func appendConvolution(
    _ layer: some ConvolutionLayer, _ role: Parameter.Role, groups: Int, channels: Int
  ) {
    let (input, window) = (inputShapes[0].extent, layer.moving)
    let edges = window.edges(layer.padding, for: input)
    guard let kernel = parameters[role], let output = window.output(for: input, padding: edges)
    else { preconditionFailure("a convolution is lowered only after its shapes were checked") }
    let shape = Shape(output, channels: channels, like: inputShapes[0])
    let convolution = GraphConvolution(
      window: window, edges: edges, groups: groups, kernel: kernel,
      bias: layer.hasBias ? parameters[.bias] : nil)
    append(.convolution(convolution), reading: inputs, shape: shape)
    activate(layer.activation, shape: shape)
  }
}
