import NeuralNetworks
import TensorKernels
import Testing

@Suite("Variances")
struct VarianceTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let layer: any Layer
    let role: Parameter.Role
    let value: Float
    /// Part of the message; `nil` when the variance is good.
    let message: String?
  }

  static let cases = [
    Case(
      testDescription: "negative", layer: BatchNormalization(), role: .movingVariance, value: -5,
      message: "'layer/moving_variance' holds -5.0, which with the epsilon 0.001 has to be ab"),
    Case(
      testDescription: "0, and no epsilon", layer: BatchNormalization(epsilon: 0),
      role: .movingVariance, value: 0, message: "'layer/moving_variance' holds 0.0"),
    Case(
      testDescription: "rounded to just below 0", layer: BatchNormalization(),
      role: .movingVariance, value: -1e-6, message: nil),
    Case(
      testDescription: "0", layer: BatchNormalization(), role: .movingVariance, value: 0,
      message: nil),
    Case(
      testDescription: "of the colours, negative", layer: Normalization(), role: .variance,
      value: -1, message: "'layer/variance' holds -1.0, and a variance is 0 or more"),
    Case(
      testDescription: "of the colours, 0", layer: Normalization(), role: .variance, value: 0,
      message: nil),
  ]

  /// A ReLU behind the norm makes zeros of what is no number, and the answer has nothing to do with the photo.
  @Test(
    "that have no root are refused by the norm's name before anything is computed", arguments: cases
  )
  func refused(_ example: Case) throws {
    var network = Network(input: [2, 2, 3])
    func append(_ layer: some Layer) throws { try network.add("layer", layer, to: network.input) }
    try append(example.layer)
    try network.add("relu", ActivationLayer(.relu), to: network.output)
    var tensors = network.randomTensors(seed: 1)
    tensors["layer/\(example.role.kerasName)"] = Tensor([3], [1, example.value, 1])
    guard let message = example.message else {
      _ = try NetworkWeights(network, tensors)
      return
    }
    let error = #expect(throws: OverflowError.self) { try NetworkWeights(network, tensors) }
    #expect(error?.node == "layer")
    #expect(error?.description.contains(message) == true, "\(error as Any)")
  }
}
