internal import CKernels

extension ft_activation {
  /// - Precondition: the activation is elementwise.
  init(_ activation: Activation) {
    let kind: Int
    var parameter: Float = 0
    switch activation {
    case .linear: kind = FT_LINEAR
    case .relu: kind = FT_RELU
    case .relu6: kind = FT_RELU6
    case .leakyRelu(let slope): (kind, parameter) = (FT_LEAKY_RELU, slope)
    case .elu(let alpha): (kind, parameter) = (FT_ELU, alpha)
    case .selu: kind = FT_SELU
    case .tanh: kind = FT_TANH
    case .sigmoid: kind = FT_SIGMOID
    case .hardSigmoid(let slope): (kind, parameter) = (FT_HARD_SIGMOID, slope)
    case .swish: kind = FT_SWISH
    case .hardSwish: kind = FT_HARD_SWISH
    case .gelu: kind = FT_GELU
    case .geluTanh: kind = FT_GELU_TANH
    case .softplus: kind = FT_SOFTPLUS
    case .softsign: kind = FT_SOFTSIGN
    case .exponential: kind = FT_EXPONENTIAL
    case .mish: kind = FT_MISH
    case .softmax: preconditionFailure("softmax is not elementwise")
    }
    self.init(kind: Int32(kind), parameter: parameter)
  }
}
