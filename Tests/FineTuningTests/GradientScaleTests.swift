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

  @Test(
    "reaches the kernel that the norm reads, where a layer has two, and no axis of other channels")
  func otherLayers() throws {
    var network = Network(input: [6, 6, 4])
    try network.add(
      "separable", SeparableConvolution2D(5, kernel: 3, bias: false), to: network.output)
    try network.add("norm1", BatchNormalization(), to: network.output)
    try network.add(
      "transposed", TransposedConvolution2D(3, kernel: 2, stride: 2, bias: false),
      to: network.output)
    try network.add("norm2", BatchNormalization(), to: network.output)
    try network.add(
      "depthwise", DepthwiseConvolution2D(kernel: 3, multiplier: 2, bias: false), to: network.output
    )
    try network.add("norm3", BatchNormalization(), to: network.output)
    var tensors = network.initialTensors(seed: 1)
    for parameter in network.parameters where parameter.role == .gamma {
      tensors[parameter.name] = Tensor(repeating: 4, parameter.shape)
    }
    let scale = GradientScale(network, tensors: tensors)
    let scaled = network.parameters.filter { parameter in
      var gradient = [Float](repeating: 1, count: parameter.shape.count)
      gradient.withUnsafeMutableBufferPointer { scale.apply(to: $0, of: parameter) }
      #expect(Set(gradient).count == 1, "all of \(parameter.name) or nothing")
      return gradient[0] != 1
    }
    #expect(
      scaled.map(\.name) == ["separable/pointwise_kernel", "depthwise/depthwise_kernel"])
  }
}
