import TensorKernels

/// A pooling whose output has a given size whatever the input's: along each axis, stride
/// s = ⌊n_in / n_out⌋ and window f = n_in − (n_out − 1) · s.
public struct AdaptivePooling2D: Layer {
  /// `AdaptivePooling2D`; Keras has no such class.
  public static let kind = "AdaptivePooling2D"

  /// What becomes of a window.
  public enum Kind: String, Hashable, Sendable, Codable { case max, average }

  /// Height and width of the output.
  public var output: Extent
  /// Whether the largest value or the mean of a window is taken.
  public var pooling: Kind

  /// A pooling to `output`, height and width.
  public init(_ output: Extent, kind: Kind) {
    self.output = output
    pooling = kind
  }

  /// Stride and window as the input's size makes them.
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

  /// `[h, w, c]` to `[output.height, output.width, c]`; an output larger than the input is an
  /// error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    guard (1...input[0]).contains(output.height), (1...input[1]).contains(output.width) else {
      throw LayerError(
        "an input of \(input[0]) × \(input[1]) cannot be pooled to \(output.height) × "
          + "\(output.width)")
    }
    return [output.height, output.width, input.channels]
  }

  /// Becomes one pooling with the window of this input.
  public func lower(into lowering: inout Lowering) {
    guard let window = window(over: lowering.inputShapes[0]) else { return }
    switch pooling {
    case .max: lowering.appendPooling(window, .valid, Largest())
    case .average: lowering.appendPooling(window, .valid, Mean())
    }
  }
}
