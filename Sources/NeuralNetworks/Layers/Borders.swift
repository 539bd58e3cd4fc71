import TensorKernels

/// Copies of the image around it, beside `ZeroPadding2D`: of its border, or mirrored at it.
public struct BorderPadding2D: Layer {
  public static let kind = "BorderPadding2D"

  public var edges: Edges
  public var mode: BorderMode

  public init(_ edges: Edges, mode: BorderMode) {
    self.edges = edges
    self.mode = mode
  }

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

  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.borderPadding(edges, mode)), reading: lowering.inputs,
      shape: Shape(input.extent + edges, channels: input.channels, like: input))
  }
}

/// An image without some rows and columns at its borders (Keras `Cropping2D`).
public struct Cropping2D: Layer {
  public static let kind = "Cropping2D"

  public var edges: Edges

  public init(_ edges: Edges) { self.edges = edges }

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
  public static let kind = "UpSampling2D"

  public var factor: Extent
  public var interpolation: UpSampling

  public init(_ factor: Extent, _ interpolation: UpSampling = .nearest) {
    self.factor = factor
    self.interpolation = interpolation
  }

  public var magnification: Extent { factor }

  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try imageShape(of: inputs)
    return [input[0] * factor.height, input[1] * factor.width, input.channels]
  }

  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.upSampling(factor, interpolation)), reading: lowering.inputs,
      shape: [input[0] * factor.height, input[1] * factor.width, input.channels])
  }
}
