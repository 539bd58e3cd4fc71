import FineTuning
import NeuralNetworks
import TensorKernels
import Testing

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
