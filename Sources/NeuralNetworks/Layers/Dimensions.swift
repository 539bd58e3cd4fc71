import TensorKernels

/// The largest value of each window of a sequence (Keras `MaxPooling1D`); padding never wins.
public struct MaxPooling1D: Layer {
  public static let kind = "MaxPooling1D"

  public var size: Int
  public var stride: Int
  public var padding: Padding

  public init(_ size: Int, stride: Int, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  private var moving: Window { Window(.length(size), stride: .length(stride)) }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try sequenceShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding) { .maxPooling($0, $1) }
  }
}

/// The mean of each window of a sequence (Keras `AveragePooling1D`); padding is not counted.
public struct AveragePooling1D: Layer {
  public static let kind = "AveragePooling1D"

  public var size: Int
  public var stride: Int
  public var padding: Padding

  public init(_ size: Int, stride: Int, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  private var moving: Window { Window(.length(size), stride: .length(stride)) }

  public var window: Window? { moving }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try sequenceShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding) { .averagePooling($0, $1) }
  }
}

/// The mean over a sequence (Keras `GlobalAveragePooling1D`).
public struct GlobalAveragePooling1D: Layer {
  public static let kind = "GlobalAveragePooling1D"

  /// True for an output of `[1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try sequenceShape(of: inputs)
    return keepsDimensions ? [1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalAverage(keepsDimensions: keepsDimensions)
  }
}

/// The largest value over a sequence (Keras `GlobalMaxPooling1D`).
public struct GlobalMaxPooling1D: Layer {
  public static let kind = "GlobalMaxPooling1D"

  /// True for an output of `[1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try sequenceShape(of: inputs)
    return keepsDimensions ? [1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalMaximum(keepsDimensions: keepsDimensions)
  }
}
