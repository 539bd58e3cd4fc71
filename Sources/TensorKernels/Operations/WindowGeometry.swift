/// A window moving over a batch of images: all sizes of one convolution or pooling.
///
/// A depth of more than 1 makes the images volumes; of a sequence, the height is 1.
public struct WindowGeometry: Hashable, Sendable {
  public var batch: Int
  public var inputDepth = 1
  public var inputHeight: Int
  public var inputWidth: Int
  public var inputChannels: Int
  public var outputDepth = 1
  public var outputHeight: Int
  public var outputWidth: Int
  public var outputChannels: Int
  public var kernelDepth = 1
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var strideDepth = 1
  public var strideHeight = 1
  public var strideWidth = 1
  public var dilationDepth = 1
  public var dilationHeight = 1
  public var dilationWidth = 1
  public var padFront = 0
  public var padBack = 0
  public var padTop = 0
  public var padBottom = 0
  public var padLeft = 0
  public var padRight = 0
  public var groups = 1
  /// Whether a backend may compute by Winograd's minimal filtering: fewer multiplications, other
  /// rounding, and sums in an order of their own.
  public var allowsWinograd = false

  public init(
    batch: Int, input: (height: Int, width: Int, channels: Int),
    output: (height: Int, width: Int, channels: Int), kernel: (height: Int, width: Int)
  ) {
    self.batch = batch
    (inputHeight, inputWidth, inputChannels) = input
    (outputHeight, outputWidth, outputChannels) = output
    (kernelHeight, kernelWidth) = kernel
  }

  /// Positions of the window, and of the input, in one image.
  public var outputPositions: Int { outputDepth * outputHeight * outputWidth }
  public var inputPositions: Int { inputDepth * inputHeight * inputWidth }
  public var inputCount: Int { batch * inputPositions * inputChannels }
  public var outputCount: Int { batch * outputPositions * outputChannels }
  /// Positions of the kernel.
  public var kernelPositions: Int { kernelDepth * kernelHeight * kernelWidth }
  /// The number of weights, whatever the groups.
  public var kernelCount: Int { kernelPositions * (inputChannels / groups) * outputChannels }

  /// A matrix product over all pixels: nothing to unfold.
  public var isPointwise: Bool {
    kernelPositions == 1 && strideDepth == 1 && strideHeight == 1 && strideWidth == 1
      && groups == 1 && padFront == 0 && padBack == 0 && padTop == 0 && padBottom == 0
      && padLeft == 0 && padRight == 0
  }

  /// Each channel by itself.
  public var isDepthwise: Bool { groups > 1 && groups == inputChannels }
}
