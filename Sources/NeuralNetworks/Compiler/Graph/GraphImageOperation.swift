import TensorKernels

/// Operations of a lowered network that few networks have; no pass touches them.
public enum GraphImageOperation: Hashable, Sendable {
  /// The p-norm of each window.
  case normPooling(Window, Edges, power: Float)
  /// A random value of each window in training, its expectation otherwise.
  case stochasticPooling(Window, Edges)
  /// Each value divided by a power of its neighbouring channels' squares.
  case localResponse(LocalResponse)
  /// Rows and columns around the image, copied from it.
  case borderPadding(Edges, BorderMode)
  /// The reverse of zero padding: rows and columns that are dropped.
  case cropping(Edges)
  /// The image at another size.
  case resizing(UpSampling)
  /// What is not bound to places of an image.
  case grouped(GraphGroupedOperation)
  /// Values that are added to the last values of each position or, when there are as many, of each
  /// example.
  case bias(Parameter)
  /// The input gradient of a convolution with this window and padding, of kernel
  /// `[kh, kw, filters, in]`.
  case transposedConvolution(Window, Edges, kernel: Parameter)
  /// A convolution with a kernel of its own for each output position.
  case locallyConnected(Window, kernel: Parameter)

  /// The weight it reads.
  var parameter: Parameter? {
    switch self {
    case .bias(let parameter), .grouped(.columnProduct(let parameter)),
      .transposedConvolution(_, _, let parameter),
      .locallyConnected(_, let parameter):
      parameter
    default: nil
    }
  }
}

/// Operations on groups, columns or pairs of values that few networks have.
public enum GraphGroupedOperation: Hashable, Sendable {
  /// Groups of values brought to a common size; of one example.
  case standardised(Standardisation)
  /// A rectifier with settings that few have.
  case rectified(Rectifier)
  /// The larger or the smaller of two values.
  case extreme(Extreme)
  /// For each axis of the result, which of the value it is.
  case reordered([Int])
  /// Factors of the last values of each position or, when there are as many, of each example.
  case columnProduct(Parameter)
}
