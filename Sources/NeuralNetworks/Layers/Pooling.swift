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
    let input = try imageShape(of: inputs)
    let extent = try slidExtent(over: input, Window(size, stride: stride), padding)
    return [extent.height, extent.width, input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    let window = Window(size, stride: stride)
    let extent = Extent(height: input[0], width: input[1])
    let edges = window.edges(padding, for: extent)
    guard let output = window.output(for: extent, padding: edges) else {
      preconditionFailure("a pooling layer is lowered only after its shapes were checked")
    }
    lowering.append(
      .maxPooling(window, edges), reading: lowering.inputs,
      shape: [output.height, output.width, input.channels])
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
    let channels = lowering.inputShapes[0].channels
    lowering.append(
      .globalAverage, reading: lowering.inputs,
      shape: keepsDimensions ? [1, 1, channels] : [channels])
  }
}
