import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite(
  "Networks of whole models that others wrote",
  .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct KerasModelFileTests {
  @Test("Teachable Machine's model, which Keras 3 cannot load, builds and loads completely")
  func teachable() throws {
    let file = try KerasWeightFile(TestData.url("models/teachable_catdog.h5"))
    let model = try KerasModel(file)
    let (tensors, report) = try model.load(file)
    #expect(report.matched.count == file.entries.count && report.unused.isEmpty)
    #expect(tensors.count == model.network.parameters.count)
    #expect(model.network.inputShape == [224, 224, 3] && model.network.outputShape == [2])
    #expect(model.outputActivation == .softmax && model.hasClassifier)
    #expect(!model.preprocessesItself && model.notes.isEmpty)
    #expect(model.features.outputShape == [100])
    #expect(
      model.network.stages.map(\.name) == [
        "Conv1_pad", "block_1_expand", "block_3_expand", "block_6_expand", "block_13_expand",
        Network.headStage,
      ])
  }

  @Test("A model of Keras 2.0 with separable convolutions and a convolution for its classifier")
  func miniXception() throws {
    let file = try KerasWeightFile(TestData.url("models/fer2013_mini_XCEPTION.102-0.66.hdf5"))
    let model = try KerasModel(file)
    let (tensors, report) = try model.load(file)
    #expect(report.matched.count == file.entries.count && report.unused.isEmpty)
    #expect(tensors.count == model.network.parameters.count)
    #expect(model.network.inputShape == [64, 64, 1] && model.network.outputShape == [7])
    #expect(model.features.outputShape == [128] && model.hasClassifier)
    #expect(
      model.network.stages.map(\.name) == [
        "conv2d_1", "separable_conv2d_1", "separable_conv2d_3", "separable_conv2d_5",
        "separable_conv2d_7", Network.headStage,
      ])
  }

  @Test(
    "They compute what Keras does with the same layers and tensors",
    .enabled(if: Keras.isAvailable, "\(Keras.hint)"),
    arguments: [
      ("models/teachable_catdog.h5", 1.0),
      ("models/fer2013_mini_XCEPTION.102-0.66.hdf5", 1.0),
    ])
  func sameAsKeras(path: String, scale: Double) throws {
    let url = try TestData.url(path)
    try withTemporaryFolder { folder in
      let problem = try Keras.failure(of: Keras.byHand(url.path, scale: scale), in: folder)
      #expect(problem == nil)
      if problem != nil { return }
      let file = try KerasWeightFile(url)
      let model = try KerasModel(file)
      let tensors = try model.load(file).tensors
      let input = try numbers(in: folder.appending(path: "input"))
      let expected = try numbers(in: folder.appending(path: "output"))
      #expect(Set(expected).count > expected.count / 2)
      let found = try run(model.network, tensors, on: input)
      expectClose(found, expected.map(Double.init), relative: 2e-5, path)
    }
  }
}
