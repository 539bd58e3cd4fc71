import TensorKernels

/// A layer that ends in a non-linearity of its own.
public protocol ActivatedLayer: Layer {
  var activation: Activation { get set }
}

/// A layer with a kernel that moves over its padded input.
public protocol ConvolutionLayer: ActivatedLayer {
  associatedtype Space: Dimensions
  var kernel: Space.Size { get }
  var stride: Space.Size { get }
  var padding: Padding { get set }
  var dilation: Space.Size { get }
  var hasBias: Bool { get }
}

/// A convolution (Keras `Conv2D`): `[h, w, in]` to `[h', w', filters]`, kernel
/// `[kh, kw, in / groups, filters]`; of a sequence without `h`, of a volume with a depth in front.
public struct Convolution<Space: Dimensions>: ConvolutionLayer {
  public static var kind: String { "Conv\(Space.count)D" }

  public var filters: Int
  public var kernel: Space.Size
  public var stride: Space.Size
  /// Explicit padding of a sequence is left and right; see also `Padding.causal`.
  public var padding: Padding
  public var dilation: Space.Size
  public var groups: Int
  public var hasBias: Bool
  public var activation: Activation

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

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try input(of: inputs, Space.self)
    guard input.channels % groups == 0, filters % groups == 0 else {
      throw LayerError(
        "\(groups) groups do not divide both \(input.channels) input channels and \(filters) "
          + "filters")
    }
    return try slidShape(over: input, moving, padding, channels: filters)
  }

  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.kernel, Shape(Space.sides(kernel) + [inputs[0].channels / groups, filters]))]
      + (hasBias ? [(.bias, [filters])] : [])
  }

  public func multiplyAdds(for inputs: [Shape], output: Shape) -> Int {
    output.count * moving.kernel.count * inputs[0].channels / groups
  }

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
