import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

/// The numbers of the lecture notes behind the project, cited as its list of numbers to reproduce has
/// them.
@Suite("Numbers of the lecture notes")
struct CourseNumbersTests {
  /// The paper's figures for B4 and B5 are 4 % below what its own table of layers gives.
  @Test(
    "EfficientNet B0 to B7: parameters, multiply-adds, top 1",
    arguments: [
      ("efficientnetb0", 5.3, 0.39, 0.771), ("efficientnetb1", 7.8, 0.70, 0.791),
      ("efficientnetb2", 9.2, 1.0, 0.801), ("efficientnetb3", 12, 1.8, 0.816),
      ("efficientnetb4", 19, 4.2 * 1.045, 0.829), ("efficientnetb5", 30, 9.9 * 1.037, 0.836),
      ("efficientnetb6", 43, 19, 0.840), ("efficientnetb7", 66, 37, 0.843),
    ])
  func efficientNet(_ name: String, _ millions: Double, _ billions: Double, _ topOne: Double) throws
  {
    let entry = try #require(Model.catalogue.first { $0.name == name })
    #expect(abs(Double(entry.parameters) / (millions * 1e6) - 1) < 0.03, "\(entry.parameters)")
    #expect(
      abs(Double(entry.multiplyAdds) / (billions * 1e9) - 1) < 0.021, "\(entry.multiplyAdds)")
    #expect(entry.topOne == topOne)
  }

  @Test(
    "AlexNet: multiply-adds of each layer in millions",
    arguments: [
      ("conv1", 105.4), ("conv2", 223.9), ("conv3", 149.5), ("conv4", 112.1), ("conv5", 74.8),
      ("fc6", 37.7), ("fc7", 16.8), ("fc8", 4.1),
    ])
  func alexNet(_ node: String, _ millions: Double) throws {
    let row = try row("alexnet", node)
    #expect(abs(Double(row.multiplyAdds) / 1e6 - millions) < 0.06, "\(row.multiplyAdds)")
  }

  @Test("AlexNet: 724 million multiply-adds with its groups, 832 million if conv4 had none")
  func alexNetSum() throws {
    let network = try Model.named("alexnet", top: .imageNet).network
    #expect(network.multiplyAdds == 724_406_816)
    #expect(network.parameterCount == 60_965_224)
    // The notes count conv4 as one group but conv2 and conv5 as two, which no network has; without the
    // second half of conv4 and rounded down layer by layer that is 832.
    let ungrouped = network.multiplyAdds + (try row("alexnet", "conv4").multiplyAdds)
    #expect(abs(Double(ungrouped) / 1e6 - 832) < 6)
  }

  @Test(
    "LeNet: parameters of each layer",
    arguments: [
      ("c1", 456), ("c3", 2416), ("c5", 48_120), ("f6", 10_164), ("output", 850),
    ])
  func leNet(_ node: String, _ parameters: Int) throws {
    #expect(try row("lenet5", node).parameters == parameters)
  }

  @Test("LeNet-5 has about 60 thousand parameters, VGG-16 138 million")
  func sizes() throws {
    let grey = try Model.named("lenet5", channels: 1, top: .imageNet).network
    #expect(grey.parameterCount == 61_706)
    #expect(try Model.named("vgg16", top: .imageNet).network.parameterCount == 138_357_544)
  }

  @Test("Inception: a bottleneck takes 5×5 filters from 120 to 12 million multiplications")
  func inception() throws {
    #expect(try row("googlenet", "inception_3a_5x5_reduce").multiplyAdds == 2_408_448)
    #expect(try row("googlenet", "inception_3a_5x5").multiplyAdds == 10_035_200)
    var direct = Network(input: [28, 28, 192])
    try direct.add("conv", Convolution2D(32, kernel: 5, padding: .same), to: direct.input)
    #expect(direct.multiplyAdds == 120_422_400)
  }

  @Test(
    "a depthwise separable convolution costs 1/n' + 1/f² of a convolution", arguments: 1...13)
  func separable(_ block: Int) throws {
    let network = try Model.named("mobilenet", top: .imageNet).network
    let depthwise = try #require(network.node(named: "conv_dw_\(block)"))
    let pointwise = try #require(network.node(named: "conv_pw_\(block)"))
    let output = network[pointwise].shape
    let cost = network[depthwise].multiplyAdds + network[pointwise].multiplyAdds
    var whole = Network(input: [output[0], output[1], network[depthwise].shape.channels])
    try whole.add(
      "conv", Convolution2D(output.channels, kernel: 3, padding: .same), to: whole.input)
    let share = 1 / Double(output.channels) + 1.0 / 9
    #expect(abs(Double(cost) / Double(whole.multiplyAdds) - share) < 1e-12)
  }

  @Test("AlphaGo reads 19×19×48, keeps the board's size and has a bias per point")
  func alphaGo() throws {
    let network = try Model.named("alphago", top: .imageNet).network
    #expect(network.inputShape == [19, 19, 48])
    #expect(network.outputShape == [361])
    let convolutions = network.nodes.filter { $0.layer is Convolution2D }
    #expect(convolutions.count == 13)
    #expect(convolutions.dropLast().allSatisfy { $0.shape == [19, 19, 192] })
    let bias = try #require(network.node(named: "position_bias"))
    #expect(network[bias].parameters.map(\.shape) == [[19, 19, 1]])
    let isPooled = network.nodes.contains {
      $0.layer is MaxPooling2D || $0.layer is AveragePooling2D
    }
    #expect(!isPooled)
  }

  @Test("25 features per pixel on 32×32×3: 60 211 200 weights fully connected, 1 875 shared")
  func sharing() throws {
    var shared = Network(input: [32, 32, 3])
    let maps = try shared.add("conv", Convolution2D(25, kernel: 5, bias: false), to: shared.input)
    #expect(shared.parameterCount == 1875)
    var connected = Network(input: [32 * 32 * 3])
    try connected.add("dense", Dense(shared[maps].shape.count, bias: false), to: connected.input)
    #expect(connected.parameterCount == 60_211_200)
  }

  @Test("39×39×3 → 37×37×10 → 17×17×20 → 7×7×40 → 1960; the first layer has 280 parameters")
  func shrinking() throws {
    var network = Network(input: [39, 39, 3])
    var x = try network.add("conv1", Convolution2D(10, kernel: 3), to: network.input)
    #expect(network[x].shape == [37, 37, 10])
    #expect(network.parameterCount == 280)
    x = try network.add("conv2", Convolution2D(20, kernel: 5, stride: 2), to: x)
    #expect(network[x].shape == [17, 17, 20])
    x = try network.add("conv3", Convolution2D(40, kernel: 5, stride: 2), to: x)
    #expect(network[x].shape == [7, 7, 40])
    x = try network.add("flatten", Flatten(), to: x)
    #expect(network[x].shape == [1960])
  }

  private func row(_ name: String, _ node: String) throws -> NetworkSummary.Row {
    let summary = try Model.named(name, top: .imageNet).network.summary(named: name)
    return try #require(summary.nodes.first { $0.name == node })
  }
}
