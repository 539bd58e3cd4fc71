import ModelZoo
import NeuralNetworks
import TensorKernels
import Testing

@Suite("Structure of timm's and torchvision's networks")
struct TorchStructureTests {
  @Test(
    "a network has PyTorch's modules with their tensors, each of the same extents",
    arguments: TorchStructures.all)
  func structure(_ torch: (name: String, tensors: Int, parameters: Int, digest: UInt64)) throws {
    let network = try Model.named(torch.name, top: .logits).network
    #expect(network.parameters.count == torch.tensors)
    #expect(network.parameterCount == torch.parameters)
    let lines = network.parameters.map { parameter in
      let extents = parameter.shape.dimensions.map(String.init).joined(separator: "x")
      return "\(parameter.name) \(extents)\n"
    }
    let text = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined()
    #expect(HashedWeights.digest(text) == torch.digest, "\(text)")
  }

  @Test("all of them are compared, and no other network is called so")
  func completeness() {
    // ConvNeXt's layers have other shapes than PyTorch's: a dense one on images for a convolution.
    let ours = Model.names.filter { $0.contains("/") && !$0.contains("convnext") }
    #expect(Set(ours) == Set(TorchStructures.all.map(\.name)))
  }

  @Test("what is published comes by its tag, with its own size, statistics and licence")
  func published() throws {
    let entries = Model.catalogue.filter { $0.name.contains("/") }
    #expect(Set(entries.map(\.name)).count == entries.count)
    // Of a network that nobody publishes weights for, the name is the architecture's.
    let tagged = entries.filter { $0.name != $0.architecture }
    #expect(tagged.count >= 343)
    #expect(tagged.allSatisfy { $0.weights?.top.fileName.isEmpty == false })
    func entry(_ name: String) throws -> CatalogueEntry {
      try #require(entries.first { $0.name == name })
    }
    #expect(try entry("timm/resnet50.fb_swsl_ig1b_ft_in1k").provenance?.licence == "CC BY-NC 4.0")
    #expect(try entry("torchvision/regnet_y_16gf.swag_e2e_v1").imageSize == 384)
    let topOne = try #require(try entry("torchvision/resnet50.v2").topOne)
    #expect(abs(topOne - 0.80858) < 1e-9)
    #expect(try entry("timm/efficientnet_b6").weights == nil)
    // From −1 to 1.
    let half = try Model.named("timm/tf_efficientnet_lite0.in1k", top: .features).preprocessing
    #expect(half.mean == [0.5, 0.5, 0.5] && half.deviation == [0.5, 0.5, 0.5])
    // Of photos, the share that timm's evaluation sees at its own size.
    let small = try Model.named("timm/resnet50.a1_in1k", top: .features)
    let large = try Model.named("timm/resnet50.a1_in1k", imageSize: 288, top: .features)
    #expect(small.resize.rawValue == "crop 0.95 bicubic")
    #expect(large.resize.rawValue == "crop 1.0 bicubic")
  }
}
