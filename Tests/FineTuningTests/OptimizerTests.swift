import FineTuning
import NeuralNetworks
import TensorKernels
import Testing

@Suite("SGD with momentum")
struct OptimizerTests {
  @Test("does what its formula says", arguments: [false, true], [Parameter.Role.kernel, .bias])
  func formula(nesterov: Bool, role: Parameter.Role) {
    let count = 37
    let parameter = Parameter(node: "n", role: role, shape: [count])
    let sgd = Optimizer(.sgd(momentum: 0.9, nesterov: nesterov), weightDecay: 0.1)
    let state = OptimizerState([parameter])
    var values = (0..<count).map { Float($0) / 10 }
    var expected = values.map(Double.init)
    var speeds = [Double](repeating: 0, count: count)
    for step in 0..<3 {
      let gradient = (0..<count).map { Float(($0 * 7 + step) % 5) - 2 }
      values.withUnsafeMutableBufferPointer { values in
        gradient.withUnsafeBufferPointer {
          sgd.step(
            parameter, values: values, gradient: $0, state: state, rate: 0.01, scale: 0.5)
        }
      }
      for index in 0..<count {
        let decay = role == .kernel ? 0.1 * expected[index] : 0
        let slope = 0.5 * Double(gradient[index]) + decay
        speeds[index] = 0.9 * speeds[index] + slope
        expected[index] -= 0.01 * (nesterov ? slope + 0.9 * speeds[index] : speeds[index])
      }
    }
    for index in 0..<count {
      #expect(abs(Double(values[index]) - expected[index]) < 1e-5, "element \(index)")
    }
  }

  @Test("keeps the velocity of a parameter across an unfreezing")
  func continuing() throws {
    let head = Parameter(node: "head", role: .bias, shape: [2])
    let conv = Parameter(node: "conv", role: .bias, shape: [3])
    let first = OptimizerState([head])
    try first.restore(["head/bias/velocity": Tensor([2], [0, 5])])
    let second = OptimizerState([conv, head], continuing: first)
    #expect(second.tensors["head/bias/velocity"]?.values == [0, 5])
    #expect(second.tensors["conv/bias/velocity"]?.values == [0, 0, 0])
    second.reset()
    #expect(second.tensors["head/bias/velocity"]?.values == [0, 0])
  }
}

@Suite("The gradient of a kernel before a frozen norm")
struct GradientScaleTests {
  @Test("is divided by s² in channels that the norm magnifies, and left alone in others")
  func channels() throws {
    let network = try TinyJob.network()
    var tensors = TinyJob.tensors(of: network)
    tensors["bn3/gamma"] = Tensor([12], [4, -4] + [Float](repeating: 0.5, count: 10))
    tensors["bn3/moving_variance"] = Tensor([12], [Float](repeating: 1 - 1e-3, count: 12))
    let scale = GradientScale(network, tensors: tensors)
    let expected: [String: [Float]] = ["conv3": [0.0625, 0.0625, 1, 1], "bn3": [1, 1, 1, 1]]
    for (name, factors) in expected {
      let parameter = try #require(network.parameters.first { $0.node == name })
      var gradient = [Float](repeating: 8, count: parameter.shape.count)
      gradient.withUnsafeMutableBufferPointer { scale.apply(to: $0, of: parameter) }
      #expect(Array(gradient.prefix(4)) == factors.map { 8 * $0 })
      #expect(gradient[gradient.count - 12] == gradient[0])
    }
  }
}
