import TensorKernels

/// One named weight of a network.
public struct Parameter: Hashable, Sendable {
  /// What a weight is for; it decides how it is initialised, decayed and frozen.
  public enum Role: String, Hashable, Sendable, Codable {
    /// What a layer's input is multiplied with, and what is added to the product.
    case kernel, depthwiseKernel, pointwiseKernel, bias
    /// A batch norm's scale and shift, and its moving statistics.
    case gamma, beta, movingMean, movingVariance
    /// What a parametric rectifier multiplies negative values by.
    case alpha
    /// Of the colours a network was trained with (Keras `Normalization`).
    case mean, variance

    /// The name under which Keras stores it.
    public var kerasName: String {
      switch self {
      case .kernel: "kernel"
      case .depthwiseKernel: "depthwise_kernel"
      case .pointwiseKernel: "pointwise_kernel"
      case .bias: "bias"
      case .gamma: "gamma"
      case .beta: "beta"
      case .movingMean: "moving_mean"
      case .movingVariance: "moving_variance"
      case .alpha: "alpha"
      case .mean: "mean"
      case .variance: "variance"
      }
    }

    /// False for statistics, which are measured, never learned.
    public var isLearned: Bool {
      switch self {
      case .movingMean, .movingVariance, .mean, .variance: false
      default: true
      }
    }

    /// True for kernels; biases and norms are never decayed.
    public var isDecayed: Bool { isKernel }

    /// Whether it is multiplied with what a layer reads, rather than added or measured.
    public var isKernel: Bool {
      self == .kernel || self == .depthwiseKernel || self == .pointwiseKernel
    }
  }

  /// The name of the node it belongs to, as in the Keras weight file.
  public let node: String
  /// What it is for.
  public let role: Role
  /// Its extents as Keras stores it.
  public let shape: Shape

  /// The weight of a node in this role.
  public init(node: String, role: Role, shape: Shape) {
    self.node = node
    self.role = role
    self.shape = shape
  }

  /// `node/role` as in Keras files without the `:0`, for example `conv1/kernel`.
  public var name: String { "\(node)/\(role.kerasName)" }
}
