import TensorKernels

/// Copies of the image around it, beside `ZeroPadding2D`: of its border, or mirrored at it.
public struct BorderPadding2D: Layer {
  /// `BorderPadding2D`; Keras has no such class.
  public static let kind = "BorderPadding2D"

  /// How many rows and columns are added at each border.
  public var edges: Edges
  /// What they are copies of.
  public var mode: BorderMode

  /// Adds `edges` of what `mode` says.
  public init(_ edges: Edges, mode: BorderMode) {
    self.edges = edges
    self.mode = mode
  }

  /// `[h + top + bottom, w + left + right, c]`; an image cannot be mirrored by as many rows or
  /// columns as it has.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    let fits =
      max(edges.top, edges.bottom) < input[0] && max(edges.left, edges.right) < input[1]
    guard mode == .replicate || fits else {
      throw LayerError(
        "an image of \(input[0]) × \(input[1]) can be mirrored by fewer rows and columns than it "
          + "has, found \(edges)")
    }
    return Shape(input.extent + edges, channels: input.channels, like: input)
  }

  /// Becomes one border padding.
  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.borderPadding(edges, mode)), reading: lowering.inputs,
      shape: Shape(input.extent + edges, channels: input.channels, like: input))
  }
}

/// An image without some rows and columns at its borders (Keras `Cropping2D`).
public struct Cropping2D: Layer {
  /// Keras's class, `Cropping2D`.
  public static let kind = "Cropping2D"

  /// How many rows and columns are taken off each border.
  public var edges: Edges

  /// Takes `edges` off an image.
  public init(_ edges: Edges) { self.edges = edges }

  /// `[h − top − bottom, w − left − right, c]`; it is an error if nothing is left.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    let output: Shape = [
      input[0] - edges.top - edges.bottom, input[1] - edges.left - edges.right, input.channels,
    ]
    guard output[0] > 0, output[1] > 0 else {
      throw LayerError("nothing is left of \(input[0]) × \(input[1]) after cropping by \(edges)")
    }
    return output
  }

  /// Becomes one cropping.
  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.cropping(edges)), reading: lowering.inputs,
      shape: [
        input[0] - edges.top - edges.bottom, input[1] - edges.left - edges.right, input.channels,
      ])
  }
}

/// An image enlarged by whole factors (Keras `UpSampling2D`).
public struct UpSampling2D: Layer {
  /// Keras's class, `UpSampling2D`.
  public static let kind = "UpSampling2D"

  /// By how much height and width grow.
  public var factor: Extent
  /// How the new positions get their values; Keras's `bilinear` and `nearest`.
  public var interpolation: UpSampling

  /// Enlarges by `factor` along height and width.
  public init(_ factor: Extent, _ interpolation: UpSampling = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }

  /// The factor: so many output positions for each of the input.
  public var magnification: Extent { factor }

  /// `[h · factor.height, w · factor.width, c]`.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return [input[0] * factor.height, input[1] * factor.width, input.channels]
  }

  /// Becomes one enlargement.
  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.resizing(interpolation)), reading: lowering.inputs,
      shape: [input[0] * factor.height, input[1] * factor.width, input.channels])
  }
}
