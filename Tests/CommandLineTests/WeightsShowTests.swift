import Foundation
import TestSupport
import Testing

@Suite(
  "weights show, on files that others wrote", .serialized,
  .enabled(if: TestData.isAvailable, "\(TestData.hint)"))
struct WeightsShowTests {
  @Test(
    "says what a file is and what it fits",
    .tags(.slow), .unlessQuick,
    arguments: [
      (
        "weights/mobilenet_2_5_224_tf.h5", ["legacy weights, 137 tensors", "fits mobilenet 0.25\n"]
      ),
      (
        "weights/mobilenet_2_5_224_tf_no_top.h5",
        [
          "sha256 dbdb03ee2a22fd895301636cd328b234bb3a9952358f436d82f46b81e0d5b0bf",
          "fits mobilenet 0.25 without its classifier",
        ]
      ),
      (
        "weights/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        ["fits mobilenetv2 1.0 without its classifier"]
      ),
      (
        "models/teachable_catdog.h5",
        [
          "legacy whole model, 263 tensors", "written by Keras 2.4.0",
          "models inside: sequential_1/model1, sequential_3", "[224, 224, 3] to [2]",
          "fits mobilenetv2 0.35 without its classifier",
          "found in the inner model 'sequential_1/model1'",
        ]
      ),
      (
        "models/fer2013_mini_XCEPTION.102-0.66.hdf5",
        ["written by Keras 2.0.5", "[64, 64, 1] to [7]", "separable_conv2d_1/pointwise_kernel"]
      ),
    ])
  func says(path: String, phrases: [String]) throws {
    let shown = try Finetune.run(["weights", "show", try TestData.url(path).path])
    #expect(shown.status == 0)
    for phrase in phrases { #expect(shown.output.contains(phrase), "\(phrase)") }
  }

  @Test(
    "says in one line why a file is refused",
    arguments: [
      ("odd-weights/pillow_hdf5_not_keras.h5", "is an HDF5 file, but not one of Keras's"),
      (
        "odd-weights/resnet50_weights_TRUNCATED_2749997_of_102853048.h5",
        "is cut short: it ends after 2749997 bytes of 102853048"
      ),
      ("models/teachable_catdog_labels.txt", "is neither HDF5 (.h5), nor a .keras archive"),
    ])
  func refuses(path: String, phrase: String) throws {
    let shown = try Finetune.run(["weights", "show", try TestData.url(path).path])
    #expect(shown.status == 65)
    #expect(shown.output.isEmpty)
    #expect(shown.errors.split(separator: "\n").count == 1)
    #expect(shown.firstLine.contains(phrase))
  }

  @Test("gives one JSON object")
  func json() throws {
    let file = try TestData.url("models/teachable_catdog.h5").path
    let json = try Finetune.run(["weights", "show", "--json", file]).json()
    #expect(json["file"] as? String == "teachable_catdog.h5")
    #expect(json["layout"] as? String == "legacy whole model")
    #expect(json["weights"] as? Int == 538_508)
    #expect(json["innerModels"] as? [String] == ["sequential_1/model1", "sequential_3"])
    let tensors = try #require(json["tensors"] as? [[String: Any]])
    #expect(tensors.count == 263)
    #expect(tensors[0]["name"] as? String == "Conv1/kernel")
    #expect(tensors[0]["model"] as? String == "sequential_1/model1")
    #expect(tensors[0]["shape"] as? [Int] == [3, 3, 3, 16])
    #expect(tensors[0]["type"] as? String == "float32")
    let match = try #require(json["match"] as? [String: Any])
    #expect(match["model"] as? String == "mobilenetv2 0.35")
    #expect(match["fits"] as? Bool == true)
    let network = try #require(json["network"] as? [String: Any])
    #expect(network["inputShape"] as? [Int] == [224, 224, 3])
  }
}
