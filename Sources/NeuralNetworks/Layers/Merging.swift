import TensorKernels

/// The elementwise sum of tensors of one shape (Keras `Add`); at least two.
public struct Add: Layer {
  /// Keras's class, `Add`.
  public static let kind = "Add"

  /// A sum; how many inputs it has is up to the node.
  public init() {}

  /// The inputs' common shape; fewer than two or different ones are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    try commonShape(of: inputs)
  }

  /// Becomes one addition for each input after the first.
  public func lower(into lowering: inout Lowering) {
    var sum = lowering.inputs[0]
    for next in lowering.inputs.dropFirst() {
      sum = lowering.append(.add(.linear), reading: [sum, next], shape: lowering.inputShapes[0])
    }
  }
}

/// The elementwise product of two tensors (Keras `Multiply`): of one shape, or one of them a row
/// `[1, …, 1, channels]` that multiplies every position of the other, as in squeeze-and-excitation.
public struct Multiply: Layer {
  /// Keras's class, `Multiply`.
  public static let kind = "Multiply"

  /// A product of the node's two inputs, in either order.
  public init() {}

  /// The larger input's shape; anything but two of one shape, or a row and an image of the same
  /// channels, is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard inputs.count == 2 else {
      throw LayerError("Multiply reads two inputs, found \(inputs.count)")
    }
    if inputs[0] == inputs[1] || inputs[1].isRow(of: inputs[0]) { return inputs[0] }
    guard inputs[0].isRow(of: inputs[1]) else {
      throw LayerError(
        "Multiply reads two inputs of one shape, or a row of channels and an image, found "
          + inputs.joinedDescription)
    }
    return inputs[1]
  }

  /// Becomes one product with the row, if there is one, second.
  public func lower(into lowering: inout Lowering) {
    let isSwapped =
      lowering.inputShapes[0] != lowering.inputShapes[1]
      && lowering.inputShapes[0].isRow(of: lowering.inputShapes[1])
    let inputs = isSwapped ? Array(lowering.inputs.reversed()) : lowering.inputs
    lowering.append(
      .multiply, reading: inputs, shape: lowering.inputShapes[isSwapped ? 1 : 0])
  }
}

/// Tensors side by side along one axis (Keras `Concatenate`).
public struct Concatenate: Layer {
  /// Keras's class, `Concatenate`.
  public static let kind = "Concatenate"

  /// Without the batch axis; negative from the end.
  public var axis: Int

  /// Joins along the innermost axis, the channels, unless told otherwise.
  public init(axis: Int = -1) { self.axis = axis }

  /// The first input's shape with the sum of extents along `axis`; inputs that differ along another
  /// axis are an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    guard let first = inputs.first else { throw LayerError("Concatenate reads at least one input") }
    let axis = position(in: first)
    guard first.dimensions.indices.contains(axis) else {
      throw LayerError("\(first) has no axis \(self.axis)")
    }
    var shape = first
    for other in inputs.dropFirst() {
      var expected = other
      if other.rank == first.rank { expected.dimensions[axis] = first[axis] }
      guard expected == first else {
        throw LayerError(
          "Concatenate reads inputs that differ along axis \(self.axis) only, found "
            + inputs.joinedDescription)
      }
      shape.dimensions[axis] += other[axis]
    }
    return shape
  }

  /// Becomes one concatenation.
  public func lower(into lowering: inout Lowering) {
    var shape = lowering.inputShapes[0]
    let axis = position(in: shape)
    shape.dimensions[axis] = lowering.inputShapes.reduce(0) { $0 + $1[axis] }
    lowering.append(
      .concatenate(rows: shape.dimensions[..<axis].reduce(1, *)), reading: lowering.inputs,
      shape: shape)
  }

  private func position(in shape: Shape) -> Int { axis < 0 ? shape.rank + axis : axis }
}

extension Shape {
  /// Whether it is `[1, …, 1, channels]` of an image with that many channels.
  fileprivate func isRow(of image: Shape) -> Bool {
    rank == image.rank && channels == image.channels && count == channels
  }
}
