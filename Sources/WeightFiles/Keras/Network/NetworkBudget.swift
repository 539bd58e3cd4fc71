import NeuralNetworks
import TensorKernels

/// How much a network from a file may ask for: more than any that fits into a machine, so little that
/// no product or sum of its numbers overflows.
struct NetworkBudget {
  private static let valuesOfLayer = 1 << 28
  private static let weightsOfLayer = 1 << 30
  private static let largestStep = 1 << 20
  private var weights = 1 << 31
  /// For one photo: some hundred times what the largest networks take. A machine computes them in minutes.
  private static let largestWork = 1 << 46
  /// The same of what is done value by value, without weights, which takes longer.
  private static let largestPlainWork = 1 << 40
  private var work = largestWork
  private var plainWork = largestPlainWork
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
  /// - Parameter inputs: the shapes that it reads, all of which have passed `check`.
  mutating func take(_ node: Network.Node, reading inputs: [Shape]) throws(LayerError) {
    // At most 2²⁸ values of windows of at most 2³⁶ positions.
    let window = inputs.first.flatMap { node.layer.window(over: $0) }?.kernel.count ?? 1
    let (plain, isTooMuch) = node.shape.count.multipliedReportingOverflow(by: window)
    guard node.multiplyAdds <= work, node.multiplyAdds > 0 || !isTooMuch && plain <= plainWork
    else {
      throw LayerError(
        "makes the network compute for one photo what takes longer than anyone waits: more than "
          + "\(Self.largestWork) products of weights or \(Self.largestPlainWork) steps without weights"
      )
    }
    work -= node.multiplyAdds
    if node.multiplyAdds == 0 { plainWork -= plain }
    let stride = node.layer.window?.stride ?? 1
    let growth = node.layer.magnification
    let step = node.inputs.map { steps[$0.index] }.max() ?? 1
    let widest = step * max(stride.depth, stride.height, stride.width)
    steps.append(max(1, widest / min(growth.height, growth.width)))
    guard steps[steps.count - 1] <= Self.largestStep else {
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
