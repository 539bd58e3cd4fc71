import TensorKernels

/// The largest value.
public struct Largest: GlobalReduction {
  /// `Max`, as in `MaxPooling2D`.
  public static let name = "Max"

  /// The reduction; it has no settings.
  public init() {}

  /// A max pooling.
  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .maxPooling(window, edges)
  }

  /// A window as large as the input.
  public func lowerGlobally(into lowering: inout Lowering, keepsDimensions: Bool) {
    let input = lowering.inputShapes[0]
    lowering.appendPooling(Window(input.extent, stride: 1), .valid, self)
    if !keepsDimensions {
      lowering.append(.reshape, reading: [lowering.output], shape: [input.channels])
    }
  }
}

/// The mean; padding is not counted.
public struct Mean: GlobalReduction {
  /// `Average`, as in `AveragePooling2D`.
  public static let name = "Average"

  /// The reduction; it has no settings.
  public init() {}

  /// An average pooling.
  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .averagePooling(window, edges)
  }

  /// The mean over all positions in one operation.
  public func lowerGlobally(into lowering: inout Lowering, keepsDimensions: Bool) {
    let input = lowering.inputShapes[0]
    let channels = input.channels
    lowering.append(
      .globalAverage, reading: lowering.inputs,
      shape: keepsDimensions ? Shape(1, channels: channels, like: input) : [channels])
  }
}

/// The p-norm, (Σ |x|^p)^(1/p): L1 and L2 pooling for p = 1 and 2, near the maximum for a large p
/// (Sermanet et al., 2012). The gradient is 0 where the input is.
public struct PNorm: PoolingReduction {
  /// `Lp`, as in `LpPooling2D`.
  public static let name = "Lp"

  /// p, at least 1.
  public var power: Float

  /// The norm of this power, at least 1.
  public init(power: Float) { self.power = power }

  /// Refuses a power below 1 or without bounds.
  public func check() throws(LayerError) {
    guard power >= 1, power.isFinite else {
      throw LayerError("\(power) is no power of a norm, expected at least 1")
    }
  }

  /// A pooling by the norm.
  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .image(.normPooling(window, edges, power: power))
  }
}

/// One value, chosen with a probability proportional to it (Zeiler and Fergus, 2013).
///
/// Meant to follow a ReLU: values below 0 count as 0. A node that trains chooses; in inference, and
/// where the node is frozen, the values are weighted by their probabilities: Σ x² / Σ x.
public struct RandomChoice: PlainReduction {
  /// `Stochastic`, as in `StochasticPooling2D`.
  public static let name = "Stochastic"

  /// The reduction; it has no settings.
  public init() {}

  /// A stochastic pooling.
  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .image(.stochasticPooling(window, edges))
  }
}

extension PoolingReduction {
  /// Nothing to refuse: there are no settings.
  public func check() throws(LayerError) {}
}
