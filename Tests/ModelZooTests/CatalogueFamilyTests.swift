import ModelZoo
import TensorKernels
import Testing

@Suite("Families of the catalogue")
struct CatalogueFamilyTests {
  @Test("hold every variant once, in its order")
  func complete() {
    let listed = Model.families.flatMap(\.entries)
    #expect(listed.count == Model.catalogue.count)
    #expect(Set(listed) == Set(Model.catalogue))
    #expect(Model.families.allSatisfy { Set($0.entries.map(\.paper)).count == 1 })
  }

  @Test(
    "start with the most accurate of the small ones that a bare name gives, else with the smallest",
    arguments: [
      ("vgg19", "vgg16"), ("resnet18", "resnet50"), ("densenet201", "densenet121"),
      ("mobilenetv3small", "mobilenetv3large"), ("efficientnetb7", "efficientnetb0"),
      ("mobilenetv2", "mobilenetv2"), ("mobilenet", "mobilenet"),
    ])
  func start(_ member: String, _ expected: String) throws {
    let family = try #require(
      Model.families.first { $0.entries.contains { $0.name == member } })
    let start = try #require(family.start)
    #expect(start.name == expected && start.isUsual && start.weights != nil)
    let usual = try Model.named(start.name, top: .features)
    #expect(usual.imageSize == ImageSize(side: start.imageSize))
    #expect(family.startsSmall == (start.multiplyAdds <= CatalogueFamily.small))
  }

  @Test(
    "have nothing to start with where nobody publishes weights", arguments: ["alexnet", "lenet5"])
  func untrained(_ name: String) throws {
    let family = try #require(Model.families.first { $0.entries.contains { $0.name == name } })
    #expect(family.start == nil && !family.startsSmall)
  }
}
