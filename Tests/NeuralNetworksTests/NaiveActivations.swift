import Foundation
import TensorKernels

extension Activation {
  /// The function itself, of one value.
  func definition(_ x: Double) -> Double {
    switch self {
    case .linear: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyRelu(let slope): x > 0 ? x : Double(slope) * x
    case .elu(let alpha): x > 0 ? x : Double(alpha) * (exp(x) - 1)
    case .selu:
      1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (exp(x) - 1))
    case .tanh: Foundation.tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    case .hardSigmoid(let slope): min(max(Double(slope) * x + 0.5, 0), 1)
    case .swish: x / (1 + exp(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .gelu: x * (1 + erf(x / 2.0.squareRoot())) / 2
    case .geluTanh:
      x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    case .softplus: log(1 + exp(x))
    case .softsign: x / (1 + abs(x))
    case .exponential: exp(x)
    case .mish: x * Foundation.tanh(log(1 + exp(x)))
    case .softmax: preconditionFailure("softmax needs a whole row")
    }
  }
}
