import Files
import NeuralNetworks

/// The configuration of a model: its layers, and how they are connected.
struct KerasModelConfiguration {
  enum Kind { case sequential, functional }

  struct Layer {
    let name: String
    let className: String
    /// Where Keras 3 finds the class; it tells operations from layers of the same name.
    let module: String
    let settings: [String: JSONValue]
    /// As it stands in the file.
    let item: JSONValue

    var isInput: Bool { className == "InputLayer" }
  }

  let name: String
  let kind: Kind
  let layers: [Layer]
  /// Of a functional model; those of a `Sequential` follow from its order.
  private(set) var inputs: [KerasReference] = []
  private(set) var outputs: [KerasReference] = []
  private let batchShape: JSONValue?

  var outputNames: String { outputs.map { "'\($0.layer)'" }.joined(separator: ", ") }

  static func isModel(_ className: String) -> Bool {
    ["Sequential", "Functional", "Model"].contains(className)
  }

  init(_ model: JSONValue, fallbackName: String) throws(LayerError) {
    let className = model["class_name"]?.string ?? ""
    guard Self.isModel(className), let configuration = model["config"] else {
      throw LayerError(
        "the model is of the class '\(className.prefix(60))', whose layers the file does not describe; "
          + "only Sequential and functional models can be built from a file")
    }
    let ownName = configuration["name"]?.string ?? model["name"]?.string
    try Self.checkLength(of: ownName, "the model")
    name = ownName ?? fallbackName
    // Keras 1 and early 2: the configuration of a Sequential is the list itself.
    guard let items = configuration["layers"]?.list ?? configuration.list else {
      throw LayerError(
        "the model '\(name)' lists no layers; only Sequential and functional models can be built from "
          + "a file, not classes derived from keras.Model")
    }
    guard items.count <= KerasCallList.largestCount else {
      throw LayerError("the model has more than \(KerasCallList.largestCount) layers")
    }
    var layers: [Layer] = []
    for (position, item) in items.enumerated() {
      layers.append(try Layer(item, at: position, in: name))
    }
    self.layers = layers
    kind = className == "Sequential" ? .sequential : .functional
    batchShape = configuration["build_input_shape"] ?? configuration["batch_input_shape"]
    if kind == .functional {
      inputs = try KerasReference.all(configuration["input_layers"], "input_layers")
      outputs = try KerasReference.all(configuration["output_layers"], "output_layers")
    }
  }

  /// The longest name, in bytes: HDF5 keeps no longer ones in an attribute, and messages tell them.
  static let longestName = 1 << 16

  /// - Parameter owner: what has the name, for the message.
  fileprivate static func checkLength(
    of name: String?, _ owner: @autoclosure () -> String
  ) throws(LayerError) {
    guard let count = name?.utf8.count, count > longestName else { return }
    throw LayerError("\(owner()) has a name of \(count) bytes, more than \(longestName)")
  }

  /// The only input of the outermost model.
  func onlyInput(depth: Int) throws(LayerError) -> (name: String, shape: [Int?]) {
    switch kind {
    case .functional:
      guard inputs.count == 1 else {
        let names = inputs.map { "'\($0.layer)'" }.joined(separator: ", ")
        throw LayerError("the model has \(inputs.count) inputs, \(names), and one is needed")
      }
      guard let layer = layers.first(where: { $0.name == inputs[0].layer }) else {
        throw LayerError("the model's input '\(inputs[0].layer)' is not among its layers")
      }
      return (layer.name, try Self.shape(layer.batchShape, of: layer.name))
    case .sequential:
      guard let first = layers.first else { throw LayerError("the model '\(name)' has no layers") }
      // Older versions list no input; then the first layer has its shape.
      let inputName = first.isInput ? first.name : first.name + "_input"
      if let shape = first.batchShape { return (inputName, try Self.shape(shape, of: first.name)) }
      if Self.isModel(first.className) {
        try KerasCallList.check(depth: depth + 1)
        return try KerasModelConfiguration(first.item, fallbackName: first.name)
          .onlyInput(depth: depth + 1)
      }
      return (inputName, try Self.shape(batchShape, of: first.name))
    }
  }

  /// `[null, 224, 224, 3]` without the batch axis.
  private static func shape(_ value: JSONValue?, of name: String) throws(LayerError) -> [Int?] {
    guard let value, !value.isNull else {
      throw LayerError(
        "'\(name)' does not say which shape it reads: the model was saved before it was built; in "
          + "Keras, call it once and save it again")
    }
    guard var list = value.list ?? value["config"]?.list, (2...5).contains(list.count) else {
      throw LayerError("'\(name)' has \(value.brief) for its shape, expected one to four axes")
    }
    list.removeFirst()
    var sides: [Int?] = []
    for item in list {
      guard item.isNull || (item.int.map { (1...(1 << 20)).contains($0) } ?? false) else {
        throw LayerError("'\(name)' has \(value.brief) for its shape")
      }
      sides.append(item.int)
    }
    return sides
  }
}

extension KerasModelConfiguration.Layer {
  fileprivate init(_ item: JSONValue, at position: Int, in model: String) throws(LayerError) {
    guard let className = item["class_name"]?.string, let configuration = item["config"] else {
      throw LayerError("layer \(position) of the model '\(model)' has no class or no configuration")
    }
    try KerasModelConfiguration.checkLength(
      of: className, "the class of layer \(position) of the model '\(model)'")
    // A model's configuration may be a mere list.
    guard let name = item["name"]?.string ?? configuration["name"]?.string else {
      throw LayerError("layer \(position) of the model '\(model)', a \(className), has no name")
    }
    try KerasModelConfiguration.checkLength(of: name, "layer \(position) of the model '\(model)'")
    self.name = name
    self.className = className
    module = item["module"]?.string ?? ""
    settings = configuration.object ?? [:]
    self.item = item
  }

  /// The shape of the input it declares, with the batch axis.
  fileprivate var batchShape: JSONValue? {
    for name in ["batch_shape", "batch_input_shape"] {
      if let shape = settings[name], !shape.isNull { return shape }
    }
    guard let length = settings["input_dim"]?.int, className == "Dense" else { return nil }
    return .list([.null, .int(length)])
  }
}
