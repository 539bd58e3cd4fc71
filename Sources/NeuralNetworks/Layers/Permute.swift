import TensorKernels

/// The axes in another order (Keras `Permute`): the result's axis `i` is the input's axis `order[i]`.
public struct Permute: Layer {
  /// Keras's class, `Permute`.
  public static let kind = "Permute"

  /// The input's axes in the order of the result's, without the batch's and counted from 0; Keras counts from
  /// 1.
  public var order: [Int]

  /// Axes in this order.
  public init(_ order: [Int]) { self.order = order }

  /// The input's extents in the new order; one that is not an order of all its axes is an error.
  public func outputShape(for inputs: [Shape]) throws(LayerError) -> Shape {
    let input = try onlyInput(of: inputs)
    guard order.sorted() == Array(0..<input.rank), input.rank <= 4 else {
      throw LayerError("\(order) is no order of the axes of \(input), counted from 0")
    }
    return Shape(order.map { input[$0] })
  }

  /// Becomes one reordering.
  public func lower(into lowering: inout Lowering) {
    let input = lowering.inputShapes[0]
    lowering.append(
      .image(.grouped(.reordered(order))), reading: lowering.inputs,
      shape: Shape(order.map { input[$0] }))
  }
}
