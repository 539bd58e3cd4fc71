import NeuralNetworks
import TensorKernels

extension ONNXGraphBuilder {
  /// Appends a non-linearity, which for `softmax` goes over the channels; nothing for `linear`.
  mutating func append(_ activation: Activation, _ input: String, named name: String) -> String {
    switch activation {
    case .linear: return input
    case .relu: return add("Relu", [input], named: name)
    case .relu6: return appendClip(input, 0, 6, named: name)
    case .leakyRelu(let slope):
      return add("LeakyRelu", [input], named: name, ["alpha": .number(slope)])
    case .elu(let alpha): return add("Elu", [input], named: name, ["alpha": .number(alpha)])
    case .selu: return add("Selu", [input], named: name)
    case .tanh: return add("Tanh", [input], named: name)
    case .sigmoid: return add("Sigmoid", [input], named: name)
    case .hardSigmoid(let slope):
      return add(
        "HardSigmoid", [input], named: name, ["alpha": .number(slope), "beta": .number(0.5)])
    case .swish:
      return add(
        "Mul", [input, add("Sigmoid", [input], named: "\(name)/sigmoid")], named: name)
    case .hardSwish: return add("HardSwish", [input], named: name)
    case .gelu: return appendGELU(input, named: name)
    case .geluTanh: return appendGELUByTanh(input, named: name)
    case .softplus: return add("Softplus", [input], named: name)
    case .softsign: return add("Softsign", [input], named: name)
    case .exponential: return add("Exp", [input], named: name)
    case .mish: return add("Mish", [input], named: name)
    case .softmax: return add("Softmax", [input], named: name, ["axis": .integer(1)])
    }
  }

  /// Values cut at a smallest and a largest one; `nil`: not cut.
  mutating func appendClip(
    _ input: String, _ smallest: Float?, _ largest: Float?, named name: String
  ) -> String {
    let low = smallest.map { number($0, named: "\(name)/smallest") } ?? ""
    let high = largest.map { number($0, named: "\(name)/largest") }
    return add("Clip", [input, low] + [high].compactMap(\.self), named: name)
  }

  /// x/2 · (1 + erf(x / √2)): opset 18 has no operator for it.
  private mutating func appendGELU(_ input: String, named name: String) -> String {
    let root = number(Float(0.5).squareRoot(), named: "\(name)/root")
    let scaled = add("Mul", [input, root], named: "\(name)/scaled")
    let error = add("Erf", [scaled], named: "\(name)/erf")
    return appendHalfTimesOnePlus(error, input, named: name)
  }

  /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
  private mutating func appendGELUByTanh(_ input: String, named name: String) -> String {
    let square = add("Mul", [input, input], named: "\(name)/square")
    let weighted = add(
      "Mul", [square, number(0.044715, named: "\(name)/cubic")], named: "\(name)/weighted")
    let factor = add(
      "Add", [weighted, number(1, named: "\(name)/linear")], named: "\(name)/factor")
    let inner = add("Mul", [input, factor], named: "\(name)/inner")
    let root = number((2 / Float.pi).squareRoot(), named: "\(name)/root")
    let scaled = add("Mul", [inner, root], named: "\(name)/scaled")
    return appendHalfTimesOnePlus(
      add("Tanh", [scaled], named: "\(name)/tanh"), input, named: name)
  }

  private mutating func appendHalfTimesOnePlus(
    _ value: String, _ input: String, named name: String
  ) -> String {
    let sum = add("Add", [value, number(1, named: "\(name)/one")], named: "\(name)/sum")
    let half = add("Mul", [input, number(0.5, named: "\(name)/half")], named: "\(name)/half_input")
    return add("Mul", [half, sum], named: name)
  }
}
