import TensorKernels

/// Where data enters a network (Keras `InputLayer`).
public struct Input: Layer {
  public static let kind = "InputLayer"

  public var shape: Shape

  public init(shape: Shape) { self.shape = shape }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape { shape }

  public func lower(into lowering: inout Lowering) {
    lowering.append(.input, reading: [], shape: shape)
  }
}

/// A non-linearity as a layer of its own (Keras `ReLU`, `Softmax`, `Activation`).
public struct ActivationLayer: ActivatedLayer {
  public static let kind = "Activation"

  public var activation: Activation

  public init(_ activation: Activation) { self.activation = activation }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.activate(activation, shape: lowering.inputShapes[0])
  }
}

/// Rows and columns of zeros around an image (Keras `ZeroPadding2D`).
public struct ZeroPadding2D: Layer {
  public static let kind = "ZeroPadding2D"

  public var edges: Edges

  public init(_ edges: Edges) { self.edges = edges }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return [
      input[0] + edges.top + edges.bottom, input[1] + edges.left + edges.right, input.channels,
    ]
  }

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
  public static let kind = "Flatten"

  public init() {}

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    [try onlyInput(of: inputs).count]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.append(.reshape, reading: lowering.inputs, shape: [lowering.inputShapes[0].count])
  }
}

/// The same values under another shape (Keras `Reshape`).
public struct Reshape: Layer {
  public static let kind = "Reshape"

  public var shape: Shape

  public init(_ shape: Shape) { self.shape = shape }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard input.count == shape.count else {
      throw LayerError("\(input) cannot be reshaped to \(shape)")
    }
    return shape
  }

  public func lower(into lowering: inout Lowering) {
    lowering.append(.reshape, reading: lowering.inputs, shape: shape)
  }
}

/// Zeroes a random share of its values while training and scales the rest up, so that the
/// expectation stays (Srivastava et al., 2014; Keras `Dropout`).
public struct Dropout: Layer {
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
  public var noise: Noise

  public init(_ rate: Float, noise: Noise = .element) {
    self.rate = rate
    self.noise = noise
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

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
