import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Stages of the zoo")
struct StageTests {
  @Test(
    "stages are whole blocks at one resolution",
    arguments: [
      ("lenet5", ["c1", "c3"], "c3"), ("alexnet", ["conv1", "conv2", "conv3-5"], "conv3"),
      ("networkinnetwork", ["block1", "block2", "block3"], "block3_conv"),
      ("vgg11", ["block1", "block2", "block3", "block4", "block5"], "block5_conv1"),
      ("vgg19", ["block1", "block2", "block3", "block4", "block5"], "block5_conv1"),
      (
        "googlenet", ["conv1", "conv2", "inception_3", "inception_4", "inception_5"], "pool4"
      ),
      ("inceptionv3", ["stem", "mixed0-2", "mixed3-7", "mixed8-10"], "conv2d_72"),
      ("resnet34", ["conv1", "conv2", "conv3", "conv4", "conv5"], "conv5_block1_1_pad"),
      ("resnet50", ["conv1", "conv2", "conv3", "conv4", "conv5"], "conv5_block1_1_conv"),
      (
        "resnet152v2", ["conv1", "conv2", "conv3", "conv4", "conv5"], "conv5_block1_preact_bn"
      ),
      ("inceptionresnetv2", ["stem", "block35", "block17", "block8"], "conv2d_160"),
      ("squeezenet1_0", ["conv1", "fire2-4", "fire5-8", "fire9"], "pool8_pad"),
      ("squeezenet1_1", ["conv1", "fire2-3", "fire4-5", "fire6-9"], "pool5_pad"),
      (
        "xception", ["block1", "block2", "block3", "block4-12", "block13-14"],
        "block13_sepconv1_act"
      ),
      ("densenet201", ["conv1", "conv2", "conv3", "conv4", "conv5"], "conv5_block1_0_bn"),
      (
        "mobilenet", ["conv1", "blocks2-3", "blocks4-5", "blocks6-11", "blocks12-13"], "conv_pad_12"
      ),
      (
        "mobilenetv2", ["Conv1", "blocks1-2", "blocks3-5", "blocks6-12", "blocks13-16"],
        "block_13_expand"
      ),
      (
        "mobilenetv3small", ["conv", "blocks0-0", "blocks1-2", "blocks3-7", "blocks8-10"],
        "expanded_conv_8_expand"
      ),
      (
        "mobilenetv3large", ["conv", "blocks1-2", "blocks3-5", "blocks6-11", "blocks12-14"],
        "expanded_conv_12_expand"
      ),
      (
        "efficientnetb0", ["stem", "block2", "block3", "block4-5", "block6-7"],
        "block6a_expand_conv"
      ),
      (
        "efficientnetv2b3", ["stem", "block2", "block3", "block4-5", "block6"],
        "block6a_expand_conv"
      ),
      (
        "efficientnetv2l", ["stem", "block2", "block3", "block4-5", "block6-7"],
        "block6a_expand_conv"
      ),
      (
        "convnexttiny", ["stage_0", "stage_1", "stage_2", "stage_3"],
        "convnext_tiny_downsampling_layernorm_2"
      ),
      (
        "timm/convnext_pico", ["stages.0", "stages.1", "stages.2", "stages.3"],
        "stages.3.downsample.0"
      ),
      (
        "timm/resnet50d", ["conv1", "layer1", "layer2", "layer3", "layer4"], "layer4.0.conv1"
      ),
      ("torchvision/vgg16_bn", ["block1", "block2", "block3", "block4", "block5"], "features.34"),
      (
        "timm/densenet161", ["stem", "denseblock1", "denseblock2", "denseblock3", "denseblock4"],
        "features.denseblock4.denselayer1.norm1"
      ),
      (
        "timm/tf_efficientnet_lite0", ["stem", "blocks1", "blocks2", "blocks3-4", "blocks5-6"],
        "blocks.5.0.conv_pw"
      ),
      (
        "torchvision/mobilenet_v2", ["stem", "blocks1", "blocks2", "blocks3-4", "blocks5-6"],
        "features.14.conv.0.0"
      ),
      (
        "timm/mobilenetv3_small_100", ["stem", "blocks0", "blocks1", "blocks2-3", "blocks4-5"],
        "blocks.4.0.conv_pw"
      ),
      (
        "timm/mobilenetv4_conv_medium", ["stem", "blocks0", "blocks1", "blocks2", "blocks3-4"],
        "blocks.3.0.dw_start.conv"
      ),
      (
        "torchvision/regnet_y_400mf", ["stem", "s1", "s2", "s3", "s4"],
        "trunk_output.block4.block4-0.f.a.0"
      ),
      (
        "timm/hgnetv2_b0", ["stem", "stages.0", "stages.1", "stages.2", "stages.3"],
        "stages.3.downsample.conv_pad"
      ),
      ("alphago", ["conv"], "conv1"),
      ("sequence1d", ["conv1", "conv2", "conv3", "conv4"], "conv4"),
    ])
  func names(_ name: String, _ stages: [String], _ firstOfLast: String) throws {
    let features = try Model.named(name, top: .features).network
    #expect(features.stages.map(\.name) == stages)
    let last = try #require(features.stages.last)
    #expect(features.nodes[last.nodes.lowerBound].name == firstOfLast)
    let whole = try Model.named(name, top: .imageNet).network
    #expect(whole.stages.map(\.name) == stages + [Network.headStage])
  }

  @Test("together they are the network, and none reads across another", arguments: Model.names)
  func borders(_ name: String) throws {
    let features = try Model.named(name, top: .features).network
    #expect(features.stages.flatMap { Array($0.nodes) } == Array(1..<features.nodes.count))
    #expect(features.outputShape.rank == 1)
    for stage in features.stages.dropFirst() {
      let before = stage.nodes.lowerBound - 1
      for index in stage.nodes {
        #expect(features.nodes[index].inputs.allSatisfy { $0.index >= before })
      }
    }
    // A later stage sees less of the picture's extent, or as much.
    let sides = features.stages.compactMap { stage in
      stage.nodes.lazy.reversed().map { features.nodes[$0].shape }.first { $0.rank > 1 }?[0]
    }
    #expect(sides == sides.sorted(by: >))
    #expect(sides.count == features.stages.count)
  }

  @Test(
    "the classifier's layers are known without it",
    arguments: [
      ("vgg16", ["fc1", "fc2", "predictions"]), ("resnet50", ["predictions"]),
      ("mobilenet", ["conv_preds"]), ("mobilenetv2", ["predictions"]),
      ("mobilenetv3large", ["conv_2", "logits"]), ("efficientnetb0", ["predictions"]),
      ("inceptionv3", ["predictions"]), ("lenet5", ["c5", "f6", "output"]),
      ("alphago", ["conv13", "position_bias"]), ("networkinnetwork", ["block3_cccp2"]),
      ("squeezenet1_1", ["conv10"]), ("timm/resnet18", ["fc"]),
      ("timm/vgg16", ["pre_logits.fc1", "pre_logits.fc2", "head.fc"]),
      ("torchvision/vgg16", ["classifier.0", "classifier.3", "classifier.6"]),
      ("timm/mobilenetv3_large_100", ["conv_head", "classifier"]),
      ("timm/mobilenetv4_conv_small", ["conv_head", "norm_head", "classifier"]),
      ("timm/hgnetv2_b0", ["head.last_conv.0", "head.last_conv.2", "head.fc"]),
      ("efficientnet_lite_pytorch/efficientnet_lite0", ["_fc"]),
    ] as [(String, Set<String>)])
  func classifier(_ name: String, _ layers: Set<String>) throws {
    let model = try Model.named(name, top: .features)
    #expect(model.classifierLayers == layers)
    let whole = try Model.named(name, top: .imageNet).network.parameters.map(\.name)
    let base = model.network.parameters.map(\.name)
    #expect(whole.filter { !layers.contains(String($0.prefix { $0 != "/" })) } == base)
  }
}
