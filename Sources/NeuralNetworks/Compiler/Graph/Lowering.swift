import TensorKernels

/// What a layer's `lower(into:)` writes to: the graph under construction, seen from one node.
public struct Lowering {
  /// The values the node reads, one for each input.
  public let inputs: [GraphValue]
  /// Their shapes.
  public let inputShapes: [Shape]
  /// The node's parameters by role.
  public let parameters: [Parameter.Role: Parameter]
  private let node: String
  private(set) var operations: [GraphOperation] = []
  private var nextValue: Int
  /// The value that holds the node's output: that of the last operation.
  public private(set) var output: GraphValue

  init(
    node: Network.Node, inputs: [GraphValue], inputShapes: [Shape], nextValue: Int
  ) {
    self.node = node.name
    self.inputs = inputs
    self.inputShapes = inputShapes
    self.nextValue = nextValue
    output = inputs.first ?? GraphValue(index: nextValue)
    parameters = Dictionary(uniqueKeysWithValues: node.parameters.map { ($0.role, $0) })
  }

  /// Appends an operation; its result becomes the node's output so far.
  @discardableResult
  public mutating func append(
    _ kind: GraphOperation.Kind, reading inputs: [GraphValue], shape: Shape
  ) -> GraphValue {
    let result = GraphValue(index: nextValue)
    nextValue += 1
    operations.append(
      GraphOperation(node: node, kind: kind, inputs: inputs, output: result, shape: shape))
    output = result
    return result
  }

  /// The shape of the output so far; `nil` before the first operation.
  public var outputShape: Shape? { operations.last?.shape }

  /// Appends `activation` to the output so far, unless it is linear.
  public mutating func activate(_ activation: Activation, shape: Shape) {
    guard activation != .linear else { return }
    append(.activation(activation), reading: [output], shape: shape)
  }
}

/// A tensor in the graph: one per operation.
public struct GraphValue: Hashable, Sendable {
  package let index: Int
}

/// One operation of a lowered network: what the compiler's passes rewrite.
public struct GraphOperation: Sendable {
  /// The few things that networks are made of.
  public enum Kind: Hashable, Sendable {
    /// Where data enters; reads nothing.
    case input
    /// Reads one value.
    case convolution(GraphConvolution)
    /// Reads one value, a vector.
    case dense(GraphDense)
    /// Reads one value; over its innermost axis.
    case normalization(GraphNormalization)
    /// Reads one value; the values of each row by themselves.
    case layerNormalization(GraphLayerNormalization)
    /// Reads one value.
    case activation(Activation)
    /// The largest value of each window; padding never wins.
    case maxPooling(Window, Edges)
    /// The mean of each window; padding is not counted.
    case averagePooling(Window, Edges)
    /// The mean over all positions of each channel.
    case globalAverage
    /// Rows, columns and planes of zeros around the value.
    case zeroPadding(Edges)
    /// The sum of two values, with what the passes have put behind it.
    case add(Activation)
    /// Each of `decisions` random numbers holds for every `decisions`-th value of an example.
    case dropout(rate: Float, decisions: Int)
    /// The product of two values; one may be a row `[1, …, 1, channels]`, which then comes second and
    /// multiplies every position of the first.
    case multiply
    /// Values side by side along an axis: each contributes `columns` to each of `rows` rows.
    case concatenate(rows: Int)
    /// Every value times a number.
    case scale(Float)
    /// Constants per channel: scale · x + shift.
    case affine(GraphAffine)
    /// The same bytes under another shape.
    case reshape
    /// What few networks have.
    case image(GraphImageOperation)
  }

  /// The node of the network that this operation belongs to.
  package let node: String
  package internal(set) var kind: Kind
  package internal(set) var inputs: [GraphValue]
  package internal(set) var output: GraphValue
  package internal(set) var shape: Shape
}

/// A convolution, with what the passes have merged into it.
public struct GraphConvolution: Hashable, Sendable {
  package var window: Window
  package var edges: Edges
  package var groups: Int
  /// `[kh, kw, in / groups, out]`, or `[kh, kw, in, multiplier]` when depthwise: the same bytes.
  package var kernel: Parameter
  package var bias: Parameter?
  /// A frozen batch norm that follows it (decision 62: it trains folded into the convolution).
  package internal(set) var norm: GraphNormalization?
  /// What each output channel is multiplied by behind the bias: a layer scale that follows it.
  package internal(set) var scale: Parameter?
  package internal(set) var activation: Activation = .linear
  /// Whether a second input is added before the activation.
  package internal(set) var addsResidual = false

  /// A convolution of a value whose padding is `edges`.
  /// - Parameters:
  ///   - window: kernel, stride and dilation.
  ///   - edges: zeros around the input, as numbers of rows, columns and planes.
  ///   - groups: channels are divided into so many parts that do not see each other; as many as
  ///     there are channels when depthwise.
  ///   - kernel: one of the node's `Lowering.parameters`, `[kh, kw, in / groups, out]`; when depthwise
  ///     `[kh, kw, in, multiplier]`.
  ///   - bias: `[out]`; `nil` for none.
  public init(window: Window, edges: Edges, groups: Int, kernel: Parameter, bias: Parameter?) {
    self.window = window
    self.edges = edges
    self.groups = groups
    self.kernel = kernel
    self.bias = bias
  }
}

/// A matrix product with the weights `[in, units]`.
public struct GraphDense: Hashable, Sendable {
  package var kernel: Parameter
  package var bias: Parameter?
  package internal(set) var activation: Activation = .linear

  /// A product with the node's kernel `[in, units]` and, unless `nil`, its bias `[units]`.
  public init(kernel: Parameter, bias: Parameter?) {
    self.kernel = kernel
    self.bias = bias
  }
}

/// A batch normalisation and its four vectors.
public struct GraphNormalization: Hashable, Sendable {
  package var epsilon: Float
  package var momentum: Float
  /// `nil`: 1.
  package var gamma: Parameter?
  /// `nil`: 0.
  package var beta: Parameter?
  package var mean: Parameter
  package var variance: Parameter
  package internal(set) var activation: Activation = .linear

  /// γ (x − mean) / √(variance + ε) + β over the innermost axis.
  /// - Parameters:
  ///   - epsilon: ε.
  ///   - momentum: the share of the old moving statistics that a training step leaves, `0...1`.
  ///   - gamma: `[channels]`, as the others; `nil`: 1.
  ///   - beta: `nil`: 0.
  ///   - mean: the moving mean.
  ///   - variance: the moving variance.
  public init(
    epsilon: Float, momentum: Float, gamma: Parameter?, beta: Parameter?, mean: Parameter,
    variance: Parameter
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.gamma = gamma
    self.beta = beta
    self.mean = mean
    self.variance = variance
  }
}

/// A normalisation of each row of values, over the innermost axes, with its scale and shift.
public struct GraphLayerNormalization: Hashable, Sendable {
  package var columns: Int
  package var epsilon: Float
  /// `nil`: 1.
  package var gamma: Parameter?
  /// `nil`: 0.
  package var beta: Parameter?

  /// γ (x − mean) / √(variance + ε) + β with mean and variance of each `columns` neighbouring values.
  /// - Parameters:
  ///   - columns: values of a row; they divide those of an example.
  ///   - epsilon: ε.
  ///   - gamma: one for each column; `nil`: 1.
  ///   - beta: one for each column; `nil`: 0.
  public init(columns: Int, epsilon: Float, gamma: Parameter?, beta: Parameter?) {
    self.columns = columns
    self.epsilon = epsilon
    self.gamma = gamma
    self.beta = beta
  }

  var parameters: [Parameter] { [gamma, beta].compactMap(\.self) }
}

/// A scale and a shift per channel that nothing learns: constants, or what follows from statistics.
public struct GraphAffine: Hashable, Sendable {
  /// Where the numbers come from.
  public enum Source: Hashable, Sendable {
    /// One value per channel each.
    case constants(scale: [Float], shift: [Float])
    /// (x − mean) / max(√variance, 1e-7). `takesDeviations`: see `Normalization`.
    case statistics(mean: Parameter, variance: Parameter, takesDeviations: Bool)
  }

  package var source: Source
  package internal(set) var activation: Activation = .linear

  /// scale · x + shift with numbers from this source.
  public init(_ source: Source) { self.source = source }

  var parameters: [Parameter] {
    switch source {
    case .constants: []
    case .statistics(let mean, let variance, _): [mean, variance]
    }
  }
}
