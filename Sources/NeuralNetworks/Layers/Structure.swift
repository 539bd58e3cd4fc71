import TensorKernels

/// Where data enters a network (Keras `InputLayer`).
public struct Input: Layer {
  /// Keras's class, `InputLayer`.
  public static let kind = "InputLayer"

  /// The shape of one example.
  public var shape: Shape

  /// An input for examples of this shape, without the batch axis.
  public init(shape: Shape) { self.shape = shape }

  /// `shape`; an input reads nothing.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { shape }

  /// Becomes the graph's input.
  public func lower(into lowering: inout Lowering) {
    lowering.append(.input, reading: [], shape: shape)
  }
}

/// A non-linearity as a layer of its own (Keras `ReLU`, `Softmax`, `Activation`).
public struct ActivationLayer: ActivatedLayer {
  /// Keras's class, `Activation`; `ReLU`, `Softmax` and the like are read as this layer, too.
  public static let kind = "Activation"

  /// The non-linearity; `softmax` goes over the innermost axis.
  public var activation: Activation

  /// Applies this non-linearity to each value.
  public init(_ activation: Activation) { self.activation = activation }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// Becomes one activation, or nothing if it is linear.
  public func lower(into lowering: inout Lowering) {
    lowering.activate(activation, shape: lowering.inputShapes[0])
  }
}

/// Rows and columns of zeros around an image (Keras `ZeroPadding2D`).
public struct ZeroPadding2D: Layer {
  /// Keras's class, `ZeroPadding2D`.
  public static let kind = "ZeroPadding2D"

  /// How many rows and columns are added at each border.
  public var edges: Edges

  /// Adds `edges` of zeros.
  public init(_ edges: Edges) { self.edges = edges }

  /// `[h + top + bottom, w + left + right, c]`.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return [
      input[0] + edges.top + edges.bottom, input[1] + edges.left + edges.right, input.channels,
    ]
  }

  /// Becomes one zero padding, which the compiler merges into a convolution behind it.
  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .zeroPadding(edges), reading: lowering.inputs,
      shape: [
        input[0] + edges.top + edges.bottom, input[1] + edges.left + edges.right, input.channels,
      ])
  }
}

/// All values in one row, height outermost (Keras `Flatten`).
public struct Flatten: Layer {
  /// Keras's class, `Flatten`.
  public static let kind = "Flatten"

  /// A layer that flattens whatever it reads.
  public init() {}

  /// `[count]` of the input.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    [try onlyInput(of: inputs).count]
  }

  /// Becomes the same bytes under another shape.
  public func lower(into lowering: inout Lowering) {
    lowering.append(.reshape, reading: lowering.inputs, shape: [lowering.inputShapes[0].count])
  }
}

/// The same values under another shape (Keras `Reshape`).
public struct Reshape: Layer {
  /// Keras's class, `Reshape`.
  public static let kind = "Reshape"

  /// The shape that the output has, without the batch axis.
  public var shape: Shape

  /// Gives the values this shape. All its extents are numbers: Keras's -1 is worked out beforehand.
  public init(_ shape: Shape) { self.shape = shape }

  /// `shape`; an input of another number of values is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.count == shape.count else {
      throw LayerError("\(input) cannot be reshaped to \(shape)")
    }
    return shape
  }

  /// Becomes the same bytes under another shape.
  public func lower(into lowering: inout Lowering) {
    lowering.append(.reshape, reading: lowering.inputs, shape: shape)
  }
}

/// Zeroes a random share of its values while training and scales the rest up, so that the
/// expectation stays (Srivastava et al., 2014; Keras `Dropout`).
public struct Dropout: Layer {
  /// Keras's class, `Dropout`.
  public static let kind = "Dropout"

  /// What is zeroed together.
  public enum Noise: String, Hashable, Sendable, Codable {
    /// Each value by itself.
    case element
    /// A channel at all positions (Keras `SpatialDropout`).
    case channel
    /// A whole example: stochastic depth where a block's result goes into a sum (Huang et al., 2016).
    case example
  }

  /// The share that is zeroed, `0..<1`.
  public var rate: Float
  /// Whether values, channels or whole examples are zeroed together.
  public var noise: Noise

  /// Zeroes a share of `rate`, value by value unless told otherwise.
  public init(_ rate: Float, noise: Noise = .element) {
    self.rate = rate
    self.noise = noise
  }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// Becomes one dropout; in inference and in frozen nodes it passes values on.
  public func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    let decisions =
      switch noise {
      case .element: shape.count
      case .channel: shape.channels
      case .example: 1
      }
    lowering.append(
      .dropout(rate: rate, decisions: decisions), reading: lowering.inputs, shape: shape)
  }
}
