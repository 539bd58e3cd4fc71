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
  ]
}
