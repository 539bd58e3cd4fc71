import TensorKernels

/// Keras's `ReLU` with a threshold, a slope below it and a largest value in any combination, and with them
/// its `ThresholdedReLU`. `ActivationLayer` has the usual ones.
public struct ReLU: Layer {
  /// Keras's class, `ReLU`.
  public static let kind = "ReLU"

  /// What is computed of each value.
  public var rectifier: Rectifier

  /// A rectifier with these settings.
  public init(_ rectifier: Rectifier) { self.rectifier = rectifier }

  /// The input's shape, of any rank; a largest value below 0 is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    if let largest = rectifier.largest, largest < 0 {
      throw LayerError("the largest value must not be below 0, found \(largest)")
    }
    return try onlyInput(of: inputs)
  }

  /// Becomes one operation on each value.
  public func lower(into lowering: inout Lowering) {
    lowering.append(
      .image(.grouped(.rectified(rectifier))), reading: lowering.inputs,
      shape: lowering.inputShapes[0])
  }
}

/// max(x, 0) − α · max(−x, 0) with an α that is learned, one for each channel and position or shared along
/// some axes (Keras `PReLU`; He et al., 2015).
public struct PReLU: Layer {
  /// Keras's class, `PReLU`.
  public static let kind = "PReLU"

  /// Along which axes of the input, without the batch's and in order, there is one α only: the outer ones, for
  /// example 0 and 1 for one α per channel of an image.
  public var sharedAxes: [Int]

  /// An α for every value of an example, unless axes share it.
  public init(sharedAxes: [Int] = []) { self.sharedAxes = sharedAxes }

  /// The input's shape; a shared axis inside one that is not shared is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard sharedAxes == Array(sharedAxes.indices), sharedAxes.count < input.rank else {
      throw LayerError(
        "PReLU shares its numbers along the axes \(sharedAxes) of \(input), expected the first "
          + "ones, and not the channels")
    }
    return input
  }

  /// α, with an extent of 1 along shared axes.
  public func parameters(for inputs: [Shape]) -> [(role: Parameter.Role, shape: Shape)] {
    let sides = inputs[0].dimensions.enumerated().map { sharedAxes.contains($0) ? 1 : $1 }
    return [(.alpha, Shape(sides))]
  }

  /// Becomes two rectifiers, of which the second's result is multiplied by α and subtracted.
  public func lower(into lowering: inout Lowering) {
    let shape = lowering.inputShapes[0]
    guard let alpha = lowering.parameters[.alpha] else {
      preconditionFailure("a PReLU always has its alpha")
    }
    let above = lowering.append(.activation(.relu), reading: lowering.inputs, shape: shape)
    lowering.append(.scale(-1), reading: lowering.inputs, shape: shape)
    lowering.activate(.relu, shape: shape)
    lowering.append(
      .image(.grouped(.columnProduct(alpha))), reading: [lowering.output], shape: shape)
    let below = lowering.append(.scale(-1), reading: [lowering.output], shape: shape)
    lowering.append(.add(.linear), reading: [above, below], shape: shape)
  }
}
