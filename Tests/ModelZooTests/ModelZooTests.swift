import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Model zoo")
struct ModelZooTests {
  @Test(
    "a model brings the preprocessing its weights were trained with",
    arguments: [
      (Preprocessing.caffe, ["vgg16", "vgg19", "resnet50", "resnet101", "resnet152"]),
      (
        .signed,
        [
          "resnet50v2", "resnet101v2", "resnet152v2", "mobilenet", "mobilenetv2", "inceptionv3",
          "xception", "inceptionresnetv2",
        ]
      ),
      (.torch, ["densenet121", "densenet169", "densenet201"]),
      (
        .none,
        [
          "mobilenetv3small", "mobilenetv3large", "mobilenetv3smallminimalistic",
          "mobilenetv3largeminimalistic", "efficientnetb0", "efficientnetb7", "efficientnetv2b0",
          "efficientnetv2l", "convnexttiny", "convnextxlarge",
        ]
      ),
    ])
  func preprocessing(_ preprocessing: Preprocessing, _ names: [String]) throws {
    for name in names {
      #expect(try Model.named(name, top: .features).preprocessing == preprocessing)
    }
  }

  @Test("every published variant can be built and stands in the catalogue once")
  func catalogue() {
    let listed = Model.catalogue.filter { !$0.name.contains("/") }
    let keys = listed.map { "\($0.name) \($0.alpha ?? 0) \($0.imageSize)" }
    let published = 2 + 3 + 3 + 16 + 22 + 6 + 8 + 7 + 5 + 1 + 1 + 3 + 1
    #expect(keys.count == published + 12)
    #expect(Set(keys).count == keys.count)
    let weights = listed.compactMap(\.weights)
    #expect(weights.count == published)
    let files = weights.flatMap { ($0 as PublishedWeights?).files.map(\.fileName) }
    #expect(files.count == 2 * published)
    #expect(Set(files).count == files.count)
    let digests = weights.flatMap { ($0 as PublishedWeights?).files }.compactMap(\.digest)
    #expect(Set(digests).count == digests.count)
    #expect(Model.catalogue.compactMap(\.topOne).allSatisfy { 0.4..<0.9 ~= $0 })
    #expect(Model.catalogue.allSatisfy { ($0.weights == nil) == ($0.provenance == nil) })
    #expect(listed.allSatisfy { $0.weights == nil || $0.topOne != nil })
    let md5 = digests.compactMap { if case .md5(let digits) = $0 { digits } else { nil } }
    #expect(md5.count == 2 * (published - 16 - 22 - 5) + 2)
    #expect(md5.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{32}/) != nil })
    let sha256 = digests.compactMap { if case .sha256(let digits) = $0 { digits } else { nil } }
    #expect(sha256.count == 2 * (16 + 5) + 1)
    #expect(sha256.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{64}/) != nil })
    let without = weights.flatMap { ($0 as PublishedWeights?).files }.filter { $0.digest == nil }
    #expect(without.allSatisfy { $0.folder == "mobilenet_v2" })
  }

  @Test(
    "ImageNet's top 1 is what keras.io lists",
    arguments: [
      ("xception", 0.790), ("vgg16", 0.713), ("vgg19", 0.713), ("resnet50", 0.749),
      ("resnet50v2", 0.760), ("resnet101", 0.764), ("resnet101v2", 0.772), ("resnet152", 0.766),
      ("resnet152v2", 0.780), ("inceptionv3", 0.779), ("inceptionresnetv2", 0.803),
      ("densenet121", 0.750), ("densenet169", 0.762), ("densenet201", 0.773),
      ("efficientnetb0", 0.771), ("efficientnetb1", 0.791), ("efficientnetb2", 0.801),
      ("efficientnetb3", 0.816), ("efficientnetb4", 0.829), ("efficientnetb5", 0.836),
      ("efficientnetb6", 0.840), ("efficientnetb7", 0.843), ("efficientnetv2b0", 0.787),
      ("efficientnetv2b1", 0.798), ("efficientnetv2b2", 0.805), ("efficientnetv2b3", 0.820),
      ("efficientnetv2s", 0.839), ("efficientnetv2m", 0.853), ("efficientnetv2l", 0.857),
      ("convnexttiny", 0.813),
      ("convnextsmall", 0.823), ("convnextbase", 0.853), ("convnextlarge", 0.863),
      ("convnextxlarge", 0.867),
    ])
  func topOne(_ name: String, _ topOne: Double) {
    #expect(Model.catalogue.filter { $0.name == name }.map(\.topOne) == [topOne])
  }

  @Test("building a network takes no weights and little time")
  func speed() throws {
    let start = ContinuousClock.now
    for _ in 0..<5 { _ = try Model.named("efficientnetv2l", top: .imageNet) }
    #expect(ContinuousClock.now - start < .seconds(2))
  }

  @Test(
    "weight files have Keras's names and addresses",
    arguments: [
      ("resnet50", nil, 224, "resnet/resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("resnet152v2", nil, nil, "resnet/resnet152v2_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("vgg16", nil, 64, "vgg16/vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("vgg19", nil, nil, "vgg19/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"),
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
      (
        "mobilenetv3small", 0.75, nil,
        "mobilenet_v3/weights_mobilenet_v3_small_224_0.75_float_no_top_v2.h5"
      ),
      (
        "mobilenetv3largeminimalistic", nil, nil,
        "mobilenet_v3/weights_mobilenet_v3_large_minimalistic_224_1.0_float_no_top_v2.h5"
      ),
      ("efficientnetv2b3", nil, 128, "efficientnet_v2/efficientnetv2-b3_notop.h5"),
      ("efficientnetv2s", nil, nil, "efficientnet_v2/efficientnetv2-s_notop.h5"),
      (
        "inceptionv3", nil, nil,
        "inception_v3/inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5"
      ),
      ("convnextxlarge", nil, 288, "convnext/convnext_xlarge_notop.h5"),
      ("xception", nil, 150, "xception/xception_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      ("densenet169", nil, nil, "densenet/densenet169_weights_tf_dim_ordering_tf_kernels_notop.h5"),
      (
        "inceptionresnetv2", nil, nil,
        "inception_resnet_v2/inception_resnet_v2_weights_tf_dim_ordering_tf_kernels_notop.h5"
      ),
    ] as [(String, Double?, ImageSize?, String)])
  func files(_ name: String, _ alpha: Double?, _ size: ImageSize?, _ path: String) throws {
    let model = try Model.named(name, alpha: alpha, imageSize: size, top: .features)
    let file = try #require(model.weightFile)
    #expect(file.url() == "https://storage.googleapis.com/tensorflow/keras-applications/" + path)
    #expect(file.url(base: "http://127.0.0.1:8000") == "http://127.0.0.1:8000/" + path)
    #expect(!file.includesTop)
  }

  @Test("EfficientNet's files lie on another shelf")
  func efficientNetFiles() throws {
    let file = try #require(try Model.named("efficientnetb4", top: .features).weightFile)
    #expect(
      file.url() == "https://storage.googleapis.com/keras-applications/efficientnetb4_notop.h5")
    #expect(
      file.url(base: "http://127.0.0.1:8000/") == "http://127.0.0.1:8000/efficientnetb4_notop.h5")
    #expect(file.digest == .md5("ebc24e6d6c33eaebbd558eafbeedf1ba"))
    let top = try #require(try Model.named("efficientnetb4", top: .imageNet).weightFile)
    #expect(top.fileName == "efficientnetb4.h5")
    #expect(top.includesTop)
  }

  @Test("there are no published weights for other widths, nor for VGG's classifier at other sizes")
  func unpublished() throws {
    #expect(try Model.named("mobilenet", alpha: 0.6, top: .features).weightFile == nil)
    #expect(try Model.named("mobilenetv3small", alpha: 0.5, top: .features).weightFile == nil)
    #expect(
      try Model.named("mobilenetv3smallminimalistic", alpha: 0.75, top: .features).weightFile == nil
    )
    #expect(try Model.named("vgg16", imageSize: 64, top: .imageNet).weightFile == nil)
    #expect(try Model.named("vgg19", imageSize: 225, top: .logits).weightFile == nil)
    #expect(try Model.named("vgg16", top: .imageNet).weightFile?.includesTop == true)
    #expect(try Model.named("resnet50", imageSize: 64, top: .imageNet).weightFile != nil)
    for name in [
      "lenet5", "alexnet", "vgg11", "googlenet", "resnet18", "squeezenet1_0", "alphago",
      "sequence1d",
    ] {
      let model = try Model.named(name, top: .imageNet)
      #expect(model.weightFile == nil)
      #expect(model.provenance == nil)
    }
  }

  @Test(
    "what cannot be built is refused with one line that helps",
    arguments: [
      ("resnet5O", nil, nil, nil, "there is no model 'resnet5O'; did you mean 'resnet50'?"),
      ("mobilnetv2", nil, nil, nil, "there is no model 'mobilnetv2'; did you mean 'mobilenetv2'?"),
      (
        "efficientnet-b0", nil, nil, nil,
        "there is no model 'efficientnet-b0'; did you mean 'efficientnetb0'?"
      ),
      (
        "transformer", nil, nil, nil,
        "there is no model 'transformer'; Model.names lists the \(Model.names.count) that there are"
      ),
      (
        "timm/resnet5O.a1_in1k", nil, nil, nil,
        "there is no model 'timm/resnet5O.a1_in1k'; did you mean 'timm/resnet50'?"
      ),
      (
        "torchvision/resnet50.v3", nil, nil, nil,
        "there are no weights 'torchvision/resnet50.v3'; of torchvision/resnet50 there are "
          + "torchvision/resnet50.v1, torchvision/resnet50.v2"
      ),
      (
        "vgg16", 0.5, nil, nil,
        "vgg16 comes in one width; leave out alpha, or take one of mobilenet, mobilenetv2, "
          + "mobilenetv3small, mobilenetv3smallminimalistic, mobilenetv3large, "
          + "mobilenetv3largeminimalistic"
      ),
      (
        "mobilenet", 0.01, nil, nil,
        "mobilenet cannot be built with a width of 0.01; expected 0.05 to 4.0"
      ),
      (
        "mobilenet", .nan, nil, nil,
        "mobilenet cannot be built with a width of nan; expected 0.05 to 4.0"
      ),
      (
        "resnet50", nil, 31, nil,
        "resnet50 cannot read images of 31 × 31 pixels; expected 32 to 4096"
      ),
      (
        "resnet50", nil, -1, nil,
        "resnet50 cannot read images of -1 × -1 pixels; expected 32 to 4096"
      ),
      (
        "inceptionv3", nil, 74, nil,
        "inceptionv3 cannot read images of 74 × 74 pixels; expected 75 to 4096"
      ),
      (
        "xception", nil, 70, nil,
        "xception cannot read images of 70 × 70 pixels; expected 71 to 4096"
      ),
      (
        "resnet50", nil, ImageSize(height: 224, width: 31), nil,
        "resnet50 cannot read images of 224 × 31 pixels; expected 32 to 4096"
      ),
      ("vgg16", nil, nil, 0, "vgg16 cannot be built for 0 input channels; expected 1 to 1024"),
    ] as [(String, Double?, ImageSize?, Int?, String)])
  func errors(
    _ name: String, _ alpha: Double?, _ size: ImageSize?, _ channels: Int?, _ message: String
  ) {
    let error = #expect(throws: ModelError.self) {
      try Model.named(name, alpha: alpha, imageSize: size, channels: channels, top: .imageNet)
    }
    #expect(error?.description == message)
  }

  private static func rank(_ name: String, _ size: ImageSize, _ top: Model.Top) throws -> Int {
    try Model.named(name, imageSize: size, top: top).network.outputShape.rank
  }

  @Test("every size and width in the allowed range builds", arguments: Model.names)
  func sizes(_ name: String) throws {
    let allowed = try Model.imageSizes(of: name)
    let smallest = allowed.lowerBound
    // Of PyTorch's there are hundreds, from few builders.
    let sizes =
      name.contains("/")
      ? [smallest, smallest + 1, 225] : Array(smallest...(smallest + 9)) + [224, 225, 299]
    for size in sizes + [allowed.upperBound] {
      #expect(try Self.rank(name, ImageSize(side: size), .features) == 1)
    }
    #expect(try Self.rank(name, ImageSize(side: smallest), .logits) == 1)
    guard name != "sequence1d" else { return }
    let rectangle = ImageSize(height: smallest, width: min(smallest + 40, allowed.upperBound))
    #expect(try Self.rank(name, rectangle, .features) == 1)
    guard name.hasPrefix("mobilenet") else { return }
    for alpha in [0.05, 0.1, 0.33, 0.5, 1.7, 4] {
      #expect(try Model.named(name, alpha: alpha, imageSize: 32, top: .imageNet).alpha == alpha)
    }
  }

  @Test("unless told otherwise a network has the size it was trained with")
  func defaultSizes() throws {
    for entry in Model.catalogue where entry.alpha == nil {
      let model = try Model.named(entry.name, top: .features)
      #expect(model.imageSize == ImageSize(side: entry.imageSize))
      #expect(model.network.inputShape == entry.inputShape)
      #expect(model.network.outputShape == [entry.features])
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
