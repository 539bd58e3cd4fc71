import NeuralNetworks
import TensorKernels

/// Names as Keras gives them to layers that have none: the first of a kind is `conv2d`, then come
/// `conv2d_1`, `conv2d_2` and so on, in the order in which they are made.
///
/// Published files have such names too, from whatever number the session that wrote them had got to;
/// the first Keras began at `conv2d_1`. They correspond to ours in the order of their numbers: one
/// name in a file and here may mean different layers.
struct AutomaticNames {
  private var counts: [String: Int] = [:]

  mutating func next(_ kind: String) -> String {
    let count = counts[kind, default: 0]
    counts[kind] = count + 1
    return count == 0 ? kind : "\(kind)_\(count)"
  }
}

extension Edges {
  /// The zeros that Keras puts around an image before a convolution with stride 2: as many rows above
  /// as below for an odd side, one less for an even one.
  static func beforeStride2(kernel: Int, _ input: Shape) -> Edges {
    let half = kernel / 2
    return Edges(
      top: half - 1 + input[0] % 2, bottom: half, left: half - 1 + input[1] % 2, right: half)
  }
}
