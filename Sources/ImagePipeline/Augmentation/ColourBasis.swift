/// The principal axes of the colours of many pixels.
public struct ColourBasis: Codable, Hashable, Sendable {
  /// The variances along the axes, largest first, of RGB values in 0...1: the eigenvalues of the
  /// covariance. Those of bytes are 255² times as large.
  public var variances: [Double]
  /// The axes as unit vectors (r, g, b), in the order of `variances`.
  public var vectors: [[Double]]

  /// A basis of three variances and as many unit vectors; `validate` checks them.
  public init(variances: [Double], vectors: [[Double]]) {
    self.variances = variances
    self.vectors = vectors
  }

  /// Of ImageNet's training photos, as fb.resnet.torch and its many successors have them.
  public static let imageNet = ColourBasis(
    variances: [0.2175, 0.0188, 0.0045],
    vectors: [
      [-0.5675, -0.5808, -0.5836], [0.7192, -0.0045, -0.6948], [0.4009, -0.8140, 0.4203],
    ])

  /// Checks that these are three variances of values in 0...1 and three unit vectors.
  public func validate() throws(AugmentationError) {
    guard variances.count == 3, variances.allSatisfy({ 0...1 ~= $0 }) else {
      throw AugmentationError(
        part: "pcaJitter.basis.variances", found: "\(variances)",
        expected: "three of RGB values in 0...1, so 0 to 1 (those of bytes divided by 65025)")
    }
    let isUnit = { (axis: [Double]) in
      axis.count == 3 && abs(axis.reduce(0) { $0 + $1 * $1 } - 1) < 0.01
    }
    guard vectors.count == 3, vectors.allSatisfy(isUnit) else {
      throw AugmentationError(
        part: "pcaJitter.basis.vectors", found: "\(vectors)", expected: "three unit vectors")
    }
  }
}
