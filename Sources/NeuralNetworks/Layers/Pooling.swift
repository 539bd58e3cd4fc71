import TensorKernels

/// The largest value of each window (Keras `MaxPooling2D`); padding never wins.
public struct MaxPooling2D: Layer {
  public static let kind = "MaxPooling2D"

  public var size: Extent
  public var stride: Extent
  public var padding: Padding

  public init(_ size: Extent, stride: Extent, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  public var window: Window? { Window(size, stride: stride) }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try imageShape(of: inputs), Window(size, stride: stride), padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(Window(size, stride: stride), padding) { .maxPooling($0, $1) }
  }
}

/// The mean of each window (Keras `AveragePooling2D`); padding is not counted.
public struct AveragePooling2D: Layer {
  public static let kind = "AveragePooling2D"

  public var size: Extent
  public var stride: Extent
  public var padding: Padding

  public init(_ size: Extent, stride: Extent, padding: Padding = .valid) {
    self.size = size
    self.stride = stride
    self.padding = padding
  }

  public var window: Window? { Window(size, stride: stride) }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try slidShape(over: try imageShape(of: inputs), Window(size, stride: stride), padding)
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendPooling(Window(size, stride: stride), padding) { .averagePooling($0, $1) }
  }
}

/// The mean over height and width (Keras `GlobalAveragePooling2D`).
public struct GlobalAveragePooling2D: Layer {
  public static let kind = "GlobalAveragePooling2D"

  /// True for an output of `[1, 1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return keepsDimensions ? [1, 1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalAverage(keepsDimensions: keepsDimensions)
  }
}

/// The largest value over height and width (Keras `GlobalMaxPooling2D`).
public struct GlobalMaxPooling2D: Layer {
  public static let kind = "GlobalMaxPooling2D"

  /// True for an output of `[1, 1, channels]` instead of `[channels]`.
  public var keepsDimensions: Bool

  public init(keepsDimensions: Bool = false) { self.keepsDimensions = keepsDimensions }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return keepsDimensions ? [1, 1, input.channels] : [input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    lowering.appendGlobalMaximum(keepsDimensions: keepsDimensions)
  }
}

extension Lowering {
  /// A pooling whose shapes have been checked: the operation that `kind` makes of window and edges.
  mutating func appendPooling(
    _ window: Window, _ padding: Padding, _ kind: (Window, Edges) -> GraphOperation.Kind
  ) {
    let input = inputShapes[0]
    let edges = window.edges(padding, for: input.extent)
    guard let output = window.output(for: input.extent, padding: edges) else {
      preconditionFailure("a pooling layer is lowered only after its shapes were checked")
    }
    append(
      kind(window, edges), reading: inputs,
      shape: Shape(output, channels: input.channels, like: input))
  }

  /// A window as large as the input.
  mutating func appendGlobalMaximum(keepsDimensions: Bool) {
    let input = inputShapes[0]
    appendPooling(Window(input.extent, stride: 1), .valid) { .maxPooling($0, $1) }
    if !keepsDimensions { append(.reshape, reading: [output], shape: [input.channels]) }
  }

  mutating func appendGlobalAverage(keepsDimensions: Bool) {
    let input = inputShapes[0]
    append(
      .globalAverage, reading: inputs,
      shape: keepsDimensions ? Shape(1, channels: input.channels, like: input) : [input.channels])
  }
}
