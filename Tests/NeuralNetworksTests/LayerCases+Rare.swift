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
    LayerCase("rectifier with a threshold", [5, 4, 3], ReLU(Rectifier(threshold: 1))),
    LayerCase(
      "rectifier with all settings", [5, 4, 3],
      ReLU(Rectifier(threshold: 0.5, largest: 3, slope: 0.3))),
    LayerCase(
      "rectifier below a negative threshold", [5, 4, 3],
      ReLU(Rectifier(threshold: -1, slope: 0.2))),
    LayerCase("parametric rectifier", [5, 4, 3], PReLU()),
    LayerCase("parametric rectifier per channel", [5, 4, 3], PReLU(sharedAxes: [0, 1])),
    LayerCase("parametric rectifier of a vector", [9], PReLU()),
    LayerCase("other order of three axes", [3, 4, 5], Permute([2, 0, 1])),
    LayerCase("other order of two axes", [4, 7], Permute([1, 0])),
    LayerCase("other order of four axes", [2, 3, 4, 5], Permute([3, 1, 0, 2])),
    LayerCase("layer norm", [5, 4, 9], LayerNormalization()),
    LayerCase("layer norm of a vector", [11], LayerNormalization(scale: false)),
    LayerCase("layer norm over two axes", [3, 4, 5], LayerNormalization(axes: 2, epsilon: 0.1)),
    LayerCase("layer norm over everything", [3, 4, 5], LayerNormalization(axes: 3, center: false)),
    LayerCase("layer norm of vectors and a rest", [4, 5, 40], LayerNormalization(epsilon: 1e-6)),
    LayerCase("layer norm of a wide row", [2, 9, 130], LayerNormalization(axes: 3)),
    LayerCase("layer scale", [5, 4, 9], LayerScale()),
    LayerCase("group norm", [5, 4, 12], GroupNormalization(groups: 3)),
    LayerCase("group norm of each channel", [5, 4, 3], GroupNormalization(groups: -1)),
    LayerCase(
      "group norm of one group, plain", [6, 8],
      GroupNormalization(groups: 1, scale: false, center: false)),
    LayerCase("unit norm", [5, 4, 7], UnitNormalization()),
    LayerCase("one learned factor and summand", [5, 4, 7], LearnedAffine()),
    LayerCase("one learned factor and summand of a vector", [9], LearnedAffine()),
    LayerCase("shrinking to a size", [7, 9, 3], Resizing(height: 3, width: 4)),
    LayerCase("enlarging to a size", [3, 4, 2], Resizing(height: 7, width: 5)),
    LayerCase("nearest at a size", [7, 5, 2], Resizing(height: 4, width: 8, .nearest)),
    LayerCase("nearest enlargement", [3, 4, 5], UpSampling2D(Extent(height: 3, width: 2))),
    LayerCase(
      "bilinear enlargement", [3, 4, 5], UpSampling2D(Extent(height: 3, width: 2), .bilinear)),
  ]
}
