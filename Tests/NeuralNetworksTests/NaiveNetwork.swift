import NeuralNetworks
import TensorKernels

/// Every layer by its definition, in Float64 and plain loops: the oracle of the executor.
struct NaiveNetwork {
  let network: Network
  var weights: [String: [Double]]
  /// Nodes whose norms use the statistics of the batch.
  var batchStatistics: Set<String> = []

  init(_ network: Network, _ tensors: [String: Tensor]) {
    self.network = network
    weights = tensors.mapValues { $0.values.map(Double.init) }
  }

  /// A batch of images, `[count][h * w * c]`.
  typealias Batch = [[Double]]

  /// The values of every node.
  func run(_ images: Batch) -> [Batch] {
    var values: [Batch] = []
    for node in network.nodes {
      let inputs = node.inputs.map { values[$0.index] }
      let shapes = node.inputs.map { network[$0].shape }
      values.append(apply(node, inputs, shapes, images))
    }
    return values
  }

  func output(_ images: Batch) -> Batch { run(images)[network.output.index] }

  func weight(_ node: Network.Node, _ role: Parameter.Role) -> [Double]? {
    node.parameters.first { $0.role == role }.flatMap { weights[$0.name] }
  }

  private func apply(
    _ node: Network.Node, _ inputs: [Batch], _ shapes: [Shape], _ images: Batch
  ) -> Batch {
    switch node.layer {
    case is Input:
      return images
    case let layer as Convolution2D:
      let kernel = weight(node, .kernel) ?? []
      let result = inputs[0].map {
        convolve(
          $0, shapes[0], node.shape, layer.window ?? Window(1), layer.padding,
          groups: layer.groups, kernel, bias: weight(node, .bias))
      }
      return result.map { activate($0, layer.activation, node.shape) }
    case let layer as DepthwiseConvolution2D:
      let kernel = weight(node, .depthwiseKernel) ?? []
      let result = inputs[0].map {
        convolve(
          $0, shapes[0], node.shape, layer.window ?? Window(1), layer.padding,
          groups: shapes[0].channels, kernel, bias: weight(node, .bias))
      }
      return result.map { activate($0, layer.activation, node.shape) }
    case let layer as Dense:
      let (kernel, bias) = (weight(node, .kernel) ?? [], weight(node, .bias))
      let width = shapes[0].channels
      return inputs[0].map { x in
        let y = (0..<node.shape.count).map { index in
          let (start, unit) = (index / layer.units * width, index % layer.units)
          return (0..<width).reduce(bias?[unit] ?? 0) {
            $0 + x[start + $1] * kernel[$1 * layer.units + unit]
          }
        }
        return activate(y, layer.activation, node.shape)
      }
    case let layer as BatchNormalization:
      return normalise(node, layer, inputs[0])
    case let layer as ActivationLayer:
      return inputs[0].map { activate($0, layer.activation, node.shape) }
    case let layer as MaxPooling2D:
      return inputs[0].map { pool($0, shapes[0], node.shape, layer) }
    case is GlobalAveragePooling2D:
      let channels = shapes[0].channels
      return inputs[0].map { x in
        (0..<channels).map { c in
          stride(from: c, to: x.count, by: channels).reduce(0) { $0 + x[$1] }
            / Double(x.count / channels)
        }
      }
    case is Add, is Maximum, is Minimum, is Multiply, is Concatenate, is Scale, is Rescaling,
      is Normalization:
      return merge(node, inputs, shapes)
    case let layer as SeparableConvolution2D:
      return separable(node, layer, inputs[0], shapes[0])
    case let layer as ZeroPadding2D:
      return inputs[0].map { x in
        var y = [Double](repeating: 0, count: node.shape.count)
        let row = shapes[0][1] * shapes[0][2]
        for h in 0..<shapes[0][0] {
          let start = ((h + layer.edges.top) * node.shape[1] + layer.edges.left) * shapes[0][2]
          for i in 0..<row { y[start + i] = x[h * row + i] }
        }
        return y
      }
    default:  // as in NaiveLayers.swift; Flatten, Reshape, Dropout (nothing outside training)
      return inputs[0].map { applyToExample(node, $0, shapes[0]) }
    }
  }

  func activate(_ x: [Double], _ activation: Activation, _ shape: Shape) -> [Double] {
    guard activation != .softmax else {
      var y: [Double] = []
      for start in stride(from: 0, to: x.count, by: shape.channels) {
        let row = x[start..<(start + shape.channels)]
        let largest = row.max() ?? 0
        let powers = row.map { Naive.exp($0 - largest) }
        let sum = powers.reduce(0, +)
        y += powers.map { $0 / sum }
      }
      return y
    }
    return x.map(activation.definition)
  }

  func convolve(
    _ x: [Double], _ input: Shape, _ output: Shape, _ window: Window, _ padding: Padding,
    groups: Int, _ kernel: [Double], bias: [Double]?
  ) -> [Double] {
    let edges = window.edges(padding, for: Extent(height: input[0], width: input[1]))
    let (inputs, outputs) = (input[2] / groups, output[2] / groups)
    var y = [Double](repeating: 0, count: output.count)
    for oy in 0..<output[0] {
      for ox in 0..<output[1] {
        for channel in 0..<output[2] {
          let group = channel / outputs
          var sum = bias?[channel] ?? 0
          for ky in 0..<window.kernel.height {
            let iy = oy * window.stride.height + ky * window.dilation.height - edges.top
            guard iy >= 0, iy < input[0] else { continue }
            for kx in 0..<window.kernel.width {
              let ix = ox * window.stride.width + kx * window.dilation.width - edges.left
              guard ix >= 0, ix < input[1] else { continue }
              for i in 0..<inputs {
                let from = (iy * input[1] + ix) * input[2] + group * inputs + i
                let tap =
                  ((ky * window.kernel.width + kx) * inputs + i) * output[2] + channel
                sum += x[from] * kernel[tap]
              }
            }
          }
          y[(oy * output[1] + ox) * output[2] + channel] = sum
        }
      }
    }
    return y
  }

  private func pool(_ x: [Double], _ input: Shape, _ output: Shape, _ layer: MaxPooling2D)
    -> [Double]
  {
    let window = Window(layer.size, stride: layer.stride)
    let edges = window.edges(layer.padding, for: Extent(height: input[0], width: input[1]))
    var y = [Double](repeating: -.infinity, count: output.count)
    for oy in 0..<output[0] {
      for ox in 0..<output[1] {
        for ky in 0..<layer.size.height {
          for kx in 0..<layer.size.width {
            let iy = oy * layer.stride.height + ky - edges.top
            let ix = ox * layer.stride.width + kx - edges.left
            guard iy >= 0, iy < input[0], ix >= 0, ix < input[1] else { continue }
            for c in 0..<input[2] {
              let at = (oy * output[1] + ox) * input[2] + c
              y[at] = max(y[at], x[(iy * input[1] + ix) * input[2] + c])
            }
          }
        }
      }
    }
    return y
  }

  private func normalise(_ node: Network.Node, _ layer: BatchNormalization, _ batch: Batch)
    -> Batch
  {
    let channels = node.shape.channels
    let gamma = weight(node, .gamma) ?? [Double](repeating: 1, count: channels)
    let beta = weight(node, .beta) ?? [Double](repeating: 0, count: channels)
    var mean = weight(node, .movingMean) ?? []
    var variance = weight(node, .movingVariance) ?? []
    if batchStatistics.contains(node.name) {
      for c in 0..<channels {
        let all = batch.flatMap { x in stride(from: c, to: x.count, by: channels).map { x[$0] } }
        let m = all.reduce(0, +) / Double(all.count)
        mean[c] = m
        variance[c] = all.reduce(0) { $0 + ($1 - m) * ($1 - m) } / Double(all.count)
      }
    }
    return batch.map { x in
      x.indices.map { index in
        let c = index % channels
        let deviation = (variance[c] + Double(layer.epsilon)).squareRoot()
        return gamma[c] * (x[index] - mean[c]) / deviation + beta[c]
      }
    }
  }
}
