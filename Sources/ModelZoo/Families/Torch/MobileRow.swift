import NeuralNetworks
import TensorKernels

/// Blocks of one kind in a network of depthwise convolutions: what a row of the papers' tables says.
///
/// MobileNet 1 to 4, both EfficientNets and EfficientNet-Lite are such rows.
struct MobileRow: Sendable {
  enum Kind: Sendable {
    /// Depthwise, then 1×1.
    case separable
    /// The same of MobileNetV1: a non-linearity behind the 1×1 convolution, and no shortcut.
    case plainSeparable
    /// 1×1 to a greater width, depthwise, 1×1 back.
    case inverted
    /// Widening and filtering are one convolution; 1×1 back.
    case fused
    /// One convolution.
    case convolution(hasShortcut: Bool)
    /// MobileNetV4's: before the widening a depthwise convolution with a kernel of side `start`, and the one
    /// behind it only if it has a kernel; 0 for none.
    case universal(start: Int)
  }

  let kind: Kind
  /// Blocks.
  var count: Int
  /// Side of the kernel.
  let kernel: Int
  /// Of the first block.
  let stride: Int
  /// How much wider a block is inside than its input.
  var expansion = 1.0
  /// Of the output.
  var channels: Int
  /// Whether there is squeeze-and-excitation.
  var excites = false
  /// Where it is not the network's.
  var activation: Activation?

  /// Depthwise-separable blocks.
  static func ds(
    _ count: Int, k: Int = 3, s: Int = 1, c: Int, se: Bool = false, _ activation: Activation? = nil
  ) -> MobileRow {
    MobileRow(
      kind: .separable, count: count, kernel: k, stride: s, channels: c, excites: se,
      activation: activation)
  }

  /// Inverted residuals.
  static func ir(
    _ count: Int, k: Int = 3, s: Int = 1, e: Double, c: Int, se: Bool = false,
    _ activation: Activation? = nil
  ) -> MobileRow {
    MobileRow(
      kind: .inverted, count: count, kernel: k, stride: s, expansion: e, channels: c, excites: se,
      activation: activation)
  }

  /// Fused inverted residuals.
  static func er(_ count: Int, s: Int = 1, e: Double, c: Int) -> MobileRow {
    MobileRow(kind: .fused, count: count, kernel: 3, stride: s, expansion: e, channels: c)
  }

  /// Convolutions.
  static func cn(_ count: Int, k: Int, s: Int = 1, c: Int, shortcut: Bool = false) -> MobileRow {
    MobileRow(
      kind: .convolution(hasShortcut: shortcut), count: count, kernel: k, stride: s, channels: c)
  }

  /// MobileNetV4's universal inverted bottlenecks; `a` and `k` are the sides of both depthwise kernels.
  static func uib(_ count: Int, a: Int, k: Int, s: Int = 1, e: Double, c: Int) -> MobileRow {
    MobileRow(
      kind: .universal(start: a), count: count, kernel: k, stride: s, expansion: e, channels: c)
  }

  /// Whether a block that keeps the shape adds its input.
  var hasShortcut: Bool {
    switch kind {
    case .plainSeparable: false
    case .convolution(let hasShortcut): hasShortcut
    default: true
    }
  }

  /// One convolution of a block, in words that the names are made from.
  enum Piece: Sendable { case start, expansion, depthwise, projection, whole }

  /// The convolutions of a block of the row.
  /// - Parameters:
  ///   - input: Channels that the block reads.
  ///   - stride: The row's in its first block, 1 in the others.
  ///   - activation: The network's.
  func pieces(input: Int, stride: Int, _ activation: Activation) -> [(Piece, TorchConvolution)] {
    let activation = self.activation ?? activation
    let inside = MobileNetV2.divisibleByEight(Double(input) * expansion)
    func depthwise(_ width: Int, _ side: Int, _ stride: Int, _ activation: Activation)
      -> TorchConvolution
    {
      TorchConvolution(
        width: width, kernel: side, stride: stride, groups: width, activation: activation)
    }
    let widening = TorchConvolution(width: inside, activation: activation)
    let projection = TorchConvolution(width: channels, activation: .linear)
    switch kind {
    case .separable:
      return [
        (.depthwise, depthwise(input, kernel, stride, activation)), (.projection, projection),
      ]
    case .plainSeparable:
      return [
        (.depthwise, depthwise(input, kernel, stride, activation)),
        (.projection, TorchConvolution(width: channels, activation: activation)),
      ]
    case .inverted:
      return [
        (.expansion, widening), (.depthwise, depthwise(inside, kernel, stride, activation)),
        (.projection, projection),
      ]
    case .fused:
      return [
        (
          .expansion,
          TorchConvolution(width: inside, kernel: kernel, stride: stride, activation: activation)
        ), (.projection, projection),
      ]
    case .convolution:
      return [
        (
          .whole,
          TorchConvolution(width: channels, kernel: kernel, stride: stride, activation: activation)
        )
      ]
    case .universal(let start):
      // The first depthwise convolution is strided where there is no second one.
      let first = depthwise(input, start, kernel == 0 ? stride : 1, .linear)
      let second = depthwise(inside, kernel, stride, activation)
      return (start == 0 ? [] : [(.start, first)]) + [(.expansion, widening)]
        + (kernel == 0 ? [] : [(.depthwise, second)]) + [(.projection, projection)]
    }
  }
}
