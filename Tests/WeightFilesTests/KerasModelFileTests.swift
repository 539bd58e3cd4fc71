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


  }

  @Test("A model of Keras 2.0 with separable convolutions and a convolution for its classifier")
  func miniXception() throws {
    let file = try KerasWeightFile(TestData.url("models/fer2013_mini_XCEPTION.102-0.66.hdf5"))
    let model = try KerasModel(file)
    let (tensors, report) = try model.load(file)
    #expect(report.matched.count == file.entries.count && report.unused.isEmpty)
    #expect(tensors.count == model.network.parameters.count)


  }
}
