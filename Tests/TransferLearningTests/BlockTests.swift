import FineTuning
import ModelZoo
import NeuralNetworks
import TestSupport
import Testing

@Suite("Blocks of the zoo")
struct BlockTests {
  @Test("follow one another without a gap, none reads across another", arguments: Model.names)
  func borders(_ name: String) throws {
    let network = try Model.named(name, top: .features).network
    let blocks = network.blocks
    let first = try #require(network.stages.first?.nodes.lowerBound)
    #expect(blocks.flatMap { Array($0.nodes) } == Array(first..<network.nodes.count))
    #expect(Set(blocks.map(\.name)).count == blocks.count)
    for block in blocks {
      for index in block.nodes {
        #expect(
          network.nodes[index].inputs.allSatisfy { $0.index >= block.nodes.lowerBound - 1 },
          "\(block.name) reads across")
      }
      #expect(
        network.nodes[block.nodes].contains { $0.parameters.contains { $0.role.isKernel } },
        "\(block.name) has no kernel")
    }
  }

  @Test("stages with weights begin at blocks", arguments: Model.names)
  func stages(_ name: String) throws {
    let network = try Model.named(name, top: .features).network
    let starts = network.blocks.map { block in
      block.nodes.first { network.nodes[$0].parameters.contains { $0.role.isLearned } }
    }
    for stage in network.stages {
      let learned = stage.nodes.first {
        network.nodes[$0].parameters.contains { $0.role.isLearned }
      }
      #expect(starts.contains(learned), "\(name): \(stage.name)")
    }
  }

  @Test(
    "are called as their nodes are",
    arguments: [
      ("mobilenetv2", "block_13", "block_13_expand", 19),
      ("mobilenet", "conv_dw_13", "conv_dw_13", 14),
      ("resnet50", "conv5_block3", "conv5_block3_1_conv", 17),
      ("resnet50v2", "conv5_block3", "conv5_block3_preact_bn", 17),
      ("densenet121", "conv5_block16", "conv5_block16_0_bn", 62),
      ("efficientnetb0", "block7a", "block7a_expand_conv", 18),
      ("mobilenetv3small", "expanded_conv_10", "expanded_conv_10_expand", 13),
      ("xception", "block14", "block14_sepconv1", 14),
      ("inceptionv3", "mixed10", "conv2d_89", 16),
      ("inceptionresnetv2", "block8_10", "conv2d_200", 49),
      ("googlenet", "inception_5b", "inception_5b_3x3_reduce", 12),
      ("squeezenet1_0", "fire9", "fire9_squeeze1x1", 9),
      ("vgg16", "block5", "block5_conv1", 5),
      ("timm/convnext_atto", "stages.3.blocks.1", "stages.3.blocks.1.conv_dw", 1 + 12 + 3),
      ("timm/convnext_nano_ols", "stages.2.downsample", "stages.2.downsample.0", 2 + 14 + 3),
      ("torchvision/convnext_tiny", "features.4", "features.4.0", 1 + 18 + 3),
      ("torchvision/convnext_tiny", "features.7.2", "features.7.2.block.0", 1 + 18 + 3),
      (
        "convnexttiny", "convnext_tiny_stage_3_block_2",
        "convnext_tiny_stage_3_block_2_depthwise_conv", 1 + 18 + 3
      ),
      (
        "convnexttiny", "convnext_tiny_downsampling_layernorm_2",
        "convnext_tiny_downsampling_layernorm_2", 1 + 18 + 3
      ),
      ("timm/resnet50", "layer4.2", "layer4.2.conv1", 17),
      ("timm/efficientnet_b0", "blocks.6.0", "blocks.6.0.conv_pw", 18),
      ("torchvision/efficientnet_b0", "features.7.0", "features.7.0.block.0.0", 18),
      ("torchvision/mobilenet_v2", "features.17", "features.17.conv.0.0", 19),
      ("efficientnet_lite_pytorch/efficientnet_lite0", "_blocks.15", "_blocks.15._expand_conv", 18),
      ("timm/regnety_002", "s4.b7", "s4.b7.conv1.conv", 14),
      (
        "torchvision/regnet_y_400mf", "trunk_output.block4.block4-5",
        "trunk_output.block4.block4-5.f.a.0", 17
      ),
      (
        "timm/densenet121", "features.denseblock4.denselayer16",
        "features.denseblock4.denselayer16.norm1", 62
      ),
      ("timm/mobilenetv4_conv_small", "blocks.3.5", "blocks.3.5.pw_exp.conv", 18),
    ])
  func names(_ model: String, _ block: String, _ first: String, _ count: Int) throws {
    let network = try Model.named(model, top: .features).network
    let blocks = network.blocks
    #expect(blocks.count == count, "\(blocks.map(\.name))")
    let found = try #require(blocks.first { $0.name == block }, "\(blocks.map(\.name))")
    let learned = network.nodes[found.nodes].first {
      $0.parameters.contains { $0.role.isLearned }
    }
    #expect(learned?.name == first)
  }

  /// Keras's networks, and of PyTorch's one for each builder: there are hundreds.
  static let builders =
    Model.names.filter { !$0.contains("/") }
    + TrainabilityTests.variants.map(\.name).filter { $0.contains("/") }

  @Test("train if and only if the plan says so", .tags(.slow), .unlessQuick, arguments: builders)
  func trainable(_ name: String) throws {
    let network = try Model.named(name, top: .features).network.addingHead(
      named: Network.headName, classes: 3)
    for block in network.blocks {
      let phase = Phase("p", .from(block.name), .sgd)
      let nodes = try TrainableStages(phase, of: network).nodeNames(in: network)
      let expected = network.nodes.indices.filter { index in
        index >= block.nodes.lowerBound
          && network.nodes[index].parameters.contains { $0.role.isLearned }
      }
      #expect(nodes == Set(expected.map { network.nodes[$0].name }), "\(block.name)")
    }
  }

  @Test("dropout of the base acts where stages train with the statistics of batches")
  func randomNodes() throws {
    let model = try Model.named("efficientnetb0", imageSize: 32, top: .features)
    let network = try model.network.addingHead(named: "head", classes: 2)
    func random(_ scope: Phase.Scope, _ norm: BatchNormMode) throws -> Set<String> {
      try TrainableStages(Phase("p", scope, .sgd), of: network)
        .randomNodeNames(in: network, batchNorm: norm)
    }
    #expect(try random(.all, .frozen).isEmpty)
    #expect(try random(.head, .train).isEmpty)
    let all = try random(.all, .train)
    // Each block but the first of each stage that has a shortcut: 16 blocks, 9 shortcuts.
    #expect(all.count == 9 && all.contains("block2b_drop"))
    let last = try random(.lastStages(2), .train)
    #expect(!last.isEmpty && last.isStrictSubset(of: all))
  }
}
