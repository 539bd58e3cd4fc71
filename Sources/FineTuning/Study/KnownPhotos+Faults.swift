import TensorKernels

/// What is known of photos comes from a file, too, which anybody may have changed.
extension KnownPhotos {
  /// Features x of the length 1 give x · R of at most R's length, and a product with a mean of at most that times the
  /// mean's; of twice that many digits Float32 still has more.
  private static let longest = 1e18

  /// Whether each distance is a number, whatever a photo's features are, and there are some that are usual.
  package var isSound: Bool {
    let places = dimension + 1
    return Self.length(of: root) <= Self.longest && Self.length(of: means) <= Self.longest
      && (0..<dimension).allSatisfy { root.values[$0 * places] > 0 }
      && !usual.isEmpty && usual.allSatisfy { $0.isFinite && $0 >= 0 }
      && zip(usual, usual.dropFirst()).allSatisfy { $0 <= $1 }
  }

  /// No number where one of the values is none.
  private static func length(of tensor: Tensor) -> Double {
    tensor.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// A digest of all values.
  package var digest: String {
    let tensors = ["root": root, "means": means, "usual": Tensor([usual.count], usual)]
    return tensors.digest
  }
}
