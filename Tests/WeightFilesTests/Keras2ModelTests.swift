import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

/// Small models that Keras 2 wrote, with models inside them in every order; made by
/// `Tools/keras/make_keras2_goldens.py`.
private enum Keras2 {
  static let shapes = [
    "functional_in_functional", "tutorial", "sequential_in_functional",
    "open_sequential_in_functional", "functional_in_sequential", "sequential_in_sequential",
    "three_functional_levels", "four_mixed_levels", "functional_in_open_sequential_in_functional",
    "several_beside_each_other", "two_outputs_inside", "called_twice", "part_of_a_model",
    "leaf_diseases", "other_size_inside", "any_size",
  ]

  static func url(_ file: String) throws -> URL {
    try #require(Bundle.module.resourceURL).appending(path: "Keras2/\(file)")
  }

  /// What Keras answers to two pictures, one after the other.
  static func outputs(of shape: String) throws -> [Float] {
    struct Goldens: Decodable {
      let outputs: [String: [[Float]]]
    }
    let goldens = try JSONDecoder().decode(
      Goldens.self, from: Data(contentsOf: url("outputs.json")))
    return try #require(goldens.outputs[shape]).flatMap { $0 }
  }

  /// The two pictures of the script.
  static func pictures(_ count: Int) -> [Float] {
    (0..<count).map { Float(127.5 + 127.5 * sin(0.37 * Double($0))) }
  }
}

@Suite("Models of Keras 2 with models inside compute what Keras 2 computes")
struct Keras2ModelTests {
  @Test(
    "probabilities within 1e-5, read from .h5 and from .keras", arguments: Keras2.shapes,
    ["h5", "keras"])
  func computes(_ shape: String, _ format: String) throws {
    let file = try KerasWeightFile(Keras2.url("\(shape).\(format)"))
    #expect(file.kerasVersion?.hasPrefix("2.") == true)
    let model = try KerasModel(file)
    let (tensors, report) = try model.load(file)
    #expect(report.missing.isEmpty && report.misshapen.isEmpty)
    #expect(model.preprocessesItself)
    let expected = try Keras2.outputs(of: shape)
    let pictures = Keras2.pictures(2 * model.network.inputShape.count)
    let found = try run(model.network, tensors, on: pictures)
    #expect(found.count == expected.count)
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-5) }
  }

  @Test("A network that resizes photos of any size has them brought to its size before")
  func sizes() throws {
    for (shape, samples) in [
      ("any_size", true), ("other_size_inside", false), ("leaf_diseases", false),
    ] {
      let model = try KerasModel(KerasWeightFile(Keras2.url("\(shape).h5")))
      #expect(model.samplesPhotos == samples, "\(shape)")
      let isResized = model.network.nodes.contains { $0.layer is Resizing }
      #expect(isResized == (shape == "other_size_inside"), "\(shape)")
      #expect(model.network.inputShape[0] == (shape == "other_size_inside" ? 20 : 12))
    }
    let other = try KerasModel(KerasWeightFile(Keras2.url("any_size.h5")), imageSize: 30)
    #expect(other.network.inputShape == [30, 30, 3] && !other.samplesPhotos)
  }

  @Test("A model's construction is no call that anything could read")
  func construction() throws {
    // Two calls of a Sequential, read under the numbers 0 and 2.
    let json = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_input_shape": [null, 2]}, "inbound_nodes": []},
        {"class_name": "Sequential", "name": "s", "config": {"name": "s", "layers": [\(Config.dense)]},
          "inbound_nodes": [[["i", 0, 0, {}]], [["s", 0, 0, {}]]]}],
       "input_layers": [["i", 0, 0]], "output_layers": [["s", 2, 0]]}}
      """
    let message = failure { try Config.model(json, version: "2.11.0") }?.message
    #expect(message == "'m.h5': the call 2 of 's' is read but does not exist")
  }
}
