/// Operations that few networks have. As at `Operation`, the comments name the operands.
package enum ImageOperation: Hashable, Sendable {
  /// destination = (Σ |source|^power)^(1/power) over each window.
  case normPooling(WindowGeometry, power: Float)
  /// destination from source (the output gradient), second (the input) and workspace (the output).
  case normPoolingGradient(WindowGeometry, power: Float)
  /// One value of each window of source, chosen with a probability proportional to it; workspace
  /// receives where it was. The lane's `step` and `firstExample` decide.
  case stochasticPooling(WindowGeometry, key: UInt64)
  /// destination from source (the output gradient) and workspace.
  case stochasticPoolingGradient(WindowGeometry)
  /// The expectation of `stochasticPooling`.
  case expectedPooling(WindowGeometry)
  /// destination from source (the output gradient), second (the input) and workspace (the output).
  case expectedPoolingGradient(WindowGeometry)
  /// Copies of the image around it: source is the geometry's input, destination its output.
  case borderPadding(WindowGeometry, BorderMode)
  case borderPaddingGradient(WindowGeometry, BorderMode)
  /// The geometry's input at the size of its output, whatever that is.
  case resizing(WindowGeometry, UpSampling)
  case resizingGradient(WindowGeometry, UpSampling)
  /// destination from source and weights `[positions, kd · kh · kw · in, out]`: a kernel for each
  /// output position.
  case unshared(WindowGeometry)
  /// destination (input gradient) from source (output gradient) and weights.
  case unsharedInputGradient(WindowGeometry)
  /// destination (+)= the weight gradient, from source (the input) and second (the output gradient);
  /// adds unless `isFirst`.
  case unsharedWeightGradient(WindowGeometry)
  /// destination[rows, columns] = source + bias[columns].
  case rowBias(rows: Int, columns: Int)
  /// destination[columns] (+)= Σ source over the rows; adds unless `isFirst`.
  case rowBiasGradient(rows: Int, columns: Int)
  /// destination[rows, columns] = source · weights[columns].
  case columnProduct(rows: Int, columns: Int)
  /// destination[columns] (+)= Σ source · second over the rows; adds unless `isFirst`.
  case columnProductGradient(rows: Int, columns: Int)
  /// destination from source; workspace receives what each group was multiplied by.
  case standardised(Standardisation)
  /// destination from source (the output gradient), second (the output) and workspace.
  case standardisedGradient(Standardisation)
  /// destination from source.
  case rectified(count: Int, Rectifier)
  /// destination from source (the output gradient) and second (the input).
  case rectifiedGradient(count: Int, Rectifier)
  /// destination = the larger or the smaller of source and second.
  case extreme(count: Int, Extreme)
  /// destination (the gradient of one of both inputs) from source (the output gradient), second (that
  /// input) and workspace (the other one). Of equal values the first input's is taken.
  case extremeGradient(count: Int, Extreme, ofFirst: Bool)
  /// destination = source with the axes of each example in another order.
  case reordered(examples: Int, AxisOrder)
  /// destination from source; workspace receives what the gradient needs, when kept.
  case localResponse(rows: Int, channels: Int, LocalResponse, keepsWorkspace: Bool)
  /// destination from source (the output gradient), second (the input) and workspace.
  case localResponseGradient(rows: Int, channels: Int, LocalResponse)
}

/// What stands around an image.
public enum BorderMode: String, Hashable, Sendable, Codable {
  /// The border again and again.
  case replicate
  /// The image mirrored at its border, which is not repeated.
  case reflect
}

/// Which of two values is taken.
public enum Extreme: String, Hashable, Sendable, Codable {
  /// The larger one.
  case largest
  /// The smaller one.
  case smallest
}

/// How the positions of an image at another size get their values.
public enum UpSampling: String, Hashable, Sendable, Codable {
  /// From the position they lie in.
  case nearest
  /// By linear interpolation between the centres of the four nearest, those of the border continued.
  case bilinear
}

/// x / (bias + alpha · Σ x²)^beta, the sum going over the `size` channels around each: AlexNet's formula
/// and TensorFlow's. Caffe and oneDNN divide alpha by `size`.
public struct LocalResponse: Hashable, Sendable {
  /// An odd number of channels.
  public var size: Int
  /// What the sum of squares is multiplied by, not divided by `size`.
  public var alpha: Float
  /// The exponent of the denominator.
  public var beta: Float
  /// What the denominator begins with; above 0, so that it is never 0.
  public var bias: Float

  /// A formula with these numbers; `size` must be odd.
  public init(size: Int, alpha: Float, beta: Float, bias: Float) {
    self.size = size
    self.alpha = alpha
    self.beta = beta
    self.bias = bias
  }
}
