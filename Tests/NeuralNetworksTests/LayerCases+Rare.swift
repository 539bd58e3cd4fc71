import NeuralNetworks
import TensorKernels

extension LayerCase {
  /// Layers that few networks have.
  static let rare = [
    LayerCase("L1 pooling", [7, 6, 5], LpPooling2D(3, stride: 2, power: 1)),
    LayerCase("L2 pooling", [7, 6, 5], LpPooling2D(2, stride: 2, padding: .same, power: 2)),
    LayerCase("L4.5 pooling", [7, 6, 70], LpPooling2D(3, stride: 2, power: 4.5)),
    LayerCase("adaptive maximum", [13, 7, 3], AdaptivePooling2D(3, kind: .max)),
    LayerCase(
      "adaptive average", [10, 11, 3],
      AdaptivePooling2D(Extent(height: 4, width: 1), kind: .average)),
    LayerCase(
      "local response, AlexNet's", [3, 4, 96], LocalResponseNormalization()),
    LayerCase(
      "local response with some effect", [4, 3, 16],
      LocalResponseNormalization(alpha: 0.05, bias: 1)),
    LayerCase(
      "local response over three of few channels", [2, 2, 7],
      LocalResponseNormalization(size: 3, alpha: 0.1, beta: 0.6, bias: 1)),
    LayerCase(
      "local response over more channels than there are", [2, 3, 3],
      LocalResponseNormalization(size: 9, alpha: 0.1, beta: 0.75, bias: 1)),
    LayerCase(
      "locally connected", [5, 6, 3],
      LocallyConnected2D(4, kernel: Extent(height: 3, width: 2), activation: .tanh)),
    LayerCase(
      "locally connected, stride 2, no bias", [6, 7, 4],
      LocallyConnected2D(17, kernel: 3, stride: 2, bias: false)),
    LayerCase(
      "transposed, valid, stride 2", [4, 5, 3], TransposedConvolution2D(6, kernel: 3, stride: 2)),
    LayerCase(
      "transposed, same, stride 2", [4, 5, 16],
      TransposedConvolution2D(16, kernel: 4, stride: 2, padding: .same, activation: .tanh)),
    LayerCase(
      "transposed, same, odd kernel", [5, 4, 4],
      TransposedConvolution2D(3, kernel: 3, stride: 2, padding: .same, bias: false)),
    LayerCase(
      "transposed, a stride wider than the kernel", [3, 4, 4],
      TransposedConvolution2D(5, kernel: 2, stride: 3)),
    LayerCase(
      "transposed, explicit padding", [4, 4, 5],
      TransposedConvolution2D(4, kernel: 4, stride: 2, padding: .explicit(Edges(1)))),
    LayerCase(
      "transposed, dilated", [4, 5, 3], TransposedConvolution2D(4, kernel: 2, dilation: 3)),
    LayerCase("transposed, 1×1", [4, 5, 6], TransposedConvolution2D(7, kernel: 1)),
    LayerCase("a bias per position", [4, 5, 3], PositionBias()),
    LayerCase(
      "replicated border", [3, 4, 2],
      BorderPadding2D(Edges(top: 4, bottom: 1, left: 0, right: 2), mode: .replicate)),
    LayerCase(
      "mirrored border", [4, 5, 2],
      BorderPadding2D(Edges(top: 3, bottom: 1, left: 2, right: 4), mode: .reflect)),
    LayerCase("cropping", [5, 6, 2], Cropping2D(Edges(top: 1, bottom: 0, left: 2, right: 1))),
    LayerCase("nearest enlargement", [3, 4, 5], UpSampling2D(Extent(height: 3, width: 2))),
    LayerCase(
      "bilinear enlargement", [3, 4, 5], UpSampling2D(Extent(height: 3, width: 2), .bilinear)),
  ]
}
