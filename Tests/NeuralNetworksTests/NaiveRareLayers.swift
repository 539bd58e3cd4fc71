import NeuralNetworks
import TensorKernels

/// The definitions of the layers that few networks have.
extension NaiveNetwork {
  func applyRare(_ node: Network.Node, _ x: [Double], _ input: Shape) -> [Double] {
    if let found = applyNormOrMove(node, x, input) { return found }
    let channels = input.channels
    func pool(_ window: Window, _ padding: Padding, _ reduce: ([Double]) -> Double) -> [Double] {
      NaiveWindow(window, padding, input, node.shape).seen(x, channels: channels).flatMap {
        $0.map(reduce)
      }
    }
    switch node.layer {
    case let layer as LpPooling2D:
      return pool(Window(layer.size, stride: layer.stride), layer.padding) { values in
        let power = Double(layer.power)
        return Naive.power(
          values.reduce(0) { $0 + Naive.power(abs($1), power) }, 1 / power)
      }
    case let layer as StochasticPooling2D:
      return pool(Window(layer.size, stride: layer.stride), layer.padding) { values in
        let kept = values.map { max($0, 0) }
        let sum = kept.reduce(0, +)
        return sum > 0 ? kept.reduce(0) { $0 + $1 * $1 / sum } : 0
      }
    case let layer as AdaptivePooling2D:
      // s = ⌊n_in / n_out⌋, f = n_in − (n_out − 1) · s.
      let stride = Extent(
        height: input[0] / layer.output.height, width: input[1] / layer.output.width)
      let size = Extent(
        height: input[0] - (layer.output.height - 1) * stride.height,
        width: input[1] - (layer.output.width - 1) * stride.width)
      return pool(Window(size, stride: stride), .valid) { values in
        switch layer.pooling {
        case .max: values.max() ?? 0
        case .average: values.reduce(0, +) / Double(values.count)
        }
      }
    case let layer as LocalResponseNormalization:
      let half = layer.size / 2
      return x.indices.map { index in
        let (start, c) = (index - index % channels, index % channels)
        let sum = (max(0, c - half)...min(channels - 1, c + half)).reduce(0) {
          $0 + x[start + $1] * x[start + $1]
        }
        let base = Double(layer.bias) + Double(layer.alpha) * sum
        return x[index] / Naive.power(base, Double(layer.beta))
      }
    case let layer as LocallyConnected2D:
      return locallyConnected(node, layer, x, input)
    case let layer as TransposedConvolution2D:
      return transposed(node, layer, x, input)
    case is PositionBias:
      return zip(x, weight(node, .bias) ?? []).map(+)
    case let layer as BorderPadding2D:
      return moved(node.shape, x, input) { y, x in
        (
          inside(y - layer.edges.top, input[0], layer.mode),
          inside(x - layer.edges.left, input[1], layer.mode)
        )
      }
    case let layer as Cropping2D:
      return moved(node.shape, x, input) { ($0 + layer.edges.top, $1 + layer.edges.left) }
    case let layer as UpSampling2D:
      guard layer.interpolation == .bilinear else {
        return moved(node.shape, x, input) { ($0 / layer.factor.height, $1 / layer.factor.width) }
      }
      return bilinear(node.shape, layer.factor, x, input)
    default:
      return x
    }
  }

  private func inside(_ position: Int, _ size: Int, _ mode: BorderMode) -> Int {
    switch mode {
    case .replicate: min(max(position, 0), size - 1)
    case .reflect: position < 0 ? -position : min(position, 2 * size - 2 - position)
    }
  }

  /// Each output position is a copy of the input position that `from` names.
  private func moved(
    _ output: Shape, _ x: [Double], _ input: Shape, _ from: (Int, Int) -> (Int, Int)
  ) -> [Double] {
    (0..<output.count).map { index in
      let position = index / output[2]
      let (row, column) = from(position / output[1], position % output[1])
      return x[(row * input[1] + column) * input[2] + index % output[2]]
    }
  }

  private func bilinear(_ output: Shape, _ factor: Extent, _ x: [Double], _ input: Shape)
    -> [Double]
  {
    func hat(_ position: Int, _ factor: Int, _ size: Int) -> [Double] {
      let at = min(
        max((Double(position) + 0.5) / Double(factor) - 0.5, 0), Double(size - 1))
      return (0..<size).map { max(0, 1 - abs(Double($0) - at)) }
    }
    return (0..<output.count).map { index in
      let position = index / output[2]
      let rows = hat(position / output[1], factor.height, input[0])
      let columns = hat(position % output[1], factor.width, input[1])
      var sum = 0.0
      for row in rows.indices where rows[row] > 0 {
        for column in columns.indices where columns[column] > 0 {
          sum +=
            rows[row] * columns[column]
            * x[(row * input[1] + column) * input[2] + index % output[2]]
        }
      }
      return sum
    }
  }

  private func locallyConnected(
    _ node: Network.Node, _ layer: LocallyConnected2D, _ x: [Double], _ input: Shape
  ) -> [Double] {
    let (kernel, channels, filters) = (weight(node, .kernel) ?? [], input.channels, layer.filters)
    let window = NaiveWindow(
      Window(layer.kernel, stride: layer.stride), .valid, input, node.shape)
    let depth = window.window.kernel.count * channels
    var y = weight(node, .bias) ?? [Double](repeating: 0, count: node.shape.count)
    window.forEachTap { to, from, tap in
      for i in 0..<channels {
        for f in 0..<filters {
          y[to * filters + f] +=
            x[from * channels + i] * kernel[(to * depth + tap * channels + i) * filters + f]
        }
      }
    }
    return activate(y, layer.activation, node.shape)
  }

  /// Every input position spreads its values over a window of the output.
  private func transposed(
    _ node: Network.Node, _ layer: TransposedConvolution2D, _ x: [Double], _ input: Shape
  ) -> [Double] {
    let (kernel, channels, filters) = (weight(node, .kernel) ?? [], input.channels, layer.filters)
    let bias = weight(node, .bias)
    var y = (0..<node.shape.count).map { bias?[$0 % filters] ?? 0 }
    let window = NaiveWindow(
      Window(layer.kernel, stride: layer.stride, dilation: layer.dilation), layer.padding,
      node.shape, input)
    window.forEachTap { from, to, tap in
      for f in 0..<filters {
        for i in 0..<channels {
          y[to * filters + f] +=
            x[from * channels + i] * kernel[(tap * filters + f) * channels + i]
        }
      }
    }
    return activate(y, layer.activation, node.shape)
  }
}
