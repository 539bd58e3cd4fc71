import NeuralNetworks
import TensorKernels

/// How much a network from a file may ask for: more than any that fits into a machine, so little that
/// no product or sum of its numbers overflows.
struct NetworkBudget {
  private static let valuesOfLayer = 1 << 28
  private static let weightsOfLayer = 1 << 30
  private static let largestStep = 1 << 20
  private var weights = 1 << 31
  private var multiplyAdds = 1 << 60
  /// How far apart in the input neighbouring positions of each node are, at most.
  private var steps = [1]

  func check(_ shape: Shape) throws(LayerError) {
    guard let count = shape.boundedCount, count <= Self.valuesOfLayer else {
      throw LayerError("would compute \(shape), more than \(Self.valuesOfLayer) values")
    }
    guard count > 0 else { throw LayerError("would compute nothing: its output is \(shape)") }
  }

  mutating func take(_ shapes: [Shape]) throws(LayerError) {
    for shape in shapes {
      guard let count = shape.boundedCount, count <= min(Self.weightsOfLayer, weights) else {
        throw LayerError(
          "would have weights of \(shape), or the network more than \(1 << 31) weights in all")
      }
      weights -= count
    }
  }

  /// Accounts for a node that has been added.
  mutating func take(_ node: Network.Node) throws(LayerError) {
    multiplyAdds -= node.multiplyAdds
    let stride = node.layer.window?.stride ?? 1
    let growth = node.layer.magnification
    let step = node.inputs.map { steps[$0.index] }.max() ?? 1
    let widest = step * max(stride.depth, stride.height, stride.width)
    steps.append(max(1, widest / min(growth.height, growth.width)))
    guard multiplyAdds > 0, steps[steps.count - 1] <= Self.largestStep else {
      throw LayerError("makes the network larger or coarser than any that could be run")
    }
  }
}

extension Shape {
  /// The number of elements, unless it does not fit into a number.
  fileprivate var boundedCount: Int? {
    var count = 1
    for side in dimensions {
      let (product, isTooLarge) = count.multipliedReportingOverflow(by: side)
      if isTooLarge || side < 0 { return nil }
      count = product
    }
    return count
  }
}
