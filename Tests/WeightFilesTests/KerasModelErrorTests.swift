import Foundation
import NeuralNetworks
import TestSupport
import Testing
import WeightFiles

@Suite("Configurations that cannot become a network are refused in one sentence")
struct KerasModelErrorTests {
  private static func of(_ layer: String, _ settings: String = "") -> String {
    Config.sequential(
      Config.layer(layer, "x", settings), Config.layer("Flatten", "f"), Config.dense)
  }

  /// A functional model: layers as `name class inputs`, with outputs.
  static func functional(_ layers: [(String, String, String)], outputs: String) -> String {
    let items = layers.map { name, className, inputs in
      """
      {"class_name": "\(className)", "name": "\(name)", "config": {"name": "\(name)", "units": 2,
       "batch_input_shape": [null, 4]}, "inbound_nodes": \(inputs)}
      """
    }
    return """
      {"class_name": "Functional", "config": {"name": "m", "layers": [\(items.joined(separator: ", "))],
       "input_layers": [["i", 0, 0]], "output_layers": \(outputs)}}
      """
  }

  static let cases: [(String, String)] = [
    (of("LSTM"), "'x' (LSTM) works through sequences step by step, which is not supported"),
    (of("Lambda"), "'x' (Lambda) holds Python code, which is never run; in Keras, replace it by"),
    (of("MyLayer"), "'x' (MyLayer) is of a class that is not supported; in Keras, replace it by"),
    (of("Resizing", #""width": 3"#), "'x' (Resizing) lacks height in its configuration"),
    (
      of("Resizing", #""width": 3, "height": 3, "antialias": true"#),
      "'x' (Resizing) smooths before it shrinks (antialias), which is not read"
    ),
    (
      of(
        "Resizing", #""width": 9, "height": 20, "pad_to_aspect_ratio": true, "fill_mode": "edge""#),
      "'x' (Resizing) pads images in the way 'edge' (fill_mode), and only constant is read"
    ),
    (
      of(
        "Resizing",
        #""width": 9, "height": 9, "pad_to_aspect_ratio": true, "crop_to_aspect_ratio": true"#),
      "'x' (Resizing) has both crop_to_aspect_ratio and pad_to_aspect_ratio"
    ),
    (
      of("LayerNormalization", #""rms_scaling": true"#),
      "'x' (LayerNormalization) divides by the root of the mean square (rms_scaling), which is not read"
    ),
    (
      of("Normalization", #""axis": [-1], "invert": true"#),
      "'x' (Normalization) undoes a normalisation (invert), which is not read"
    ),
    (
      of("Normalization", #""axis": []"#),
      "'x' (Normalization) has one number for all channels (axis None), which is not read"
    ),
    (
      of("GroupNormalization", #""groups": 2"#),
      "'x' (GroupNormalization) 3 channels cannot be divided into 2 groups"
    ),
    (
      of("LayerNormalization", #""axis": 1"#),
      "'x' (LayerNormalization) normalises along the axes 1, and only the last ones"
    ),
    (
      of("PReLU", #""shared_axes": [3]"#),
      "'x' (PReLU) PReLU shares its numbers along the axes [2] of [8, 8, 3]"
    ),
    (
      of("Permute", #""dims": [1, 2]"#), "'x' (Permute) has 2 numbers in dims, expected 3"
    ),
    (
      of("Conv2D", #""filters": 4, "kernel_size": 3, "data_format": "channels_first""#),
      "'x' (Conv2D) has 'channels_first' for data_format, and only channels_last is read"
    ),
    (of("Conv2D", #""kernel_size": 3"#), "'x' (Conv2D) lacks filters in its configuration"),
    (
      of("Conv2D", #""filters": 0, "kernel_size": 3"#),
      "'x' (Conv2D) has 0 for filters, expected a whole number from 1 to 1048576"
    ),
    (
      of("Conv2D", #""filters": 1099511627776, "kernel_size": 3"#),
      "'x' (Conv2D) has 1099511627776 for filters, expected a whole number from 1 to 1048576"
    ),
    (
      of("Conv2D", #""filters": 4, "kernel_size": [3, 3, 3]"#),
      "'x' (Conv2D) has 3 numbers in kernel_size, expected 2"
    ),
    (
      of("Conv2D", #""filters": 4, "kernel_size": 3, "activation": "wobble""#),
      "'x' (Conv2D) has the activation 'wobble', which is not known here"
    ),
    (
      of("Conv2D", #""filters": 4, "kernel_size": 9"#),
      "'x' (Conv2D) a window of 9 × 9 does not fit into an input of 8 × 8"
    ),
    (
      of("Conv2D", #""filters": 1048576, "kernel_size": 4096, "padding": "same""#),
      "'x' (Conv2D) would have weights of [4096, 4096, 3, 1048576]"
    ),
    (
      of("Conv2D", #""filters": 1048576, "kernel_size": 1, "groups": 0"#),
      "'x' (Conv2D) has 0 for groups, expected"
    ),
    (
      of("UpSampling2D", #""size": 4096"#),
      "'x' (UpSampling2D) would compute [32768, 32768, 3], more than 268435456 values"
    ),
    (of("Reshape", #""target_shape": [7, -1]"#), "'x' (Reshape) cannot make an input of [8, 8, 3]"),
    (of("Softmax", #""axis": 1"#), "'x' (Softmax) has the axis 1, and only the last, -1, is read"),
    (
      of("BatchNormalization", #""axis": 1"#),
      "'x' (BatchNormalization) normalises along the axis 1, and only the last, the channels, is read"
    ),
    (
      of("ReLU", #""max_value": -1"#),
      "'x' (ReLU) the largest value must not be below 0, found -1.0"
    ),
    (of("Dropout", #""rate": 1.5"#), "'x' (Dropout) has the rate 1.5, expected 0 or more and less"),
    (
      of("Rescaling", #""scale": "big""#), "'x' (Rescaling) has 'big' for scale, expected a number"
    ),
    (
      of("Rescaling", #""scale": 1e308"#),
      "'x' (Rescaling) has 1e+308 for scale, expected a number or one for each channel, up to 4294967296"
    ),
    (
      of("LeakyReLU", #""negative_slope": 1e39"#),
      "'x' (LeakyReLU) has 1e+39 for negative_slope, expected a number, up to 4294967296"
    ),
    (
      of("ReLU", #""max_value": 1e-40"#),
      "'x' (ReLU) scales its input or moves it by inf, which overflows"
    ),
    (
      of("Normalization", #""axis": -1, "mean": [0, 0, 0], "variance": [1, -1, 1]"#),
      "'x' (Normalization) has the variance -1.0, expected 0 or more"
    ),
    (
      Config.sequential(
        Config.layer("MaxPooling2D", "x", #""pool_size": 4095, "strides": 1, "padding": "same""#),
        Config.layer("Flatten", "f"), Config.dense, input: "[null, 2000, 2000, 3]"),
      "'x' (MaxPooling2D) makes the network compute for one photo what takes longer than anyone waits"
    ),
    (
      Config.sequential(Config.layer("ReLU", String(repeating: "x", count: 70_000)), Config.dense),
      "layer 1 of the model 'm' has a name of 70000 bytes, more than 65536"
    ),
    (
      of(String(repeating: "X", count: 70_000)),
      "the class of layer 1 of the model 'm' has a name of 70000 bytes, more than 65536"
    ),
    (
      of("Dense", #""units": 2, "quantization_config": {"a": 1}"#),
      "'x' (Dense) holds quantised weights, which are not read"
    ),
    (
      Config.sequential(Config.layer("Flatten", "f"), Config.dense, input: "[null, null, 3, 5, 3]"),
      "the input 'photo' is [?, 3, 5, 3]; only height and width of photos may be open"
    ),
    (
      Config.sequential(Config.layer("Flatten", "f")),
      "the model has no layers with weights that could learn"
    ),
    (
      Config.sequential(Config.dense, input: "null"),
      "'photo' does not say which shape it reads: the model was saved before it was built"
    ),
    (
      #"{"class_name": "MyModel", "config": {"units": 3}}"#,
      "the model is of the class 'MyModel', whose layers the file does not describe"
    ),
    (
      functional(
        [("i", "InputLayer", "[]"), ("a", "Dense", #"[[["i", 0, 0, {}]]]"#)],
        outputs: #"[["a", 0, 0], ["i", 0, 0]]"#),
      "the model has 2 outputs, 'a', 'i', and one is needed; in Keras, save keras.Model("
    ),
    (
      functional(
        [
          ("i", "InputLayer", "[]"), ("a", "Dense", #"[[["i", 0, 0, {}]], [["b", 0, 0, {}]]]"#),
          ("b", "Activation", #"[[["a", 0, 0, {}]]]"#),
        ], outputs: #"[["a", 1, 0]]"#),
      "'a' (Dense) would share weights of 'a' that have other shapes"
    ),
    (
      functional(
        [
          ("i", "InputLayer", "[]"), ("a", "Add", #"[[["i", 0, 0, {}], ["b", 0, 0, {}]]]"#),
          ("b", "Dense", #"[[["a", 0, 0, {}]]]"#),
        ], outputs: #"[["b", 0, 0]]"#),
      "'a' reads what depends on itself"
    ),
    (
      functional(
        [("i", "InputLayer", "[]"), ("a", "Dense", #"[[["gone", 0, 0, {}]]]"#)],
        outputs: #"[["a", 0, 0]]"#),
      "'a' reads 'gone', which is not among the layers"
    ),
    (
      functional(
        [("i", "InputLayer", "[]"), ("a", "Dense", #"[[["i", 0, 0, {}]]]"#)],
        outputs: #"[["a", 7, 0]]"#),
      "the call 7 of 'a' is read but does not exist"
    ),
    (
      functional(
        [("i", "InputLayer", "[]"), ("a", "Dense", #"["what"]"#)], outputs: #"[["a", 0, 0]]"#),
      "'a' has inbound_nodes that cannot be read"
    ),
    (
      functional(
        [("i", "InputLayer", "[]"), ("i", "Dense", #"[[["i", 0, 0, {}]]]"#)],
        outputs: #"[["i", 0, 0]]"#),
      "the model 'm' has two layers of one name"
    ),
  ]

  @Test("Each names the layer, its class and what to do", arguments: cases)
  func refused(json: String, sentence: String) throws {
    let error = failure { try Config.model(json, version: "2.4.0") }
    #expect(error?.kind == .bad)
    #expect(
      error?.message.hasPrefix("'m.h5': " + sentence) == true, "\(error?.message ?? "accepted")")
  }

  @Test("Models inside models end at some depth, and calls at some number")
  func nested() throws {
    var json = Config.sequential(Config.layer("Flatten", "f"), Config.dense)
    for level in 0..<40 {
      json = """
        {"class_name": "Sequential", "config": {"name": "m\(level)", "layers": [\(json)]}}
        """
    }
    #expect(
      failure { try Config.model(json) }?.message
        == "'m.h5': the model has models inside models more than 32 deep")
    // Each level calls the one inside twice: 2^31 calls.
    var twice = Config.sequential(Config.layer("ReLU", "r"), input: "[null, 4]")
    for level in 0..<31 {
      twice = """
        {"class_name": "Functional", "config": {"name": "l\(level)", "layers": [
         {"class_name": "InputLayer", "name": "i", "config": {"name": "i", "batch_input_shape": [null, 4]}, "inbound_nodes": []},
         \(twice.dropLast()), "name": "in", "inbound_nodes": [[["i", 0, 0, {}]], [["in", 0, 0, {}]]]}],
         "input_layers": [["i", 0, 0]], "output_layers": [["in", 1, 0]]}}
        """
    }
    let message = failure { try Config.model(twice, version: "2.4.0") }?.message
    #expect(message?.contains("more than 20000") == true, "\(message ?? "accepted")")
  }

  @Test("A file of weights alone has no network in it")
  func weightsOnly() throws {
    let network = try everyLayer()
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "w.h5")
      try writeKerasWeights(network, madeUpTensors(network), to: url)
      let error = failure { try KerasModel(KerasWeightFile(url)) }
      #expect(
        error?.message.hasPrefix("'w.h5' has weights only and does not say for which network")
          == true)
    }
  }
}
