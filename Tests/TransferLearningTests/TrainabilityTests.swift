import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing

/// Every family of the zoo that reads photos, in a variant as small as it gets.
@Suite("What a plan trains")
struct TrainabilityTests {
  struct Variant: CustomTestStringConvertible, Sendable {
    let name: String
    var alpha: Double?
    var size = 32
    var testDescription: String { name }
  }

  static let variants: [Variant] =
    [
      "lenet5", "alexnet", "networkinnetwork", "vgg11", "googlenet", "inceptionv3", "resnet18",
      "resnet50v2", "inceptionresnetv2", "squeezenet1_1", "xception", "densenet121",
      "efficientnetv2b0", "convnexttiny", "timm/resnet18", "timm/convnext_atto", "timm/vgg11_bn",
      "timm/densenet121", "timm/mobilenetv4_conv_small_035", "timm/efficientnet_lite0",
      "timm/regnety_002", "timm/hgnetv2_b0",
    ].map { Variant(name: $0) }
    // At 32 its last stage sees single pixels, and half of it has no gradient.
    + [Variant(name: "efficientnetb0", size: 64)]
    + ["mobilenet", "mobilenetv2", "mobilenetv3small"].map { Variant(name: $0, alpha: 0.35) }

  @Test("every family is here")
  func complete() {
    func family(_ name: String) -> String {
      // One builder makes those of all libraries of PyTorch's world.
      let builders = ["resne", "vgg", "densenet", "mobilenet", "efficientnet", "regnet", "hgnet"]
      if name.contains("/"), let builder = builders.first(where: name.contains) {
        return "PyTorch's \(builder)"
      }
      let name = name.replacing("torchvision/", with: "timm/")
      // Their sizes have words for names.
      if let range = name.range(of: "convnext") { return String(name[..<range.upperBound]) }
      let version = ["v2", "v3"].first { name.contains($0) } ?? ""
      return name.prefix { !$0.isNumber } + version
    }
    // Those that read no photos.
    let others = ["alphago", "sequence1d"].map(family)
    #expect(
      Set(Self.variants.map { family($0.name) })
        == Set(Model.names.map(family)).subtracting(others))
  }

  @Test(
    "is what it says, and nothing else changes by a bit", .tags(.slow), .unlessQuick,
    arguments: variants)
  func scopes(_ variant: Variant) throws {
    let size = try max(variant.size, Model.imageSizes(of: variant.name).lowerBound)
    let model = try Model.named(
      variant.name, alpha: variant.alpha, imageSize: ImageSize(side: size), top: .features)
    var tensors = model.network.initialTensors(seed: 1)
    // Factors of a millionth would let nobody see what moves behind them.
    for node in model.network.nodes where node.layer is LayerScale {
      for gamma in node.parameters { tensors[gamma.name] = Tensor(repeating: 0.5, gamma.shape) }
    }
    let photos = try Folder()
    let pool = WorkerPool(count: 2)
    // Statistics of batches come first: with those it then has the network is sane when they are frozen.
    for (scope, norm) in [
      (Phase.Scope.all, BatchNormMode.train), (.head, .frozen), (.lastStages(1), .frozen),
    ] {
      var phase = Phase("phase", scope, .sgd)
      phase.batchSize = 2
      // The head begins with zeros, which let no gradient through in the first step.
      phase.epochs = 2
      phase.batchNorm = norm
      phase.learningRate = 0.01
      phase.warmUp = 0
      phase.clip = 1
      var options = TrainingOptions()
      options.cache = nil
      let tuner = try FineTuner(
        Base(
          name: variant.name, alpha: variant.alpha, network: model.network, tensors: tensors,
          weights: .pretrained(sha256: "d16e57"), preprocessing: model.preprocessing),
        plan: FineTuningPlan(name: "one", phases: [phase]), options: options)
      let result = try tuner.train(on: photos.photos, pool: pool)
      let network = try tuner.network(classes: 2)
      let trained = try TrainableStages(phase, of: network).nodeNames(in: network)
      var learned = 0
      var moved = 0
      for parameter in network.parameters {
        let before =
          tensors[parameter.name]?.values ?? [Float](repeating: 0, count: parameter.shape.count)
        let after = try #require(result.tensors[parameter.name]).values
        let isSame = before.map(\.bitPattern) == after.map(\.bitPattern)
        let mayChange =
          trained.contains(parameter.node) && (parameter.role.isLearned || norm == .train)
        if !mayChange {
          #expect(isSame, "\(scope): \(parameter.name)")
        } else if parameter.role.isLearned {
          learned += 1
          if !isSame { moved += 1 }
        }
      }
      // A few have no gradient at all: behind units that are silent, or in front of batch norms.
      #expect(
        learned > 0 && Double(moved) >= 0.6 * Double(learned), "\(scope): \(moved) of \(learned)")
      for name in tensors.keys { tensors[name] = result.tensors[name] }
    }
  }

  /// Four small photos of two classes, none to validate on, so that the last weights are kept.
  private final class Folder {
    private let folder: TemporaryFolder
    let photos: Photos

    init() throws {
      folder = try TemporaryFolder()
      var photos: [Photo] = []
      for number in 0..<4 {
        let label = number % 2
        let pixels = (0..<40 * 40 * 3).map { index in
          UInt8((index * (3 + label * 4) + number * 31 + index / 120 * 7) % 251)
        }
        let bytes = try JPEG.encode(Image(width: 40, height: 40, pixels: pixels), quality: 95)
        try folder.write("\(number).jpg", bytes)
        photos.append(
          Photo(
            path: "\(number).jpg", label: label, digest: ContentDigest(bytes).hexadecimal))
      }
      self.photos = Photos(root: folder.url, classes: ["a", "b"], splits: [.train: photos])
    }
  }
}
