import NeuralNetworks
import TensorKernels

/// What PyTorch's ports of one architecture set differently from each other.
struct TorchConventions: Sendable {
  /// ε of the batch norms.
  var epsilon: Float = 1e-5
  /// TensorFlow's padding, which depends on the size of the image, in place of PyTorch's.
  var padsAsTensorFlow = false

  static let torch = TorchConventions()
  /// Of networks whose weights came from TensorFlow.
  static let tensorFlow = TorchConventions(epsilon: 1e-3, padsAsTensorFlow: true)
}

/// A convolution, its batch norm, and the non-linearity behind it.
struct TorchConvolution: Sendable {
  /// Channels of the output.
  var width: Int
  var kernel = 1
  var stride = 1
  /// As many as there are channels for a depthwise one.
  var groups = 1
  /// `.linear` for none.
  var activation = Activation.relu

  /// One for each channel by itself.
  static func depthwise(
    _ width: Int, kernel: Int, stride: Int = 1, _ activation: Activation = .relu
  ) -> TorchConvolution {
    TorchConvolution(
      width: width, kernel: kernel, stride: stride, groups: width, activation: activation)
  }
}

/// What the file calls a convolution and its norm: paths of modules.
struct ConvolutionNames: Sendable {
  let convolution: String
  let norm: String

  /// The names below a module.
  func below(_ path: String) -> ConvolutionNames {
    ConvolutionNames(convolution: "\(path).\(convolution)", norm: "\(path).\(norm)")
  }

  /// `conv` and `bn`, as timm's own block of both has them.
  static let named = ConvolutionNames(convolution: "conv", norm: "bn")
  /// `0` and `1`, as a sequence has them.
  static let numbered = ConvolutionNames(convolution: "0", norm: "1")
  /// `conv1` and `bn1`, for example.
  static func number(_ number: Int) -> ConvolutionNames {
    ConvolutionNames(convolution: "conv\(number)", norm: "bn\(number)")
  }
}

/// Squeeze-and-excitation (Hu et al., 2018), with what differs between the families.
struct TorchExcitation: Sendable {
  /// Channels between the two convolutions.
  var squeezed: Int
  var activation: Activation
  var gate = Activation.sigmoid
  /// What both convolutions are called.
  var reduce: String
  var expand: String
}

extension Network {
  /// A convolution, its norm and its non-linearity; the last is called after the norm.
  mutating func addTorch(
    _ convolution: TorchConvolution, _ names: ConvolutionNames,
    _ conventions: TorchConventions = .torch, to x: NodeID
  ) throws(NetworkError) -> NodeID {
    let padded =
      conventions.padsAsTensorFlow
      ? (node: x, padding: convolution.kernel == 1 ? Padding.valid : .same)
      : try addTorchPadding(
        kernel: convolution.kernel, stride: convolution.stride, before: names.convolution, to: x)
    let kernel = Extent(convolution.kernel)
    let stride = Extent(convolution.stride)
    let channels = self[x].shape.channels
    let isDepthwise = convolution.groups == channels && convolution.width == channels
    var y =
      isDepthwise && channels > 1
      ? try add(
        names.convolution,
        DepthwiseConvolution2D(
          kernel: kernel, stride: stride, padding: padded.padding, bias: false), to: padded.node)
      : try add(
        names.convolution,
        Convolution2D(
          convolution.width, kernel: kernel, stride: stride, padding: padded.padding,
          groups: convolution.groups, bias: false), to: padded.node)
    y = try addTorchNorm(names.norm, epsilon: conventions.epsilon, to: y)
    guard convolution.activation != .linear else { return y }
    return try add("\(names.norm).act", ActivationLayer(convolution.activation), to: y)
  }

  /// Every channel times a factor between 0 and 1 that follows from the means of all channels.
  /// - Parameter path: the module, below which all its nodes are called.
  mutating func addTorch(_ excitation: TorchExcitation, _ path: String, to x: NodeID)
    throws(NetworkError) -> NodeID
  {
    var y = try add("\(path).pool", GlobalAveragePooling2D(keepsDimensions: true), to: x)
    y = try add(
      "\(path).\(excitation.reduce)",
      Convolution2D(excitation.squeezed, kernel: 1, activation: excitation.activation), to: y)
    y = try add(
      "\(path).\(excitation.expand)",
      Convolution2D(self[x].shape.channels, kernel: 1, activation: excitation.gate), to: y)
    return try add("\(path).mul", Multiply(), to: x, y)
  }

  /// The sum of a block and its shortcut.
  /// - Parameter drop: how often the block is left out of it in training: stochastic depth.
  mutating func addTorchSum(
    _ path: String, of shortcut: NodeID, and x: NodeID, drop: Float = 0,
    then activation: Activation = .linear
  ) throws(NetworkError) -> NodeID {
    var y = x
    if drop > 0 {
      y = try add("\(path).drop_path", Dropout(drop, noise: .example), to: y)
    }
    y = try add("\(path).add", Add(), to: shortcut, y)
    guard activation != .linear else { return y }
    return try add("\(path).out", ActivationLayer(activation), to: y)
  }
}
