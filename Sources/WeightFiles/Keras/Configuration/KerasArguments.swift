import Files
import NeuralNetworks

/// One thing that a call of a layer is given.
///
/// `Source` says which tensor: the output of a layer by name in a configuration (`KerasReference`), a
/// number in a list of calls (`KerasCall.Value`).
indirect enum KerasArgument<Source> {
  case tensor(Source)
  case constant(JSONValue)
  case list([KerasArgument])

  /// All tensors in it, in order.
  var tensors: [Source] {
    switch self {
    case .tensor(let source): [source]
    case .constant: []
    case .list(let items): items.flatMap(\.tensors)
    }
  }

  func map<Other, Failure: Error>(_ transform: (Source) throws(Failure) -> Other) throws(Failure)
    -> KerasArgument<Other>
  {
    switch self {
    case .tensor(let source): return .tensor(try transform(source))
    case .constant(let value): return .constant(value)
    case .list(let items):
      var mapped: [KerasArgument<Other>] = []
      for item in items { mapped.append(try item.map(transform)) }
      return .list(mapped)
    }
  }
}

/// All that a call of a layer is given.
struct KerasArguments<Source> {
  var byPosition: [KerasArgument<Source>] = []
  var byName: [String: KerasArgument<Source>] = [:]

  /// All tensors: by position first, then by name in the order of the names.
  var tensors: [Source] {
    byPosition.flatMap(\.tensors) + byName.sorted { $0.key < $1.key }.flatMap(\.value.tensors)
  }

  func map<Other, Failure: Error>(_ transform: (Source) throws(Failure) -> Other) throws(Failure)
    -> KerasArguments<Other>
  {
    var mapped = KerasArguments<Other>()
    for argument in byPosition { mapped.byPosition.append(try argument.map(transform)) }
    for (name, argument) in byName { mapped.byName[name] = try argument.map(transform) }
    return mapped
  }
}

extension KerasArguments<KerasReference> {
  /// What each call of a layer is given, in the order of the calls.
  /// - Parameters:
  ///   - layer: an item of `layers`.
  ///   - isLayer: whether there is a layer of a name.
  static func calls(of layer: KerasModelConfiguration.Layer, isLayer: (String) -> Bool)
    throws(LayerError) -> [KerasArguments]
  {
    guard let nodes = layer.item["inbound_nodes"]?.list else { return [] }
    var calls: [KerasArguments] = []
    for node in nodes {
      let call = node.object == nil ? Self(older: node, isLayer) : Self(keras3: node)
      guard var call else {
        throw LayerError("'\(layer.name)' has inbound_nodes that cannot be read: \(node.brief)")
      }
      // It says which steps of a sequence count; networks of convolutions ignore it.
      call.byName["mask"] = nil
      calls.append(call)
    }
    return calls
  }

  /// Keras 3: `{"args": […], "kwargs": {…}}` with tensors as objects.
  private init(keras3 node: JSONValue) {
    func argument(_ value: JSONValue) -> KerasArgument<KerasReference> {
      if value["class_name"]?.string == "__keras_tensor__",
        let reference = KerasReference(value["config"]?["keras_history"] ?? .null)
      {
        return .tensor(reference)
      }
      if let list = value.list {
        let items = KerasArgument.list(list.map(argument))
        // A list of numbers stays one constant.
        return items.tensors.isEmpty ? .constant(value) : items
      }
      return .constant(value)
    }
    byPosition = (node["args"]?.list ?? []).map(argument)
    byName = (node["kwargs"]?.object ?? [:]).mapValues(argument)
  }

  /// Keras 1 and 2: a list of `[layer, node, tensor, {keywords}]`, or just one of them.
  private init?(older node: JSONValue, _ isLayer: (String) -> Bool) {
    guard let items = node.list else { return nil }
    for item in items.first?.string == nil ? items : [node] {
      guard let parts = item.list, (3...4).contains(parts.count) else { return nil }
      if parts[0].string == "_CONSTANT_VALUE" {
        byPosition.append(.constant(parts[2]))
      } else {
        guard let reference = KerasReference(item) else { return nil }
        byPosition.append(.tensor(reference))
      }
      for (name, value) in (parts.count == 4 ? parts[3].object : nil) ?? [:] {
        if let reference = KerasReference(value), value.list?.count == 3, isLayer(reference.layer) {
          byName[name] = .tensor(reference)
        } else {
          byName[name] = .constant(value)
        }
      }
    }
  }
}
