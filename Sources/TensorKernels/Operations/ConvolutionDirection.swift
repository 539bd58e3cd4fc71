/// What is computed of a convolution: the three operations that have its geometry.
enum ConvolutionDirection: Hashable, Sendable {
  case forward(hasBias: Bool, addsDestination: Bool, Activation)
  case inputGradient
  case weightGradient(hasBias: Bool)

  func operation(_ geometry: WindowGeometry) -> Operation {
    switch self {
    case .forward(let hasBias, let adds, let activation):
      .convolution(geometry, hasBias: hasBias, addsDestination: adds, activation)
    case .inputGradient: .convolutionInputGradient(geometry)
    case .weightGradient(let hasBias): .convolutionWeightGradient(geometry, hasBias: hasBias)
    }
  }
}

extension Operation {
  /// A convolution or one of its gradients; `nil` for other operations.
  var convolution: (geometry: WindowGeometry, direction: ConvolutionDirection)? {
    switch self {
    case .convolution(let geometry, let hasBias, let adds, let activation):
      (geometry, .forward(hasBias: hasBias, addsDestination: adds, activation))
    case .convolutionInputGradient(let geometry): (geometry, .inputGradient)
    case .convolutionWeightGradient(let geometry, let hasBias):
      (geometry, .weightGradient(hasBias: hasBias))
    default: nil
    }
  }
}
