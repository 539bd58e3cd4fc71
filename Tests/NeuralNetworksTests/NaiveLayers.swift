import NeuralNetworks
import TensorKernels

/// The positions of a window, by definition: over a length, an image or a volume.
struct NaiveWindow {
  let window: Window
  let edges: Edges
  let input: Extent
  let output: Extent

  init(_ window: Window, _ padding: Padding, _ input: Shape, _ output: Shape) {
    self.window = window
    self.input = input.naiveExtent
    self.output = output.naiveExtent
    edges = window.edges(padding, for: self.input)
  }

  /// Calls `body` with the positions of output, input and kernel that belong together; positions
  /// count from 0 in row-major order.
  func forEachTap(_ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void) {
    let kernel = window.kernel
    for o in 0..<output.count {
      let to = output.coordinates(o)
      for tap in 0..<kernel.count {
        let k = kernel.coordinates(tap)
        let z = to.z * window.stride.depth + k.z * window.dilation.depth - edges.front
        let y = to.y * window.stride.height + k.y * window.dilation.height - edges.top
        let x = to.x * window.stride.width + k.x * window.dilation.width - edges.left
        guard z >= 0, z < input.depth, y >= 0, y < input.height, x >= 0, x < input.width else {
          continue
        }
        body(o, (z * input.height + y) * input.width + x, tap)
      }
    }
  }

  /// The values each output position sees, by channel.
  func seen(_ x: [Double], channels: Int) -> [[[Double]]] {
    var found = [[[Double]]](
      repeating: [[Double]](repeating: [], count: channels), count: output.count)
    forEachTap { to, from, _ in
      for c in 0..<channels { found[to][c].append(x[from * channels + c]) }
    }
    return found
  }
}

extension Extent {
  func coordinates(_ position: Int) -> (z: Int, y: Int, x: Int) {
    (position / (height * width), position / width % height, position % width)
  }
}

extension Shape {
  /// Depth, height and width of `[length, channels]`, `[h, w, channels]` or `[d, h, w, channels]`.
  var naiveExtent: Extent {
    let sides = [1, 1] + dimensions.dropLast()
    return Extent(
      depth: sides[sides.count - 3], height: sides[sides.count - 2],
      width: sides[sides.count - 1])
  }
}

extension NaiveNetwork {
  /// The layers that are one function of each example by itself; others pass their input on.
  func applyToExample(_ node: Network.Node, _ x: [Double], _ input: Shape) -> [Double] {
    let channels = input.channels
    func pool(_ window: Window, _ padding: Padding, _ reduce: ([Double]) -> Double) -> [Double] {
      NaiveWindow(window, padding, input, node.shape).seen(x, channels: channels).flatMap {
        $0.map(reduce)
      }
    }
    func global(_ reduce: ([Double]) -> Double) -> [Double] {
      (0..<channels).map { c in
        reduce(stride(from: c, to: x.count, by: channels).map { x[$0] })
      }
    }
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
    func largest(_ values: [Double]) -> Double { values.max() ?? -.infinity }

    switch node.layer {
    case let layer as AveragePooling2D:
      return pool(Window(layer.size, stride: layer.stride), layer.padding, mean)
    case is GlobalMaxPooling2D, is GlobalMaxPooling1D, is GlobalMaxPooling3D:
      return global(largest)
    case is GlobalAveragePooling1D, is GlobalAveragePooling3D:
      return global(mean)
    case let layer as MaxPooling1D:
      return pool(sequence(layer.size, layer.stride), layer.padding, largest)
    case let layer as AveragePooling1D:
      return pool(sequence(layer.size, layer.stride), layer.padding, mean)
    case let layer as MaxPooling3D:
      return pool(Window(layer.size, stride: layer.stride), layer.padding, largest)
    case let layer as AveragePooling3D:
      return pool(Window(layer.size, stride: layer.stride), layer.padding, mean)
    case let layer as Convolution1D:
      let window = sequence(layer.kernel, layer.stride, layer.dilation)
      let y = convolve(node, x, input, window, layer.padding, layer.groups)
      return activate(y, layer.activation, node.shape)
    case let layer as Convolution3D:
      let window = Window(layer.kernel, stride: layer.stride, dilation: layer.dilation)
      let y = convolve(node, x, input, window, layer.padding, layer.groups)
      return activate(y, layer.activation, node.shape)
    default:
      return applyRare(node, x, input)
    }
  }

  private func sequence(_ kernel: Int, _ stride: Int, _ dilation: Int = 1) -> Window {
    Window(
      Extent(height: 1, width: kernel), stride: Extent(height: 1, width: stride),
      dilation: Extent(height: 1, width: dilation))
  }

  /// Σ x · kernel + bias over the window, whatever the number of axes.
  private func convolve(
    _ node: Network.Node, _ x: [Double], _ input: Shape, _ window: Window, _ padding: Padding,
    _ groups: Int
  ) -> [Double] {
    let kernel = weight(node, .kernel) ?? []
    let bias = weight(node, .bias)
    let filters = node.shape.channels
    let (inputs, outputs) = (input.channels / groups, filters / groups)
    var y = (0..<node.shape.count).map { bias?[$0 % filters] ?? 0 }
    NaiveWindow(window, padding, input, node.shape).forEachTap { to, from, tap in
      for f in 0..<filters {
        for i in 0..<inputs {
          y[to * filters + f] +=
            x[from * input.channels + f / outputs * inputs + i]
            * kernel[(tap * inputs + i) * filters + f]
        }
      }
    }
    return y
  }
}
