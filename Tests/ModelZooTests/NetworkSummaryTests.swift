import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Network summary")
struct NetworkSummaryTests {
  @Test(
    "receptive fields are those of the literature",
    arguments: [
      ("vgg16", "block5_pool", 212), ("vgg16", "block1_conv2", 5), ("vgg19", "block5_pool", 268),
      ("resnet50", "conv5_block3_out", 483), ("resnet50", "pool1_pool", 11),
      ("resnet101", "conv5_block3_out", 1027), ("resnet152", "conv5_block3_out", 1507),
      ("resnet18", "conv5_block2_out", 435), ("mobilenet", "conv_pw_13_relu", 315),
      ("mobilenetv2", "out_relu", 491), ("alexnet", "pool5", 195), ("alexnet", "conv5", 163),
      ("lenet5", "s4", 16), ("inceptionv3", "mixed10", 1311),
      ("inceptionresnetv2", "conv_7b_ac", 3039), ("alphago", "conv12", 27),
    ])
  func receptiveField(_ name: String, _ node: String, _ side: Int) throws {
    let summary = try Model.named(name, top: .features).network.summary(named: name)
    let row = try #require(summary.nodes.first { $0.name == node })
    #expect(row.receptiveField == side)
  }

  @Test("a layer that merges all positions sees what all of them see")
  func merging() throws {
    let rows = try Model.named("vgg16", top: .imageNet).network.summary(named: "vgg16").nodes
    #expect(rows.first?.receptiveField == 1)
    #expect(rows.last?.receptiveField == 212 + 6 * 32)
  }

  @Test(
    "multiply-adds are the papers'",
    arguments: [
      ("vgg16", nil, 15.5e9), ("vgg19", nil, 19.6e9), ("vgg11", nil, 7.6e9), ("vgg13", nil, 11.3e9),
      ("resnet18", nil, 1.8e9), ("resnet34", nil, 3.6e9), ("resnet50", nil, 3.86e9),
      ("resnet101", nil, 7.6e9), ("resnet152", nil, 11.3e9), ("mobilenet", 1, 569e6),
      ("mobilenetv2", 1, 300e6), ("mobilenetv2", 1.4, 582e6), ("mobilenet", 0.25, 41e6),
      ("mobilenetv3large", 1, 217e6), ("mobilenetv3large", 0.75, 155e6),
      ("mobilenetv3largeminimalistic", 1, 209e6), ("mobilenetv3small", 1, 57e6),
      ("mobilenetv3small", 0.75, 44e6),
      ("inceptionv3", nil, 5.7e9), ("densenet121", nil, 2.83e9), ("densenet169", nil, 3.36e9),
      ("densenet201", nil, 4.29e9), ("xception", nil, 8.4e9), ("inceptionresnetv2", nil, 13.2e9),
      ("efficientnetv2s", nil, 8.4e9), ("efficientnetv2m", nil, 24.7e9),
      ("efficientnetv2l", nil, 56.3e9), ("convnexttiny", nil, 4.5e9), ("convnextsmall", nil, 8.7e9),
      ("convnextbase", nil, 15.4e9), ("convnextlarge", nil, 34.4e9),
      ("convnextxlarge", nil, 60.9e9),
      ("googlenet", nil, 1.58e9),
      // Counted by torchvision; the paper counts parameters only.
      ("squeezenet1_0", nil, 0.819e9), ("squeezenet1_1", nil, 0.349e9),
    ] as [(String, Double?, Double)])
  func multiplyAdds(_ name: String, _ alpha: Double?, _ expected: Double) throws {
    let summary = try Model.named(name, alpha: alpha, top: .imageNet).network.summary(named: name)
    #expect(abs(Double(summary.multiplyAdds) / expected - 1) < 0.02, "\(summary.multiplyAdds)")
    #expect(summary.nodes.reduce(0) { $0 + $1.multiplyAdds } == summary.multiplyAdds)
    #expect(summary.nodes.reduce(0) { $0 + $1.parameters } == summary.parameters)
  }

  @Test(
    "what is measured is not trained",
    arguments: [
      ("vgg16", nil, 138_357_544), ("resnet50", nil, 25_583_592), ("mobilenet", 1, 4_231_976),
      ("mobilenetv2", 1, 3_504_872), ("mobilenetv2", 1.4, 6_108_776), ("mobilenet", 0.25, 470_072),
      ("efficientnetb0", nil, 5_288_548), ("inceptionv3", nil, 23_817_352),
      ("xception", nil, 22_855_952), ("densenet121", nil, 7_978_856),
      ("inceptionresnetv2", nil, 55_813_192),
    ] as [(String, Double?, Int)])
  func trainable(_ name: String, _ alpha: Double?, _ trainable: Int) throws {
    let summary = try Model.named(name, alpha: alpha, top: .imageNet).network.summary(named: name)
    #expect(summary.trainableParameters == trainable)
  }

  @Test("its JSON has the keys of the command line's contract")
  func json() throws {
    let summary = try Model.named("mobilenet", alpha: 0.25, top: .imageNet).network.summary(
      named: "mobilenet")
    let data = try JSONEncoder().encode(summary)
    let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(
      Set(object.keys) == [
        "name", "parameters", "trainableParameters", "multiplyAdds", "inputShape", "nodes",
      ])
    #expect(object["inputShape"] as? [Int] == [224, 224, 3])
    let nodes = try #require(object["nodes"] as? [[String: Any]])
    #expect(
      nodes.allSatisfy {
        Set($0.keys) == [
          "name", "layer", "outputShape", "parameters", "multiplyAdds", "receptiveField",
        ]
      })
  }

  @Test("its text is a table whose columns line up")
  func text() throws {
    let lines = try Model.named("vgg16", top: .imageNet).network.summary(named: "vgg16").description
      .split(separator: "\n")
    #expect(lines[0] == "vgg16, input 224 × 224 × 3")
    let row = try #require(lines.first { $0.hasPrefix("fc1") })
    #expect(row.contains("102 764 544"))
    #expect(row.count == lines[1].count)
    #expect(
      lines.last
        == "138 357 544 parameters, 138 357 544 of them trainable; 15 470 264 320 multiply-adds")
  }
}
