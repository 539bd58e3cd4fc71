/// A window moving over a batch of images: all sizes of one convolution or pooling.
///
/// A depth of more than 1 makes the images volumes; of a sequence, the height is 1.
package struct WindowGeometry: Hashable, Sendable {
  package var batch: Int
  package var inputDepth = 1
  package var inputHeight: Int
  package var inputWidth: Int
  package var inputChannels: Int
  package var outputDepth = 1
  package var outputHeight: Int
  package var outputWidth: Int
  package var outputChannels: Int
  package var kernelDepth = 1
  package var kernelHeight: Int
  package var kernelWidth: Int
  package var strideDepth = 1
  package var strideHeight = 1
  package var strideWidth = 1
  package var dilationDepth = 1
  package var dilationHeight = 1
  package var dilationWidth = 1
  package var padFront = 0
  package var padBack = 0
  package var padTop = 0
  package var padBottom = 0
  package var padLeft = 0
  package var padRight = 0
  package var groups = 1
  /// Whether a backend may compute by Winograd's minimal filtering: fewer multiplications, other
  /// rounding, and sums in an order of their own.
  package var allowsWinograd = false

  package init(
    batch: Int, input: (height: Int, width: Int, channels: Int),
    output: (height: Int, width: Int, channels: Int), kernel: (height: Int, width: Int)
  ) {
    self.batch = batch
    (inputHeight, inputWidth, inputChannels) = input
    (outputHeight, outputWidth, outputChannels) = output
    (kernelHeight, kernelWidth) = kernel
  }

  /// Positions of the window, and of the input, in one image.
  package var outputPositions: Int { outputDepth * outputHeight * outputWidth }
  package var inputPositions: Int { inputDepth * inputHeight * inputWidth }
  package var inputCount: Int { batch * inputPositions * inputChannels }
  package var outputCount: Int { batch * outputPositions * outputChannels }
  /// Positions of the kernel.
  package var kernelPositions: Int { kernelDepth * kernelHeight * kernelWidth }
  /// The number of weights, whatever the groups.
  package var kernelCount: Int { kernelPositions * (inputChannels / groups) * outputChannels }

  /// A matrix product over all pixels: nothing to unfold.
  package var isPointwise: Bool {
    kernelPositions == 1 && strideDepth == 1 && strideHeight == 1 && strideWidth == 1
      && groups == 1 && padFront == 0 && padBack == 0 && padTop == 0 && padBottom == 0
      && padLeft == 0 && padRight == 0
  }

  /// Each channel by itself.
  package var isDepthwise: Bool { groups > 1 && groups == inputChannels }
}
