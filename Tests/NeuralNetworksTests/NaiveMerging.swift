import NeuralNetworks
import TensorKernels

/// Layers with several inputs or fixed factors, by their definition.
extension NaiveNetwork {
  func merge(_ node: Network.Node, _ inputs: [Batch], _ shapes: [Shape]) -> Batch {
    switch node.layer {
    case is Add:
      return inputs.dropFirst().reduce(inputs[0]) { zip($0, $1).map { zip($0, $1).map(+) } }
    case is Maximum:
      return inputs.dropFirst().reduce(inputs[0]) { zip($0, $1).map { zip($0, $1).map(max) } }
    case is Minimum:
      return inputs.dropFirst().reduce(inputs[0]) { zip($0, $1).map { zip($0, $1).map(min) } }
    case is Multiply:
      // The index of a row's value is that of the channel.
      return zip(inputs[0], inputs[1]).map { a, b in
        (0..<max(a.count, b.count)).map { a[$0 % a.count] * b[$0 % b.count] }
      }
    case let layer as Concatenate:
      let axis = layer.axis < 0 ? shapes[0].rank + layer.axis : layer.axis
      let rows = shapes[0].dimensions[..<axis].reduce(1, *)
      return inputs[0].indices.map { example in
        (0..<rows).flatMap { row in
          inputs.flatMap { input in
            let width = input[example].count / rows
            return input[example][(row * width)..<((row + 1) * width)]
          }
        }
      }
    case let layer as Scale:
      return inputs[0].map { $0.map { $0 * Double(layer.factor) } }
    case let layer as Rescaling:
      return inputs[0].map { x in
        x.indices.map { index in
          let c = index % shapes[0].channels
          return x[index] * Double(layer.scale[c % layer.scale.count])
            + Double(layer.offset[c % layer.offset.count])
        }
      }
    case let layer as Normalization:
      let (mean, variance) = (weight(node, .mean) ?? [], weight(node, .variance) ?? [])
      let isOfficial =
        layer.takesDeviationsOfImageNet
        && zip(variance, [0.229, 0.224, 0.225]).allSatisfy { abs($0 - $1) < 1e-4 }
      return inputs[0].map { x in
        x.indices.map { index in
          let c = index % shapes[0].channels
          return (x[index] - mean[c]) / (isOfficial ? variance[c] : variance[c].squareRoot())
        }
      }
    default:
      preconditionFailure("\(node.name) merges nothing")
    }
  }

  func separable(
    _ node: Network.Node, _ layer: SeparableConvolution2D, _ input: Batch, _ shape: Shape
  ) -> Batch {
    let between: Shape = [node.shape[0], node.shape[1], shape.channels * layer.multiplier]
    return input.map { x in
      let depthwise = convolve(
        x, shape, between, layer.window ?? Window(1), layer.padding, groups: shape.channels,
        weight(node, .depthwiseKernel) ?? [], bias: nil)
      let pointwise = convolve(
        depthwise, between, node.shape, Window(1), .valid, groups: 1,
        weight(node, .pointwiseKernel) ?? [], bias: weight(node, .bias))
      return activate(pointwise, layer.activation, node.shape)
    }
  }
}
