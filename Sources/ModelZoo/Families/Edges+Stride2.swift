import NeuralNetworks
import TensorKernels

extension Edges {
  /// The zeros that Keras puts around an image before a convolution with stride 2: as many rows above
  /// as below for an odd side, one less for an even one.
  static func beforeStride2(kernel: Int, _ input: Shape) -> Edges {
    let half = kernel / 2
    return Edges(
      top: half - 1 + input[0] % 2, bottom: half, left: half - 1 + input[1] % 2, right: half)
  }
}
