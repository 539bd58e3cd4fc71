import Files
import NeuralNetworks

/// A Keras model as a list of calls of layers, with the models inside it laid open.
///
/// What does not lead to the output is left out. Nothing is run, and all counts are bounded.
struct KerasGraph {
  /// A value: the input is 0, the result of call `i` is `i + 1`.
  typealias Value = Int

  /// What a call is given.
  indirect enum Argument {
    case value(Value)
    case constant(JSONValue)
    case list([Argument])
  }

  /// One layer, applied once.
  struct Call {
    /// The models it is inside, without the outermost.
    let models: [String]
    let name: String
    let className: String
    /// Where Keras 3 finds the class; it tells operations from layers of the same name.
    let module: String
    let configuration: [String: JSONValue]
    let arguments: [Argument]
    let keywords: [String: Argument]

    /// For messages.
    var path: String { (models + [name]).joined(separator: "/") }
  }

  /// The model's own name.
  let name: String
  let inputName: String
  /// Without the batch axis; `nil` along axes that the model leaves open.
  let inputShape: [Int?]
  var calls: [Call] = []
  /// Paths of calls that became part of another.
  var absorbed: Set<String> = []
  private(set) var output: Value = 0

  /// Calls beyond this are refused; Keras's largest network has about 1500.
  static let largestCount = 20_000
  /// Models inside models beyond this are refused.
  static let largestDepth = 32

  /// - Parameter model: `{"class_name": …, "config": …}` as any version of Keras wrote it.
  /// - Throws: `LayerError` that names the layer.
  init(_ model: JSONValue) throws(LayerError) {
    let outermost = try KerasModelConfiguration(model, fallbackName: "model")
    let input = try outermost.onlyInput(depth: 0)
    name = outermost.name
    inputName = input.name
    inputShape = input.shape
    var outputs = try append(outermost, below: [], reading: [0], depth: 0)
    guard outputs.count == 1, let output = outputs.popLast() else {
      throw LayerError(
        "the model has \(outputs.count) outputs, \(outermost.outputNames), and one is needed; in "
          + "Keras, save keras.Model(model.input, model.get_layer('…').output) with the one you want"
      )
    }
    self.output = output
    recogniseChannelOrders()
    dropUnread()
  }

  /// Drops calls that the output does not depend on, such as further outputs of an inner model.
  private mutating func dropUnread() {
    var isRead = [Bool](repeating: false, count: calls.count + 1)
    isRead[output] = true
    for (index, call) in calls.enumerated().reversed() where isRead[index + 1] {
      for value in call.values { isRead[value] = true }
    }
    var renamed = [0]
    var kept: [Call] = []
    for (index, call) in calls.enumerated() {
      if isRead[index + 1] { kept.append(call.renaming(renamed)) }
      renamed.append(kept.count)
    }
    calls = kept
    output = renamed[output]
  }

  static func check(depth: Int) throws(LayerError) {
    guard depth < largestDepth else {
      throw LayerError("the model has models inside models more than \(largestDepth) deep")
    }
  }

  /// Lays a model open.
  /// - Returns: the values of its outputs.
  private mutating func append(
    _ model: KerasModelConfiguration, below models: [String], reading inputs: [Value], depth: Int
  ) throws(LayerError) -> [Value] {
    try Self.check(depth: depth)
    switch model.kind {
    case .sequential:
      var values = inputs
      for layer in model.layers where !layer.isInput {
        values = try call(
          layer, below: models, arguments: values.map(Argument.value), keywords: [:], depth)
      }
      return values
    case .functional:
      return try appendFunctional(model, below: models, reading: inputs, depth)
    }
  }

  /// One layer, or one inner model.
  private mutating func call(
    _ layer: KerasModelConfiguration.Layer, below models: [String], arguments: [Argument],
    keywords: [String: Argument], _ depth: Int
  ) throws(LayerError) -> [Value] {
    guard calls.count < Self.largestCount else {
      throw LayerError("the model has more than \(Self.largestCount) layers")
    }
    if KerasModelConfiguration.isModel(layer.className) {
      let inner = try KerasModelConfiguration(layer.item, fallbackName: layer.name)
      let inputs = arguments.flatMap(\.values)
      // A model counts like a layer, or models that only call each other would never end.
      nestedCalls += 1
      guard nestedCalls < Self.largestCount else {
        throw LayerError("the model calls inner models more than \(Self.largestCount) times")
      }
      return try append(inner, below: models + [layer.name], reading: inputs, depth: depth + 1)
    }
    calls.append(
      Call(
        models: models, name: layer.name, className: layer.className, module: layer.module,
        configuration: layer.configuration, arguments: arguments, keywords: keywords))
    return [calls.count]
  }

  private var nestedCalls = 0

  private mutating func appendFunctional(
    _ model: KerasModelConfiguration, below models: [String], reading inputs: [Value], _ depth: Int
  ) throws(LayerError) -> [Value] {
    let order = try KerasCallOrder(model)
    guard inputs.count == order.inputs.count else {
      throw LayerError(
        "'\((models + [model.name]).joined(separator: "/"))' has \(order.inputs.count) inputs but is "
          + "given \(inputs.count)")
    }
    var values: [KerasCallOrder.Key: [Value]] = [:]
    for (key, value) in zip(order.inputs, inputs) { values[key] = [value] }
    for key in order.keys where values[key] == nil {
      let layer = model.layers[key.layer]
      let node = order.node(key)
      func resolved(_ argument: KerasNode.Argument) throws(LayerError) -> Argument {
        switch argument {
        case .constant(let value): return .constant(value)
        case .list(let items):
          var arguments: [Argument] = []
          for item in items { arguments.append(try resolved(item)) }
          return .list(arguments)
        case .tensor(let reference):
          let source = try order.key(reference, readBy: layer.name)
          guard let found = values[source], found.indices.contains(reference.tensor) else {
            throw LayerError(
              "'\(layer.name)' reads the output \(reference.tensor) of '\(reference.layer)', which "
                + "has none of that number")
          }
          return .value(found[reference.tensor])
        }
      }
      var arguments: [Argument] = []
      for argument in node.arguments { arguments.append(try resolved(argument)) }
      var keywords: [String: Argument] = [:]
      for (name, argument) in node.keywords { keywords[name] = try resolved(argument) }
      values[key] = try call(layer, below: models, arguments: arguments, keywords: keywords, depth)
    }
    var outputs: [Value] = []
    for reference in model.outputs {
      let key = try order.key(reference, readBy: model.name)
      guard let found = values[key], found.indices.contains(reference.tensor) else {
        throw LayerError("the model's output '\(reference.layer)' does not exist")
      }
      outputs.append(found[reference.tensor])
    }
    return outputs
  }
}

extension KerasGraph.Call {
  /// All values it reads, in order. A mask says which steps of a sequence count; networks of
  /// convolutions ignore it.
  var values: [KerasGraph.Value] {
    arguments.flatMap(\.values)
      + keywords.sorted { $0.key < $1.key }.flatMap { $0.key == "mask" ? [] : $0.value.values }
  }

  fileprivate func renaming(_ values: [KerasGraph.Value]) -> KerasGraph.Call {
    KerasGraph.Call(
      models: models, name: name, className: className, module: module,
      configuration: configuration, arguments: arguments.map { $0.renaming(values) },
      keywords: keywords.mapValues { $0.renaming(values) })
  }
}

extension KerasGraph.Argument {
  fileprivate func renaming(_ values: [KerasGraph.Value]) -> KerasGraph.Argument {
    switch self {
    case .value(let value): .value(values[value])
    case .constant: self
    case .list(let items): .list(items.map { $0.renaming(values) })
    }
  }

  /// All values in it, in order.
  var values: [KerasGraph.Value] {
    switch self {
    case .value(let value): [value]
    case .constant: []
    case .list(let items): items.flatMap(\.values)
    }
  }
}
