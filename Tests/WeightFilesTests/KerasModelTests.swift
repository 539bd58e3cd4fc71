import Files
import Foundation
import NeuralNetworks
import TensorKernels
import TestSupport
import Testing
import WeightFiles

/// Short ways to write the configurations of Keras.
enum Config {
  /// A network from JSON text, or why there is none.
  static func model(_ json: String, version: String? = nil, imageSize: ImageSize? = nil) throws
    -> KerasModel
  {
    let architecture = try JSONDecoder().decode(PlainJSON.self, from: Data(json.utf8)).value
    return try KerasModel(
      architecture: architecture, kerasVersion: version, imageSize: imageSize, file: "m.h5")
  }

  /// A Sequential of these layers behind an input.
  static func sequential(_ layers: String..., input: String = "[null, 8, 8, 3]") -> String {
    let first = """
      {"class_name": "InputLayer", "config": {"name": "photo", "batch_input_shape": \(input)}}
      """
    let all = ([first] + layers).joined(separator: ", ")
    return #"{"class_name": "Sequential", "config": {"name": "m", "layers": [\#(all)]}}"#
  }

  static func layer(_ className: String, _ name: String, _ settings: String = "") -> String {
    let rest = settings.isEmpty ? "" : ", " + settings
    return #"{"class_name": "\#(className)", "config": {"name": "\#(name)"\#(rest)}}"#
  }

  static let dense = layer("Dense", "d", #""units": 2"#)

  /// What the last node but those of the head is.
  static func kinds(_ json: String, version: String? = nil) throws -> [String] {
    try model(json, version: version).network.nodes.dropFirst().map { "\($0.layer)" }
  }
}

/// `JSONValue` can only be written; this reads what the tests write.
private struct PlainJSON: Decodable {
  let value: JSONValue

  init(from decoder: any Decoder) throws {
    if let list = try? [PlainJSON](from: decoder) {
      value = .list(list.map(\.value))
    } else if let object = try? [String: PlainJSON](from: decoder) {
      value = .object(object.mapValues(\.value))
    } else {
      let container = try decoder.singleValueContainer()
      if container.decodeNil() {
        value = .null
      } else if let bool = try? container.decode(Bool.self) {
        value = .bool(bool)
      } else if let int = try? container.decode(Int.self) {
        value = .int(int)
      } else if let double = try? container.decode(Double.self) {
        value = .double(double)
      } else {
        value = .string(try container.decode(String.self))
      }
    }
  }
}

@Suite("Networks from Keras's configurations")
struct KerasModelTests {
  @Test("The same layer in the spellings of Keras 1, 2 and 3")
  func spellings() throws {
    let old = Config.layer(
      "Convolution2D", "c",
      #""nb_filter": 4, "nb_row": 3, "nb_col": 2, "subsample": [2, 1], "border_mode": "same", "bias": false, "dim_ordering": "tf", "activation": "relu""#
    )
    let new = Config.layer(
      "Conv2D", "c",
      #""filters": 4, "kernel_size": [3, 2], "strides": [2, 1], "padding": "same", "use_bias": false, "activation": "relu", "dtype": {"class_name": "DTypePolicy", "config": {"name": "float32"}}"#
    )
    let end = Config.layer("Flatten", "f")
    let oldest = try Config.kinds(
      Config.sequential(old, end, Config.layer("Dense", "d", #""output_dim": 2"#)),
      version: "1.2.2")
    #expect(
      oldest == (try Config.kinds(Config.sequential(new, end, Config.dense), version: "3.15.1")))
    #expect(oldest.count == 3)
  }

  @Test(
    "hard_sigmoid is what it was in the version that wrote the file",
    arguments: ["1.2.2", "2.4.0", "2.15.0", "3.15.1"])
  func hardSigmoid(version: String) throws {
    let slope: Float = version.hasPrefix("3") ? 1 / 6 : 0.2
    let json = Config.sequential(
      Config.layer("Flatten", "f"), Config.dense,
      Config.layer("Activation", "a", #""activation": "hard_sigmoid""#))
    let network = try Config.model(json, version: version).network
    let last = network[network.output].layer as? ActivationLayer
    #expect(last?.activation == .hardSigmoid(slope: slope))
  }

  @Test("A model of Keras 1 is a list of layers, the first of which has the shape")
  func listOfLayers() throws {
    let first = Config.layer(
      "Convolution2D", "c",
      #""batch_input_shape": [null, 8, 8, 1], "nb_filter": 4, "nb_row": 3, "nb_col": 3"#)
    let json = """
      {"class_name": "Sequential", "config": [\(first), \(Config.layer("Flatten", "f")),
        \(Config.layer("Dense", "d", #""output_dim": 2"#))]}
      """
    let model = try Config.model(json)
    #expect(model.network.inputShape == [8, 8, 1] && model.network.outputShape == [2])
    #expect(model.network.nodes.map(\.name) == ["c_input", "c", "f", "d"])
  }

  @Test("TensorFlow's operations in a model of Keras 2", arguments: [false, true])
  func operations(isOld: Bool) throws {
    func operation(
      _ name: String, _ function: String, _ op: String, _ input: String, _ number: Double
    )
      -> String
    {
      isOld
        ? """
        {"class_name": "TensorFlowOpLayer", "name": "\(name)", "config": {"name": "\(name)", "node_def":
          {"op": "\(op)"}, "constants": {"1": \(number)}}, "inbound_nodes": [[["\(input)", 0, 0, {}]]]}
        """
        : """
        {"class_name": "TFOpLambda", "name": "\(name)", "config": {"name": "\(name)", "function": "\(function)"},
          "inbound_nodes": [["\(input)", 0, 0, {"y": \(number), "name": null}]]}
        """
    }
    let json = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_input_shape": [null, 4, 4, 3]}, "inbound_nodes": []},
        \(operation("div", "math.truediv", "RealDiv", "i", 127.5)),
        \(operation("sub", "math.subtract", "Sub", "div", 1)),
        {"class_name": "Flatten", "name": "f", "config": {"name": "f"}, "inbound_nodes": [[["sub", 0, 0, {}]]]},
        {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2, "activation": "softmax"}, "inbound_nodes": [[["f", 0, 0, {}]]]}],
       "input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]}}
      """
    let model = try Config.model(json, version: "2.4.0")
    #expect(model.preprocessesItself && model.outputActivation == .softmax)
    var tensors = model.network.initialTensors(seed: 1)
    tensors["d/kernel"] = Tensor(repeating: 1, [48, 2])
    let logits = try run(model.logits, tensors, on: [Float](repeating: 255, count: 48))
    expectClose(logits, [48, 48], relative: 1e-6, "pixels of 255 become 1")
    let zeros = try run(model.logits, tensors, on: [Float](repeating: 0, count: 48))
    expectClose(zeros, [-48, -48], relative: 1e-6, "and 0 becomes −1")
  }

  @Test("Parts: classifier, logits and features")
  func parts() throws {
    let conv = Config.layer("Conv2D", "c", #""filters": 4, "kernel_size": 3, "activation": "relu""#)
    let pool = Config.layer("GlobalAveragePooling2D", "g")
    let drop = Config.layer("Dropout", "x", #""rate": 0.5"#)
    let soft = Config.layer("Dense", "d", #""units": 2, "activation": "softmax""#)
    let model = try Config.model(Config.sequential(conv, pool, drop, soft))
    #expect(model.hasClassifier && model.outputActivation == .softmax)
    #expect(model.network.stages.map(\.name) == ["c", Network.headStage])
    #expect(model.features.nodes.map(\.name) == ["photo", "c", "g"])
    #expect((model.logits[model.logits.output].layer as? Dense)?.activation == .linear)

    // A convolution that gives the classes, and a network without any.
    let maps = Config.layer("Conv2D", "k", #""filters": 5, "kernel_size": 1"#)
    let end = Config.layer("Activation", "s", #""activation": "softmax""#)
    let maps2 = try Config.model(Config.sequential(conv, maps, pool, end))
    #expect(maps2.features.nodes.map(\.name) == ["photo", "c", "pooled_features"])
    #expect(maps2.logits.nodes.last?.name == "g")
    let bare = try Config.model(Config.sequential(conv, pool))
    #expect(!bare.hasClassifier && bare.features.outputShape == [4])
    #expect(bare.network.stages.map(\.name) == ["c"])
  }

  @Test("Sizes that the file leaves open are 224, or the caller's")
  func openSizes() throws {
    let json = Config.sequential(
      Config.layer("Conv2D", "c", #""filters": 4, "kernel_size": 3"#),
      Config.layer("GlobalAveragePooling2D", "g"), Config.dense, input: "[null, null, null, 3]")
    #expect(try Config.model(json).network.inputShape == [224, 224, 3])
    #expect(try Config.model(json, imageSize: 64).network.inputShape == [64, 64, 3])
  }

  @Test(
    "What brings photos of any size to one gives the input's size, and is told unless it is done before"
  )
  func sizesAtTheBeginning() throws {
    let conv = Config.layer("Conv2D", "c", #""filters": 4, "kernel_size": 3"#)
    let pool = Config.layer("GlobalAveragePooling2D", "g")
    let size = #""height": 20, "width": 20"#
    let cases = [
      (Config.layer("Resizing", "r", size), true, 0),
      (Config.layer("Resizing", "r", size + #", "crop_to_aspect_ratio": true"#), false, 1),
      (Config.layer("CenterCrop", "r", size), false, 1),
    ]
    for (layer, samples, notes) in cases {
      let model = try Config.model(
        Config.sequential(layer, conv, pool, Config.dense, input: "[null, null, null, 3]"))
      #expect(model.network.inputShape == [20, 20, 3])
      #expect(model.samplesPhotos == samples)
      #expect(model.notes.count == notes)
    }
  }

  @Test("Stages begin where the resolution falls, and hold whole blocks")
  func stages() throws {
    func conv(_ name: String, _ stride: Int = 1) -> String {
      Config.layer(
        "Conv2D", name,
        #""filters": 4, "kernel_size": 3, "padding": "same", "strides": \#(stride)"#)
    }
    let pool = Config.layer("MaxPooling2D", "p")
    let json = Config.sequential(
      conv("a"), conv("b"), pool, conv("c"), Config.layer("ZeroPadding2D", "z"), conv("e", 2),
      conv("f"), Config.layer("Flatten", "flat"), Config.dense, input: "[null, 32, 32, 3]")
    let network = try Config.model(json).network
    #expect(network.stages.map(\.name) == ["a", "c", "z", Network.headStage])
  }

  @Test("Colours turned round by a slice, as TensorFlow wrote it, stay outside what learns")
  func reversedColours() throws {
    let json = """
      {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_input_shape": [null, 1, 1, 3]}, "inbound_nodes": []},
        {"class_name": "SlicingOpLambda", "name": "s", "config": {"name": "s", "function": "__operators__.getitem"},
          "inbound_nodes": [["i", 0, 0, {"slice_spec": {"class_name": "__tuple__", "items": [{"class_name": "__ellipsis__"},
            {"start": null, "stop": null, "step": -1}]}}]]},
        {"class_name": "TFOpLambda", "name": "b", "config": {"name": "b", "function": "nn.bias_add"},
          "inbound_nodes": [["s", 0, 0, {"bias": [-100, -200, -300], "data_format": "channels_last"}]]},
        {"class_name": "Conv2D", "name": "c", "config": {"name": "c", "filters": 3, "kernel_size": 1, "use_bias": false}, "inbound_nodes": [[["b", 0, 0, {}]]]},
        {"class_name": "Flatten", "name": "f", "config": {"name": "f"}, "inbound_nodes": [[["c", 0, 0, {}]]]},
        {"class_name": "Dense", "name": "d", "config": {"name": "d", "units": 2}, "inbound_nodes": [[["f", 0, 0, {}]]]}],
       "input_layers": [["i", 0, 0]], "output_layers": [["d", 0, 0]]}}
      """
    let model = try Config.model(json, version: "2.11.0")
    #expect(model.preprocessesItself)
    #expect(model.network.stages.map(\.name) == ["c", Network.headStage])
    let first = model.network.cut(after: try #require(model.network.node(named: "b")))
    var kernel = [Float](repeating: 0, count: 9)
    for (output, input) in [2, 1, 0].enumerated() { kernel[input * 3 + output] = 1 }
    let turned = try run(first, ["s/kernel": Tensor([1, 1, 3, 3], kernel)], on: [1, 2, 3])
    #expect(turned == [-97, -198, -299])
  }
}
