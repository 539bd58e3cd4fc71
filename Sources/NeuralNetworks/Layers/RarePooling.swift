import TensorKernels

/// The p-norm of each window, (Σ |x|^p)^(1/p): L1 and L2 pooling for p = 1 and 2, near the maximum for
/// a large p (Sermanet et al., 2012). The gradient is 0 where the input is.
public struct LpPooling2D: Layer {
  public static let kind = "LpPooling2D"

  public var size: Extent
  public var stride: Extent
  public var padding: Padding
  /// p, at least 1.
  public var power: Float

  public init(_ size: Extent, stride: Extent, padding: Padding = .valid, power: Float) {
    self.size = size
    self.stride = stride
    self.padding = padding
    self.power = power
  }

  private var moving: Window { Window(size, stride: stride) }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard power >= 1, power.isFinite else {
      throw LayerError("\(power) is no power of a norm, expected at least 1")
    }
    return try slidShape(over: try imageShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    let power = power
    lowering.appendPooling(moving, padding) { .image(.normPooling($0, $1, power: power)) }
  }
}

/// One value of each window, chosen with a probability proportional to it (Zeiler and Fergus, 2013).
///
/// Meant to follow a ReLU: values below 0 count as 0. A node that trains chooses; in inference, and
/// where the node is frozen, the values are weighted by their probabilities: Σ x² / Σ x.
public struct StochasticPooling2D: Layer {
  public static let kind = "StochasticPooling2D"

  public var size: Extent
  public var stride: Extent
  public var padding: Padding

  public init(_ size: Extent, stride: Extent, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  private var moving: Window { Window(size, stride: stride) }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try imageShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding) { .image(.stochasticPooling($0, $1)) }
  }
}

/// A pooling whose output has a given size whatever the input's: along each axis, stride
/// s = ⌊n_in / n_out⌋ and window f = n_in − (n_out − 1) · s.
public struct AdaptivePooling2D: Layer {
  public static let kind = "AdaptivePooling2D"

  /// What becomes of a window.
  public enum Kind: String, Hashable, Sendable, Codable { case max, average }

  public var output: Extent
  public var pooling: Kind

  public init(_ output: Extent, kind: Kind) {
    self.output = output
    pooling = kind
  }

  public func window(over input: Shape) -> Window? {
    func axis(_ size: Int, _ count: Int) -> (window: Int, stride: Int) {
      let stride = size / max(count, 1)
      return (size - (count - 1) * stride, stride)
    }
    let rows = axis(input.extent.height, output.height)
    let columns = axis(input.extent.width, output.width)
    return Window(
      Extent(height: rows.window, width: columns.window),
      stride: Extent(height: rows.stride, width: columns.stride))
  }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    guard (1...input[0]).contains(output.height), (1...input[1]).contains(output.width) else {
      throw LayerError(
        "an input of \(input[0]) × \(input[1]) cannot be pooled to \(output.height) × "
          + "\(output.width)")
    }
    return [output.height, output.width, input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    guard let window = window(over: lowering.inputShapes[0]) else { return }
    switch pooling {
    case .max: lowering.appendPooling(window, .valid) { .maxPooling($0, $1) }
    case .average: lowering.appendPooling(window, .valid) { .averagePooling($0, $1) }
    }
  }
}
