import NeuralNetworks
import TensorKernels

/// Layers as PyTorch has them, under its names.
extension Network {
  /// A convolution without bias, padded alike on all sides: by ((stride − 1) + dilation (kernel − 1)) / 2, rounded
  /// down.
  mutating func addTorchConvolution(
    _ width: Int, kernel: Int = 1, stride: Int = 1, dilation: Int = 1, groups: Int = 1,
    bias: Bool = false, named name: String, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let x = try addTorchPadding(
      kernel: kernel, stride: stride, dilation: dilation, before: name, to: x)
    return try add(
      name,
      Convolution2D(
        width, kernel: Extent(kernel), stride: Extent(stride), padding: x.padding,
        dilation: Extent(dilation), groups: groups, bias: bias),
      to: x.node)
  }

  /// The zeros that PyTorch puts around what a window moves over. Keras's layers cannot say it where the stride is
  /// not 1; there it is a layer of its own in front.
  /// - Returns: what the window's layer is to read, and how it pads.
  mutating func addTorchPadding(
    kernel: Int, stride: Int, dilation: Int = 1, before name: String, to x: NodeID
  ) throws(NetworkError) -> (node: NodeID, padding: Padding) {
    let edges = (stride - 1 + dilation * (kernel - 1)) / 2
    if edges == 0 { return (x, .valid) }
    if stride == 1, dilation * (kernel - 1) % 2 == 0 { return (x, .same) }
    return (try add("\(name)_pad", ZeroPadding2D(Edges(edges)), to: x), .valid)
  }

  /// A batch norm with PyTorch's epsilon and momentum, which counts from the other side.
  mutating func addTorchNorm(_ name: String, epsilon: Float = 1e-5, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    try add(name, BatchNormalization(epsilon: epsilon, momentum: 0.9), to: x)
  }

  /// The same with the activation behind it, in a node of this name.
  mutating func addTorchNorm(
    _ name: String, epsilon: Float = 1e-5, then activation: Activation, named next: String,
    to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let y = try addTorchNorm(name, epsilon: epsilon, to: x)
    return try add(next, ActivationLayer(activation), to: y)
  }
}
