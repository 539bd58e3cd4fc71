import TensorKernels

/// An image at another size, as TensorFlow resizes without antialiasing (Keras `Resizing`): the centres of
/// pixels are in their middle, and borders continue.
public struct Resizing: Layer {
  /// Keras's class, `Resizing`.
  public static let kind = "Resizing"

  /// Rows of the result.
  public var height: Int
  /// Columns of the result.
  public var width: Int
  /// Between the four nearest positions, or from the nearest.
  public var interpolation: UpSampling

  /// A result of this size.
  public init(height: Int, width: Int, _ interpolation: UpSampling = .bilinear) {
    self.height = height
    self.width = width
    self.interpolation = interpolation
  }

  /// `[height, width, channels]` of an image; a size that is not above 0 is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    guard height > 0, width > 0 else {
      throw LayerError("resizes to \(height) × \(width)")
    }
    return [height, width, input.channels]
  }

  /// Becomes one resizing.
  public func lower(into lowering: inout Lowering) {
    lowering.append(
      .image(.resizing(interpolation)), reading: lowering.inputs,
      shape: [height, width, lowering.inputShapes[0].channels])
  }
}
