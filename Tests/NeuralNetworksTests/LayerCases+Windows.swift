import NeuralNetworks
import TensorKernels

extension LayerCase {
  /// Layers with a window that moves.
  static let windows = [
    LayerCase("average pooling, overlapping", [8, 7, 16], AveragePooling2D(3, stride: 2)),
    LayerCase(
      "average pooling counts no padding", [7, 5, 3], AveragePooling2D(3, stride: 2, padding: .same)
    ),
    LayerCase(
      "average pooling, stride 1, as in Inception", [6, 5, 8],
      AveragePooling2D(3, stride: 1, padding: .same)),
    LayerCase("global maximum", [5, 3, 10], GlobalMaxPooling2D()),
    LayerCase(
      "global maximum of a large image", [20, 19, 3], GlobalMaxPooling2D(keepsDimensions: true)),
    LayerCase(
      "1-D, same, stride 2", [11, 5], Convolution1D(6, kernel: 3, stride: 2, padding: .same)),
    LayerCase(
      "1-D, causal, dilated", [9, 4],
      Convolution1D(8, kernel: 3, padding: .causal(kernel: 3, dilation: 2), dilation: 2)),
    LayerCase(
      "1-D in two groups", [9, 4],
      Convolution1D(6, kernel: 2, groups: 2, bias: false, activation: .tanh)),
    LayerCase("1-D, each channel by itself", [9, 6], Convolution1D(12, kernel: 4, groups: 6)),
    LayerCase("1-D, a matrix product", [9, 6], Convolution1D(5, kernel: 1)),
    LayerCase("1-D max pooling", [9, 5], MaxPooling1D(3, stride: 2)),
    LayerCase("1-D average pooling", [9, 5], AveragePooling1D(2, stride: 2, padding: .same)),
    LayerCase("1-D global average", [7, 6], GlobalAveragePooling1D()),
    LayerCase("1-D global maximum", [300, 6], GlobalMaxPooling1D(keepsDimensions: true)),
    LayerCase("3-D, valid", [4, 5, 6, 3], Convolution3D(5, kernel: .cube(3))),
    LayerCase(
      "3-D, same, stride 2", [5, 6, 4, 16],
      Convolution3D(16, kernel: .cube(3), stride: .cube(2), padding: .same, activation: .sigmoid)),
    LayerCase(
      "3-D, oblong, dilated, padded in front", [6, 5, 7, 4],
      Convolution3D(
        6, kernel: Extent(depth: 2, height: 1, width: 3),
        padding: .explicit(Edges(front: 2, top: 1, right: 1)),
        dilation: Extent(depth: 2, height: 1, width: 2))),
    LayerCase(
      "3-D in two groups", [4, 4, 4, 4],
      Convolution3D(6, kernel: .cube(2), groups: 2, bias: false)),
    LayerCase(
      "3-D, each channel by itself", [4, 4, 5, 3],
      Convolution3D(6, kernel: .cube(3), padding: .same, groups: 3)),
    LayerCase("3-D, 1×1×1", [3, 4, 2, 6], Convolution3D(7, kernel: .cube(1))),
    LayerCase("3-D max pooling", [5, 6, 7, 4], MaxPooling3D(.cube(3), stride: .cube(2))),
    LayerCase(
      "3-D average pooling", [5, 6, 7, 4],
      AveragePooling3D(.cube(2), stride: .cube(2), padding: .same)),
    LayerCase("3-D global average", [3, 4, 5, 6], GlobalAveragePooling3D()),
    LayerCase("3-D global maximum", [3, 4, 5, 6], GlobalMaxPooling3D()),
  ]
}
