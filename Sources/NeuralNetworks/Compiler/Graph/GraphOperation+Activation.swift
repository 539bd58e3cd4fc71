import TensorKernels

/// The non-linearity at the end of an operation.
extension GraphOperation.Kind {
  /// `nil` for operations that cannot have one.
  var activation: Activation? {
    switch self {
    case .convolution(let convolution): convolution.activation
    case .dense(let dense): dense.activation
    case .normalization(let norm): norm.activation
    case .affine(let affine): affine.activation
    case .add(let activation), .activation(let activation): activation
    case .input, .layerNormalization, .maxPooling, .averagePooling, .globalAverage, .zeroPadding,
      .dropout, .multiply,
      .concatenate, .scale, .reshape, .image:
      nil
    }
  }

  /// The same operation with this one; `nil` if it cannot have it.
  func with(_ activation: Activation) -> Self? {
    switch self {
    case .convolution(var convolution):
      guard activation.isFusable else { return nil }
      convolution.activation = activation
      return .convolution(convolution)
    case .dense(var dense):
      dense.activation = activation
      return .dense(dense)
    case .normalization(var norm):
      norm.activation = activation
      return .normalization(norm)
    case .affine(var affine):
      affine.activation = activation
      return .affine(affine)
    case .add: return .add(activation)
    case .activation: return .activation(activation)
    case .input, .layerNormalization, .maxPooling, .averagePooling, .globalAverage, .zeroPadding,
      .dropout, .multiply,
      .concatenate, .scale, .reshape, .image:
      return nil
    }
  }
}
