import TensorKernels

/// The largest value of each window of a volume (Keras `MaxPooling3D`); padding never wins.
public struct MaxPooling3D: Layer {
  public static let kind = "MaxPooling3D"

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
    try slidShape(over: try volumeShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding) { .maxPooling($0, $1) }
  }
}

/// The mean of each window of a volume (Keras `AveragePooling3D`); padding is not counted.
public struct AveragePooling3D: Layer {
  public static let kind = "AveragePooling3D"

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
    try slidShape(over: try volumeShape(of: inputs), moving, padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(moving, padding) { .averagePooling($0, $1) }
  }
}

/// The mean over a volume (Keras `GlobalAveragePooling3D`).
public struct GlobalAveragePooling3D: Layer {
  public static let kind = "GlobalAveragePooling3D"

  /// True for an output of `[1, 1, 1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try volumeShape(of: inputs)
    return keepsDimensions ? [1, 1, 1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalAverage(keepsDimensions: keepsDimensions)
  }
}

/// The largest value over a volume (Keras `GlobalMaxPooling3D`).
public struct GlobalMaxPooling3D: Layer {
  public static let kind = "GlobalMaxPooling3D"

  /// True for an output of `[1, 1, 1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try volumeShape(of: inputs)
    return keepsDimensions ? [1, 1, 1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalMaximum(keepsDimensions: keepsDimensions)
  }
}
