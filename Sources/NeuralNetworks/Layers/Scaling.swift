import TensorKernels

/// Every value times one factor.
public struct Scale: Layer {
  /// `Scale`; Keras has no class of this name.
  public static let kind = "Scale"

  /// What every value is multiplied by.
  public var factor: Float

  /// Multiplies by `factor`.
  public init(_ factor: Float) { self.factor = factor }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// Becomes one scaling.
  public func lower(into lowering: inout Lowering) {
    lowering.append(.scale(factor), reading: lowering.inputs, shape: lowering.inputShapes[0])
  }
}

/// scale · x + offset (Keras `Rescaling`), with one number for all channels or one for each.
public struct Rescaling: Layer {
  /// Keras's class, `Rescaling`.
  public static let kind = "Rescaling"

  /// Factors: one for all channels, or one for each.
  public var scale: [Float]
  /// What is added after the multiplication: one number for all channels, or one for each.
  public var offset: [Float]

  /// scale · x + offset; nothing is added unless told otherwise.
  public init(scale: [Float], offset: [Float] = [0]) {
    self.scale = scale
    self.offset = offset
  }

  /// The input's shape; numbers that are neither one nor as many as its channels are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    for numbers in [scale, offset] where numbers.count != 1 && numbers.count != input.channels {
      throw LayerError(
        "Rescaling has \(numbers.count) numbers for \(input.channels) channels, expected one or one each"
      )
    }
    return input
  }

  /// Becomes constants per channel.
  public func lower(into lowering: inout Lowering) {
    let channels = lowering.inputShapes[0].channels
    func each(_ numbers: [Float]) -> [Float] {
      numbers.count == channels ? numbers : [Float](repeating: numbers[0], count: channels)
    }
    lowering.append(
      .affine(GraphAffine(.constants(scale: each(scale), shift: each(offset)))),
      reading: lowering.inputs, shape: lowering.inputShapes[0])
  }
}

/// (x − mean) / √variance per channel, with statistics of the training data that are stored like
/// weights (Keras `Normalization`).
public struct Normalization: Layer {
  /// Keras's class, `Normalization`.
  public static let kind = "Normalization"

  /// Whether a "variance" that holds ImageNet's standard deviations is taken as deviations.
  ///
  /// The official EfficientNet files hold them under that name. Keras corrects it by a further layer
  /// that it adds only when it loads those files; nothing in the file says so but the numbers.
  public var takesDeviationsOfImageNet: Bool

  /// A normalisation by what its weights say; see `takesDeviationsOfImageNet` for the exception.
  public init(takesDeviationsOfImageNet: Bool = false) {
    self.takesDeviationsOfImageNet = takesDeviationsOfImageNet
  }

  /// The input's shape, of any rank.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try onlyInput(of: inputs)
  }

  /// Mean and variance, `[channels]` each; both are measured, not learned.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    [(.mean, [inputs[0].channels]), (.variance, [inputs[0].channels])]
  }

  /// How many pictures the statistics are of.
  public var unreadNumbers: Int { 1 }

  /// Becomes a scale and a shift per channel that follow from the statistics.
  public func lower(into lowering: inout Lowering) {
    guard let mean = lowering.parameters[.mean], let variance = lowering.parameters[.variance]
    else { preconditionFailure("a normalization always has its statistics") }
    lowering.append(
      .affine(
        GraphAffine(
          .statistics(
            mean: mean, variance: variance, takesDeviations: takesDeviationsOfImageNet))),
      reading: lowering.inputs, shape: lowering.inputShapes[0])
  }

  /// Whether this layer takes such a "variance" as standard deviations.
  package func takesDeviations(_ variance: [Float]) -> Bool {
    takesDeviationsOfImageNet && Self.areDeviationsOfImageNet(variance)
  }

  /// Standard deviations of ImageNet's colours, of values in 0...1; red, green, blue.
  static let deviationsOfImageNet: [Float] = [0.229, 0.224, 0.225]

  package static func areDeviationsOfImageNet(_ values: [Float]) -> Bool {
    values.count == 3 && zip(values, deviationsOfImageNet).allSatisfy { abs($0 - $1) < 1e-4 }
  }
}
