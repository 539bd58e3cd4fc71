import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Model zoo")
struct ModelZooTests {
  @Test(
    "a network is Keras's, layer by layer: names, shapes, inputs, weights",
    arguments: KerasGoldens.structures)
  func structure(_ golden: KerasGoldens.Structure) throws {
    let model = try Model.named(
      golden.name, alpha: golden.alpha, imageSize: golden.imageSize,
      top: golden.top ? .imageNet : .features)
    let text = structure(of: model.network)
    #expect(model.network.parameterCount == golden.parameters)
    #expect(model.network.nodes.count == golden.layers)
    #expect(HashedWeights.digest(text) == golden.digest, "\(text)")
  }

  /// The text that `Tools/keras/common.py` writes about a real Keras model.
  private func structure(of network: Network) -> String {
    func extents(_ shape: Shape) -> String {
      shape.dimensions.map(String.init).joined(separator: "x")
    }
    return network.nodes.map { node in
      let inputs = node.inputs.map { network[$0].name }.joined(separator: ",")
      let weights = node.parameters.map { "\($0.name):\(extents($0.shape))" }
      let line = (["\(node.name) \(extents(node.shape)) <- \(inputs)"] + weights).joined(
        separator: " ")
      return line.hasSuffix(" ") ? String(line.dropLast()) : line
    }.joined(separator: "\n")
  }

  @Test(
    "batch norms have Keras's epsilon and momentum",
    arguments: [
      ("resnet50", Float(1.001e-5), Float(0.99)), ("mobilenet", 1e-3, 0.99),
      ("mobilenetv2", 1e-3, 0.999),
    ])
  func norms(_ name: String, _ epsilon: Float, _ momentum: Float) throws {
    let network = try Model.named(name, top: .features).network
    let norms = network.nodes.compactMap { $0.layer as? BatchNormalization }
    #expect(!norms.isEmpty)
    #expect(norms.allSatisfy { $0.epsilon == epsilon && $0.momentum == momentum })
  }

  @Test(
    "stages are whole blocks at one resolution, and together the network",
    arguments: [
      ("vgg16", ["block1", "block2", "block3", "block4", "block5"], "block5_conv1"),
      ("resnet50", ["conv1", "conv2", "conv3", "conv4", "conv5"], "conv5_block1_1_conv"),
      (
        "mobilenet", ["conv1", "blocks2-3", "blocks4-5", "blocks6-11", "blocks12-13"], "conv_pad_12"
      ),
      (
        "mobilenetv2", ["Conv1", "blocks1-2", "blocks3-5", "blocks6-12", "blocks13-16"],
        "block_13_expand"
      ),
    ])
  func stages(_ name: String, _ stages: [String], _ firstOfLast: String) throws {
    let features = try Model.named(name, top: .features).network
    #expect(features.stages.map(\.name) == stages)
    let last = try #require(features.stages.last)
    #expect(features.nodes[last.nodes.lowerBound].name == firstOfLast)
    #expect(features.stages.flatMap { Array($0.nodes) } == Array(1..<features.nodes.count))
    #expect(features.outputShape.rank == 1)
    let whole = try Model.named(name, top: .imageNet).network
    #expect(whole.stages.map(\.name) == stages + [Network.headStage])
    #expect(whole.outputShape == [1000])
    // What begins a stage reads the output of the one before, and nothing later reads across.
    for stage in features.stages.dropFirst() {
      let before = stage.nodes.lowerBound - 1
      for index in stage.nodes {
        #expect(features.nodes[index].inputs.allSatisfy { $0.index >= before })
      }
    }
  }

  @Test(
    "a model brings the preprocessing its weights were trained with",
    arguments: [
      ("vgg16", Preprocessing.caffe), ("resnet50", .caffe), ("mobilenet", .signed),
      ("mobilenetv2", .signed),
    ])
  func preprocessing(_ name: String, _ preprocessing: Preprocessing) throws {
    #expect(try Model.named(name, top: .features).preprocessing == preprocessing)
  }

  @Test(
    "the classifier's layers are known without it",
    arguments: [
      ("vgg16", ["fc1", "fc2", "predictions"]), ("resnet50", ["predictions"]),
      ("mobilenet", ["conv_preds"]), ("mobilenetv2", ["predictions"]),
    ] as [(String, Set<String>)])
  func classifier(_ name: String, _ layers: Set<String>) throws {
    let model = try Model.named(name, top: .features)
    #expect(model.classifierLayers == layers)
    let whole = try Model.named(name, top: .imageNet).network.parameters.map(\.name)
    let base = model.network.parameters.map(\.name)
    #expect(whole.filter { !layers.contains(String($0.prefix { $0 != "/" })) } == base)
  }

  @Test("every published variant can be built and stands in the catalogue once")
  func catalogue() {
    let keys = Model.catalogue.map { "\($0.name) \($0.alpha ?? 0) \($0.imageSize)" }
    #expect(keys.count == 1 + 1 + 16 + 22)
    #expect(Set(keys).count == keys.count)
    let files = Model.catalogue.flatMap { [$0.weights.top.fileName, $0.weights.noTop.fileName] }
    #expect(Set(files).count == files.count)
    #expect(Model.catalogue.allSatisfy { 0.4..<0.8 ~= $0.topOne })
  }

  @Test(
    "weight files have Keras's names and addresses",
    arguments: [
      ("resnet50", nil, 224, "resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("vgg16", nil, 64, "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("mobilenet", 0.25, 224, "mobilenet/mobilenet_2_5_224_tf_no_top.h5"),
      ("mobilenet", 0.75, 192, "mobilenet/mobilenet_7_5_192_tf_no_top.h5"),
      ("mobilenet", nil, 100, "mobilenet/mobilenet_1_0_224_tf_no_top.h5"),
      (
        "mobilenetv2", 0.35, 96,
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5"
      ),
      (
        "mobilenetv2", nil, nil,
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
      ),
      (
        "mobilenetv2", 0.5, 300,
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.5_224_no_top.h5"
      ),
      (
        "mobilenetv2", 1.4, 96,
        "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.4_224_no_top.h5"
      ),
    ] as [(String, Double?, Int?, String)])
  func files(_ name: String, _ alpha: Double?, _ size: Int?, _ path: String) throws {
    let model = try Model.named(name, alpha: alpha, imageSize: size, top: .features)
    let file = try #require(model.weightFile)
    #expect(file.url() == "https://storage.googleapis.com/tensorflow/keras-applications/" + path)
    #expect(file.url(base: "http://127.0.0.1:8000") == "http://127.0.0.1:8000/" + path)
    #expect(!file.includesTop)
  }

  @Test("there are no published weights for other widths, nor for VGG's classifier at other sizes")
  func unpublished() throws {
    #expect(try Model.named("mobilenet", alpha: 0.6, top: .features).weightFile == nil)
    #expect(try Model.named("vgg16", imageSize: 64, top: .imageNet).weightFile == nil)
    #expect(try Model.named("vgg16", top: .imageNet).weightFile?.includesTop == true)
    #expect(try Model.named("resnet50", imageSize: 64, top: .imageNet).weightFile != nil)
  }

  @Test(
    "what cannot be built is refused with one line that helps",
    arguments: [
      ("resnet5O", nil, nil, "there is no model 'resnet5O'; did you mean 'resnet50'?"),
      ("mobilnetv2", nil, nil, "there is no model 'mobilnetv2'; did you mean 'mobilenetv2'?"),
      (
        "transformer", nil, nil,
        "there is no model 'transformer'; there are vgg16, resnet50, mobilenet, mobilenetv2"
      ),
      (
        "vgg16", 0.5, nil,
        "vgg16 comes in one width; leave out --alpha, or take mobilenet or mobilenetv2"
      ),
      (
        "mobilenet", 0.01, nil,
        "mobilenet cannot be built with a width of 0.01; expected 0.05 to 4.0"
      ),
      (
        "mobilenet", .nan, nil,
        "mobilenet cannot be built with a width of nan; expected 0.05 to 4.0"
      ),
      ("resnet50", nil, 31, "resnet50 cannot read images of 31 × 31 pixels; expected 32 to 4096"),
      ("resnet50", nil, -1, "resnet50 cannot read images of -1 × -1 pixels; expected 32 to 4096"),
    ] as [(String, Double?, Int?, String)])
  func errors(_ name: String, _ alpha: Double?, _ size: Int?, _ message: String) {
    let error = #expect(throws: ModelError.self) {
      try Model.named(name, alpha: alpha, imageSize: size, top: .imageNet)
    }
    #expect(error?.description == message)
  }

  @Test("every size and width in the allowed range builds", arguments: Model.names)
  func sizes(_ name: String) throws {
    for size in Array(32...70) + [75, 224, 225, 299, 4096] {
      #expect(try Model.named(name, imageSize: size, top: .features).network.outputShape.rank == 1)
    }
    guard name.hasPrefix("mobilenet") else { return }
    for alpha in [0.05, 0.1, 0.33, 0.5, 1.7, 4] {
      #expect(try Model.named(name, alpha: alpha, imageSize: 32, top: .imageNet).alpha == alpha)
    }
  }

  @Test("ImageNet's classes are Keras's, in its order")
  func classNames() {
    #expect(ImageNet.classNames.count == ImageNet.classCount)
    #expect(ImageNet.classNames[0] == "tench")
    #expect(ImageNet.classNames[207] == "golden_retriever")
    #expect(ImageNet.classNames[999] == "toilet_tissue")
    let joined = ImageNet.classNames.joined(separator: " ")
    #expect(HashedWeights.digest(joined) == KerasGoldens.classNamesDigest)
  }
}

@Suite("Network summary")
struct NetworkSummaryTests {
  @Test(
    "receptive fields are those of the literature",
    arguments: [
      ("vgg16", "block5_pool", 212), ("resnet50", "conv5_block3_out", 483),
      ("mobilenet", "conv_pw_13_relu", 315),
      ("mobilenetv2", "out_relu", 491), ("vgg16", "block1_conv2", 5),
      ("resnet50", "pool1_pool", 11),
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
    "sums are Keras's and the papers'",
    arguments: [
      ("vgg16", nil, 138_357_544, 138_357_544, 15.5e9),
      ("resnet50", nil, 25_636_712, 25_583_592, 3.86e9),
      ("mobilenet", 1, 4_253_864, 4_231_976, 569e6),
      ("mobilenetv2", 1, 3_538_984, 3_504_872, 300e6),
      ("mobilenetv2", 1.4, 6_156_712, 6_108_776, 582e6),
      ("mobilenet", 0.25, 475_544, 470_072, 41e6),
    ] as [(String, Double?, Int, Int, Double)])
  func sums(
    _ name: String, _ alpha: Double?, _ parameters: Int, _ trainable: Int, _ multiplyAdds: Double
  ) throws {
    let summary = try Model.named(name, alpha: alpha, top: .imageNet).network.summary(named: name)
    #expect(summary.parameters == parameters)
    #expect(summary.trainableParameters == trainable)
    #expect(abs(Double(summary.multiplyAdds) / multiplyAdds - 1) < 0.02, "\(summary.multiplyAdds)")
    #expect(summary.nodes.reduce(0) { $0 + $1.parameters } == parameters)
    #expect(summary.nodes.reduce(0) { $0 + $1.multiplyAdds } == summary.multiplyAdds)
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
