import Files
import NeuralNetworks

/// A Keras model as a list of calls of layers, with the models inside it laid open.
///
/// What does not lead to the output is left out. Nothing is run, and all counts are bounded.
struct KerasCallList {
  /// The model's own name.
  let name: String
  let inputName: String
  /// Without the batch axis; `nil` along axes that the model leaves open.
  let inputShape: [Int?]
  var calls: [KerasCall] = []
  /// Paths of calls that became part of another.
  var absorbed: Set<String> = []
  private(set) var output: KerasCall.Value = 0

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
      for value in call.arguments.tensors { isRead[value] = true }
    }
    var renamed = [0]
    var kept: [KerasCall] = []
    for (index, var call) in calls.enumerated() {
      if isRead[index + 1] {
        call.arguments = call.arguments.map { renamed[$0] }
        kept.append(call)
      }
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
    _ model: KerasModelConfiguration, below models: [String], reading inputs: [KerasCall.Value],
    depth: Int
  ) throws(LayerError) -> [KerasCall.Value] {
    try Self.check(depth: depth)
    switch model.kind {
    case .sequential:
      var values = inputs
      for layer in model.layers where !layer.isInput {
        let arguments = KerasArguments(byPosition: values.map(KerasArgument.tensor))
        values = try call(layer, below: models, arguments, depth)
      }
      return values
    case .functional:
      return try appendFunctional(model, below: models, reading: inputs, depth)
    }
  }

  /// One layer, or one inner model.
  private mutating func call(
    _ layer: KerasModelConfiguration.Layer, below models: [String],
    _ arguments: KerasArguments<KerasCall.Value>, _ depth: Int
  ) throws(LayerError) -> [KerasCall.Value] {
    guard calls.count < Self.largestCount else {
      throw LayerError("the model has more than \(Self.largestCount) layers")
    }
    if KerasModelConfiguration.isModel(layer.className) {
      let inner = try KerasModelConfiguration(layer.item, fallbackName: layer.name)
      let inputs = arguments.byPosition.flatMap(\.tensors)
      // A model counts like a layer, or models that only call each other would never end.
      nestedCalls += 1
      guard nestedCalls < Self.largestCount else {
        throw LayerError("the model calls inner models more than \(Self.largestCount) times")
      }
      return try append(inner, below: models + [layer.name], reading: inputs, depth: depth + 1)
    }
    calls.append(KerasCall(models: models, layer: layer, arguments: arguments))
    return [calls.count]
  }

  private var nestedCalls = 0

  private mutating func appendFunctional(
    _ model: KerasModelConfiguration, below models: [String], reading inputs: [KerasCall.Value],
    _ depth: Int
  ) throws(LayerError) -> [KerasCall.Value] {
    let order = try KerasCallOrder(model)
    guard inputs.count == order.inputs.count else {
      throw LayerError(
        "'\((models + [model.name]).joined(separator: "/"))' has \(order.inputs.count) inputs but is "
          + "given \(inputs.count)")
    }
    var values: [KerasCallOrder.Key: [KerasCall.Value]] = [:]
    for (key, value) in zip(order.inputs, inputs) { values[key] = [value] }
    for key in order.keys where values[key] == nil {
      let layer = model.layers[key.layer]
      let arguments = try order.arguments(key).map { reference throws(LayerError) in
        let found = values[try order.key(reference, readBy: layer.name)] ?? []
        guard found.indices.contains(reference.tensor) else {
          throw LayerError(
            "'\(layer.name)' reads the output \(reference.tensor) of '\(reference.layer)', which "
              + "has none of that number")
        }
        return found[reference.tensor]
      }
      values[key] = try call(layer, below: models, arguments, depth)
    }
    var outputs: [KerasCall.Value] = []
    for reference in model.outputs {
      let found = values[try order.key(reference, readBy: model.name)] ?? []
      guard found.indices.contains(reference.tensor) else {
        throw LayerError("the model's output '\(reference.layer)' does not exist")
      }
      outputs.append(found[reference.tensor])
    }
    return outputs
  }
}
