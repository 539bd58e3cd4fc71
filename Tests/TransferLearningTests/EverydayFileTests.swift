import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite(
  "Model files as people have them", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct EverydayFileTests {
  private static func photos() throws -> [String] {
    let folder = try TestData.url("cases/photos96")
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { folder.appending(path: $0).path }
  }

  @Test("TensorFlow 2.11's functional model in a functional model gives TensorFlow's probabilities")
  func functionalInFunctional() throws {
    let file = try TestData.url("cases/tf211_functional_in_functional.h5").path
    let classifier = try Classifier(Base.Source(file), labels: ["a", "b", "c"])
    let photos = try Self.photos()
    #expect(!photos.isEmpty)
    for photo in photos {
      let found = try classifier(photo).probabilities
      for (found, expected) in zip(found, [0.47695, 0.27249, 0.25055] as [Float]) {
        #expect(abs(found - expected) < 1e-5, "\(photo)")
      }
    }
  }

  @Test("The shape of TensorFlow's transfer-learning tutorial gives TensorFlow's logit")
  func tutorial() throws {
    let file = try TestData.url("cases/tf211_tutorial_one_logit.h5").path
    let classifier = try Classifier(Base.Source(file), labels: ["cat", "dog"])
    for photo in try Self.photos() {
      let second = Double(try classifier(photo).probabilities[1])
      #expect(abs(log(second / (1 - second)) - 1.32981) < 1e-5, "\(photo)")
    }
  }

  @Test("A base is taken out of the weights of a flat model with somebody's own dense layers")
  func flatModel() throws {
    var source = Base.Source("mobilenetv2")
    (source.alpha, source.imageSize) = (0.35, 96)
    source.weights = .file(
      try TestData.url("cases/mobilenetv2_0.35_96_flat_dense.weights.h5").path)
    let report = try #require(try Base(loading: source).report)
    #expect(report.matched.count == 260 && report.missing.isEmpty)
    #expect(!report.unused.isEmpty && report.unused.allSatisfy { $0.hasPrefix("dense") })
    #expect(report.forbiddenUnused.isEmpty)
  }
}
