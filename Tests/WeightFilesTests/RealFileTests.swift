import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

@Suite("Weight files that others wrote", .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct RealFileTests {
  static let noTop = "weights/mobilenet_2_5_224_tf_no_top.h5"
  static let top = "weights/mobilenet_2_5_224_tf.h5"
  static let v2 = "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"

  @Test(
    "MobileNet's official files load completely",
    arguments: [(noTop, false, 135), (top, true, 137)])
  func mobileNetLoads(path: String, hasTop: Bool, count: Int) throws {
    let network = try mobileNet(alpha: 0.25, hasTop: hasTop)
    let file = try KerasWeightFile(TestData.url(path))
    #expect(file.layout == .legacyWeights)
    let (tensors, report) = try file.load(network.parameters, for: "mobilenet")
    #expect(report.matched.count == count)
    #expect(tensors.count == count)
    #expect(report.missing.isEmpty && report.unused.isEmpty && report.converted.isEmpty)
    #expect(tensors["conv1/kernel"]?.shape == [3, 3, 3, 8])
    if !hasTop {
      #expect(
        report.sha256 == "dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf")
    }
  }

  @Test("A network without classifier reads a file with one only when told which layer it is")
  func classifierIsNamed() throws {
    let network = try mobileNet(alpha: 0.25, hasTop: false)
    let file = try KerasWeightFile(TestData.url(Self.top))
    let report = try file.load(
      network.parameters, for: "mobilenet", mayBeUnused: ["conv_preds"]
    ).report
    #expect(report.unused == ["conv_preds/kernel", "conv_preds/bias"])
    #expect(
      failure { try file.load(network.parameters, for: "mobilenet") }?
        .message
        == "'mobilenet_2_5_224_tf.h5' holds 'conv_preds/kernel', 'conv_preds/bias', which mobilenet does "
        + "not have; are these weights for another model?")
  }

  @Test("Weights of another model are refused with both names")
  func otherModel() throws {
    let file = try KerasWeightFile(TestData.url(Self.noTop))
    let wide = try mobileNet(alpha: 0.5, hasTop: false)
    let error = failure { try file.load(wide.parameters, for: "mobilenet 0.5") }
    #expect(error?.kind == .bad)
    #expect(
      error?.message.hasPrefix(
        "'conv1/kernel' is [3, 3, 3, 16] in mobilenet 0.5 but [3, 3, 3, 8] in "
          + "'mobilenet_2_5_224_tf_no_top.h5' (and ") == true)
    let v2 = try KerasWeightFile(TestData.url(Self.v2))
    let message = failure { try v2.load(wide.parameters, for: "mobilenet") }?.message
    #expect(message?.contains("has none of the 135 tensors of mobilenet") == true)
    #expect(v2.entries.count == 260)
  }

  @Test("Whole models of Keras 2 list their tensors under the layers' own names")
  func wholeModels() throws {
    let nested = try KerasWeightFile(TestData.url("models/teachable_catdog.h5"))
    #expect(nested.layout == .legacyModel)
    #expect(nested.kerasVersion == "2.4.0")
    #expect(nested.modelConfiguration?.hasPrefix("{\"class_name\": \"Sequential\"") == true)
    let names = nested.entries.map(\.name)
    #expect(names.contains("block_10_depthwise/depthwise_kernel"))
    #expect(names.contains("Conv_1_bn/moving_variance"))
    let conv = try #require(nested.entries.first { $0.name == "Conv1/kernel" })
    #expect(conv.models == ["sequential_1", "model1"])
    #expect(nested.isNested)
    #expect(nested.architecture?["class_name"]?.string == "Sequential")
    #expect(names.suffix(3) == ["dense_Dense1/kernel", "dense_Dense1/bias", "dense_Dense2/kernel"])
    let old = try KerasWeightFile(TestData.url("models/fer2013_mini_XCEPTION.102-0.66.hdf5"))
    #expect(old.kerasVersion == "2.0.5")
    let separable = old.entries.map(\.name)
    #expect(separable.contains("batch_normalization_1/gamma"))
    #expect(separable.contains("separable_conv2d_1/pointwise_kernel"))
  }

  @Test(
    "Damaged and foreign files are refused in one sentence",
    arguments: [
      (
        "odd-weights/resnet50_weights_TRUNCATED_2749997_of_102853048.h5",
        "is cut short: it ends after 2749997 bytes of 102853048; download or copy it again"
      ),
      (
        "odd-weights/pillow_hdf5_not_keras.h5",
        "is an HDF5 file, but not one of Keras's weight files: it has neither the attribute "
          + "'layer_names' nor groups named 'vars'"
      ),
      (
        "models/teachable_catdog_labels.txt",
        "is neither HDF5 (.h5), nor a .keras archive, nor safetensors, nor a file of PyTorch (.pth)"
      ),
    ])
  func refused(path: String, sentence: String) throws {
    let url = try TestData.url(path)
    let error = failure { try KerasWeightFile(url) }
    #expect(error?.kind == .bad)
    #expect(error?.message == "'\(url.lastPathComponent)' \(sentence)")
  }

  @Test("An absent file and a folder are missing inputs")
  func missing() throws {
    for path in ["weights/none.h5", "weights"] {
      let url = try TestData.url(path)
      let error = failure { try KerasWeightFile(url) }
      #expect(error?.kind == .missingFile)
    }
  }
}
