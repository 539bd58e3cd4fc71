import NeuralNetworks
import TensorKernels

/// The definitions of norms of each example, of rectifiers with weights, and of what moves values.
extension NaiveNetwork {
  /// `nil` for a layer that is defined elsewhere.
  func applyNormOrMove(_ node: Network.Node, _ x: [Double], _ input: Shape) -> [Double]? {
    switch node.layer {
    case let layer as ReLU:
      return x.map { rectified($0, layer.rectifier) }
    case let layer as PReLU:
      let alpha = weight(node, .alpha) ?? []
      precondition(layer.sharedAxes.count < input.rank)
      return x.indices.map { x[$0] > 0 ? x[$0] : alpha[$0 % alpha.count] * x[$0] }
    case let layer as LayerNormalization:
      let width = input.dimensions.suffix(layer.axes).reduce(1, *)
      return scaledAndShifted(
        node, standardised(x, epsilon: layer.epsilon) { $0 / width }, columns: width)
    case let layer as GroupNormalization:
      let channels = input.channels
      let width = channels / (layer.groups == -1 ? channels : layer.groups)
      return scaledAndShifted(
        node, standardised(x, epsilon: layer.epsilon) { $0 % channels / width }, columns: channels)
    case is LayerScale:
      return scaledAndShifted(node, x, columns: input.channels)
    case is LearnedAffine:
      return scaledAndShifted(node, x, columns: 1)
    case is UnitNormalization:
      return x.indices.map { index in
        let start = index - index % input.channels
        let squares = x[start..<(start + input.channels)].reduce(0) { $0 + $1 * $1 }
        return x[index] / max(squares, 1e-12).squareRoot()
      }
    case let layer as Permute:
      return permuted(x, input, node.shape, layer.order)
    case let layer as Resizing:
      return resized(x, input, layer)
    default: return nil
    }
  }

  private func rectified(_ x: Double, _ rectifier: Rectifier) -> Double {
    let threshold = Double(rectifier.threshold)
    var value = x > threshold ? x : 0
    if let largest = rectifier.largest { value = min(max(value, 0), Double(largest)) }
    return value - Double(rectifier.slope) * max(threshold - x, 0)
  }

  /// - Parameter group: of the value at an index.
  private func standardised(_ x: [Double], epsilon: Float, _ group: (Int) -> Int) -> [Double] {
    let members = Dictionary(grouping: x.indices, by: group)
    return x.indices.map { index in
      let values = (members[group(index)] ?? []).map { x[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance =
        values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return (x[index] - mean) / (variance + Double(epsilon)).squareRoot()
    }
  }

  private func scaledAndShifted(_ node: Network.Node, _ x: [Double], columns: Int) -> [Double] {
    let (gamma, beta) = (weight(node, .gamma), weight(node, .beta))
    return x.indices.map { (gamma?[$0 % columns] ?? 1) * x[$0] + (beta?[$0 % columns] ?? 0) }
  }

  private func permuted(_ x: [Double], _ input: Shape, _ output: Shape, _ order: [Int]) -> [Double]
  {
    (0..<output.count).map { index in
      var (rest, from) = (index, [Int](repeating: 0, count: order.count))
      for axis in order.indices.reversed() {
        from[order[axis]] = rest % output[axis]
        rest /= output[axis]
      }
      return x[zip(from, input.dimensions).reduce(0) { $0 * $1.1 + $1.0 }]
    }
  }

  private func resized(_ x: [Double], _ input: Shape, _ layer: Resizing) -> [Double] {
    func taps(_ index: Int, _ from: Int, _ to: Int) -> [(Int, Double)] {
      let place = (Double(index) + 0.5) * Double(from) / Double(to)
      if layer.interpolation == .nearest { return [(min(Int(place), from - 1), 1)] }
      let low = (place - 0.5).rounded(.down)
      let share = place - 0.5 - low
      return [(Int(low), 1 - share), (Int(low) + 1, share)].map {
        (min(max($0.0, 0), from - 1), $0.1)
      }
    }
    var y: [Double] = []
    for row in 0..<layer.height {
      for column in 0..<layer.width {
        for channel in 0..<input[2] {
          var sum = 0.0
          for (r, down) in taps(row, input[0], layer.height) {
            for (c, across) in taps(column, input[1], layer.width) {
              sum += down * across * x[(r * input[1] + c) * input[2] + channel]
            }
          }
          y.append(sum)
        }
      }
    }
    return y
  }
}
