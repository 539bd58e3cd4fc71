/// A non-linearity.
public enum Activation: Hashable, Sendable, Codable {
  /// x.
  case linear
  /// max(x, 0).
  case relu
  /// min(max(x, 0), 6).
  case relu6
  /// x for x > 0, otherwise slope · x; the slope is positive.
  case leakyRelu(slope: Float)
  /// x for x > 0, otherwise alpha · (eˣ − 1) (Clevert et al., 2015); alpha is positive.
  case elu(alpha: Float)
  /// ELU with the two constants that keep mean and variance (Klambauer et al., 2017).
  case selu
  /// tanh x.
  case tanh
  /// 1 / (1 + e⁻ˣ).
  case sigmoid
  /// min(max(slope · x + 1/2, 0), 1): the slope is 1/6 in MobileNetV3 and Keras 3, 0.2 in Keras 1 and 2.
  case hardSigmoid(slope: Float = 1 / 6)
  /// x · sigmoid(x) (Ramachandran et al., 2017), also called SiLU.
  case swish
  /// x · hardSigmoid(x) with slope 1/6 (Howard et al., 2019).
  case hardSwish
  /// x · Φ(x), Φ being the normal distribution (Hendrycks and Gimpel, 2016).
  case gelu
  /// Its approximation by tanh.
  case geluTanh
  /// log(1 + eˣ).
  case softplus
  /// x / (1 + |x|).
  case softsign
  /// eˣ.
  case exponential
  /// x · tanh(softplus(x)) (Misra, 2019).
  case mish
  /// Over the innermost axis; not elementwise, so nothing fuses it.
  case softmax

  /// Whether each value depends on one input only.
  package var isElementwise: Bool { self != .softmax }

  /// Whether a convolution can apply it to its own output.
  package var isFusable: Bool {
    switch self {
    case .selu, .softplus, .softsign, .exponential, .mish, .softmax: false
    default: true
    }
  }

  /// Whether the derivative follows from the output alone; otherwise it needs the input.
  package var hasGradientFromOutput: Bool {
    switch self {
    case .swish, .hardSwish, .gelu, .geluTanh, .mish, .softmax: false
    default: true
    }
  }

  /// Whether it is monotonic and maps to nothing below 0.
  package var isNonNegative: Bool {
    switch self {
    case .relu, .relu6, .sigmoid, .hardSigmoid, .softplus, .exponential, .softmax: true
    default: false
    }
  }
}
