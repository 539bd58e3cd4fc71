import TensorKernels

/// The largest value.
public struct Maximum: GlobalReduction {
  public static let name = "Max"

  public init() {}

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
  public static let name = "Average"

  public init() {}

  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .averagePooling(window, edges)
  }

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
  public static let name = "Lp"

  /// p, at least 1.
  public var power: Float

  public init(power: Float) { self.power = power }

  public func check() throws(LayerError) {
    guard power >= 1, power.isFinite else {
      throw LayerError("\(power) is no power of a norm, expected at least 1")
    }
  }

  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .image(.normPooling(window, edges, power: power))
  }
}

/// One value, chosen with a probability proportional to it (Zeiler and Fergus, 2013).
///
/// Meant to follow a ReLU: values below 0 count as 0. A node that trains chooses; in inference, and
/// where the node is frozen, the values are weighted by their probabilities: Σ x² / Σ x.
public struct RandomChoice: PlainReduction {
  public static let name = "Stochastic"

  public init() {}

  public func operation(_ window: Window, _ edges: Edges) -> GraphOperation.Kind {
    .image(.stochasticPooling(window, edges))
  }
}

extension PoolingReduction {
  public func check() throws(LayerError) {}
}
