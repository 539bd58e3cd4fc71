import TensorKernels

/// Each example's values over its innermost axes, brought to mean 0 and deviation 1, then scaled and
/// shifted (Keras `LayerNormalization`; Ba et al., 2016): the same in training and in use.
public struct LayerNormalization: Layer {
  /// Keras's class, `LayerNormalization`.
  public static let kind = "LayerNormalization"

  /// How many axes are normalised together, counted from the innermost; 1: the channels of each position.
  public var axes: Int
  /// What is added to the variance; above 0.
  public var epsilon: Float
  /// Whether there is a γ, of the shape of the normalised axes.
  public var hasScale: Bool
  /// Whether there is a β, of the same shape.
  public var hasCenter: Bool

  /// Keras's settings, unless others are given.
  public init(axes: Int = 1, epsilon: Float = 1e-3, scale: Bool = true, center: Bool = true) {
    self.axes = axes
    self.epsilon = epsilon
    hasScale = scale
    hasCenter = center
  }

  /// The input's shape; more axes than it has, or an epsilon that is not above 0, are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard (1...input.rank).contains(axes) else {
      throw LayerError("LayerNormalization is over \(axes) axes, but \(input) has \(input.rank)")
    }
    return try checked(input, epsilon: epsilon)
  }

  /// γ and β, as far as there are any.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    Self.vectors(hasScale, hasCenter, Shape(Array(inputs[0].dimensions.suffix(axes))))
  }

  /// Becomes one normalisation.
  public func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    let norm = GraphLayerNormalization(
      columns: shape.dimensions.suffix(axes).reduce(1, *), epsilon: epsilon,
      gamma: lowering.parameters[.gamma], beta: lowering.parameters[.beta])
    lowering.append(.layerNormalization(norm), reading: lowering.inputs, shape: shape)
  }
}

/// Each example's values in groups of neighbouring channels over all positions, brought to mean 0 and
/// deviation 1, then scaled and shifted channel by channel (Keras `GroupNormalization`; Wu and He, 2018).
public struct GroupNormalization: Layer {
  /// Keras's class, `GroupNormalization`.
  public static let kind = "GroupNormalization"

  /// Into how many groups the channels are divided; −1: each channel by itself.
  public var groups: Int
  /// What is added to the variance; above 0.
  public var epsilon: Float
  /// Whether there is a γ, `[channels]`.
  public var hasScale: Bool
  /// Whether there is a β, `[channels]`.
  public var hasCenter: Bool

  /// Keras's settings, unless others are given.
  public init(groups: Int = 32, epsilon: Float = 1e-3, scale: Bool = true, center: Bool = true) {
    self.groups = groups
    self.epsilon = epsilon
    hasScale = scale
    hasCenter = center
  }

  /// The input's shape; channels that cannot be divided so, or an epsilon that is not above 0, are an
  /// error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard groups == -1 || (groups > 0 && input.channels % groups == 0) else {
      throw LayerError("\(input.channels) channels cannot be divided into \(groups) groups")
    }
    return try checked(input, epsilon: epsilon)
  }

  /// γ and β, as far as there are any.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    Self.vectors(hasScale, hasCenter, [inputs[0].channels])
  }

  /// Becomes a standardisation, a product and a sum.
  public func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    let count = groups == -1 ? shape.channels : groups
    lowering.standardise(
      Standardisation(
        blocks: 1, positions: shape.count / shape.channels, groups: count,
        channels: shape.channels / count, to: .moments(epsilon: epsilon)))
    lowering.scaleAndShift(shape)
  }
}

/// The channels of each position brought to length 1 (Keras `UnitNormalization`): x / √max(Σ x², 1e-12).
public struct UnitNormalization: Layer {
  /// Keras's class, `UnitNormalization`.
  public static let kind = "UnitNormalization"

  /// Along the innermost axis.
  public init() {}

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// Becomes one standardisation.
  public func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    lowering.standardise(
      Standardisation(
        blocks: shape.count / shape.channels, channels: shape.channels, to: .length))
  }
}

extension Layer {
  fileprivate func checked(_ input: Shape, epsilon: Float) throws(LayerError) -> Shape {
    guard epsilon > 0 else { throw LayerError("epsilon must be above 0, found \(epsilon)") }
    return input
  }

  fileprivate static func vectors(_ hasScale: Bool, _ hasCenter: Bool, _ shape: Shape)
    -> [(role: Parameter.Role, shape: Shape)]
  {
    (hasScale ? [(.gamma, shape)] : []) + (hasCenter ? [(.beta, shape)] : [])
  }
}

extension Lowering {
  fileprivate mutating func standardise(_ standardisation: Standardisation) {
    append(.image(.grouped(.standardised(standardisation))), reading: inputs, shape: inputShapes[0])
  }

  /// γ · x + β, as far as the node has them.
  fileprivate mutating func scaleAndShift(_ shape: Shape) {
    if let gamma = parameters[.gamma] {
      append(.image(.grouped(.columnProduct(gamma))), reading: [output], shape: shape)
    }
    if let beta = parameters[.beta] {
      append(.image(.bias(beta)), reading: [output], shape: shape)
    }
  }
}
