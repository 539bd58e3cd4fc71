import Files
import NeuralNetworks

/// One call of a layer as a functional model's configuration has it, before names are looked up.
struct KerasNode {
  /// The output of another call.
  struct Reference: Hashable {
    let layer: String
    /// Which call of that layer.
    let node: Int
    /// Which of its outputs.
    let tensor: Int
  }

  indirect enum Argument {
    case tensor(Reference)
    case constant(JSONValue)
    case list([Argument])
  }

  let arguments: [Argument]
  let keywords: [String: Argument]

  /// All outputs that it reads.
  var references: [Reference] {
    arguments.flatMap(\.references)
      + keywords.sorted { $0.key < $1.key }.flatMap(\.value.references)
  }

  /// - Parameter layer: an item of `layers`.
  /// - Parameter isLayer: whether there is a layer of a name.
  static func all(of layer: KerasModelConfiguration.Layer, isLayer: (String) -> Bool)
    throws(LayerError) -> [KerasNode]
  {
    guard let nodes = layer.item["inbound_nodes"]?.list else { return [] }
    var all: [KerasNode] = []
    for node in nodes {
      if node.object != nil {
        all.append(KerasNode(keras3: node))
      } else {
        guard let old = KerasNode(older: node, isLayer) else {
          throw LayerError("'\(layer.name)' has inbound_nodes that cannot be read: \(node.brief)")
        }
        all.append(old)
      }
    }
    return all
  }

  /// Keras 3: `{"args": […], "kwargs": {…}}` with tensors as objects.
  private init(keras3 node: JSONValue) {
    func argument(_ value: JSONValue) -> Argument {
      if value["class_name"]?.string == "__keras_tensor__",
        let reference = Reference(value["config"]?["keras_history"] ?? .null)
      {
        return .tensor(reference)
      }
      if let list = value.list {
        let items = list.map(argument)
        // A list of numbers stays one constant.
        return items.contains { !$0.references.isEmpty } ? .list(items) : .constant(value)
      }
      return .constant(value)
    }
    arguments = (node["args"]?.list ?? []).map(argument)
    keywords = (node["kwargs"]?.object ?? [:]).mapValues(argument)
  }

  /// Keras 1 and 2: a list of `[layer, node, tensor, {keywords}]`, or just one of them.
  private init?(older node: JSONValue, _ isLayer: (String) -> Bool) {
    guard let items = node.list else { return nil }
    var arguments: [Argument] = []
    var keywords: [String: Argument] = [:]
    for item in items.first?.string == nil ? items : [node] {
      guard let parts = item.list, (3...4).contains(parts.count) else { return nil }
      if parts[0].string == "_CONSTANT_VALUE" {
        arguments.append(.constant(parts[2]))
      } else {
        guard let reference = Reference(item) else { return nil }
        arguments.append(.tensor(reference))
      }
      for (name, value) in (parts.count == 4 ? parts[3].object : nil) ?? [:] {
        if let reference = Reference(value), value.list?.count == 3, isLayer(reference.layer) {
          keywords[name] = .tensor(reference)
        } else {
          keywords[name] = .constant(value)
        }
      }
    }
    self.arguments = arguments
    self.keywords = keywords
  }

  /// The inputs or outputs of a model: one reference, a list of them, or an object of them.
  static func references(_ value: JSONValue?, _ name: String) throws(LayerError) -> [Reference] {
    guard let value else { throw LayerError("the model has no \(name)") }
    if let one = Reference(value) { return [one] }
    let items = value.list ?? value.object.map { $0.sorted { $0.key < $1.key }.map(\.value) } ?? []
    var references: [Reference] = []
    for item in items {
      guard let reference = Reference(item) else {
        throw LayerError("the model has \(item.brief) in \(name), expected a layer's output")
      }
      references.append(reference)
    }
    guard !references.isEmpty else { throw LayerError("the model has no \(name)") }
    return references
  }
}

extension KerasNode.Reference {
  /// `["conv", 0, 0]`.
  fileprivate init?(_ value: JSONValue) {
    guard let list = value.list, list.count >= 3, let layer = list[0].string,
      let node = list[1].int,
      let tensor = list[2].int, node >= 0, tensor >= 0
    else { return nil }
    self.init(layer: layer, node: node, tensor: tensor)
  }
}

extension KerasNode.Argument {
  var references: [KerasNode.Reference] {
    switch self {
    case .tensor(let reference): [reference]
    case .constant: []
    case .list(let items): items.flatMap(\.references)
    }
  }
}

/// The calls of a functional model that lead to its outputs, each behind what it reads.
struct KerasCallOrder {
  /// One call: a layer's position, and which of its calls.
  struct Key: Hashable, Comparable {
    let layer: Int
    let node: Int

    static func < (left: Key, right: Key) -> Bool {
      (left.layer, left.node) < (right.layer, right.node)
    }
  }

  let inputs: [Key]
  /// In the order of the configuration where that is possible.
  private(set) var keys: [Key] = []
  private let nodes: [[KerasNode]]
  private let positions: [String: Int]

  init(_ model: KerasModelConfiguration) throws(LayerError) {
    positions = Dictionary(model.layers.enumerated().map { ($1.name, $0) }) { first, _ in first }
    guard positions.count == model.layers.count else {
      throw LayerError("the model '\(model.name)' has two layers of one name")
    }
    let positions = positions
    var nodes: [[KerasNode]] = []
    var total = 0
    for layer in model.layers {
      nodes.append(try KerasNode.all(of: layer) { positions[$0] != nil })
      total += nodes[nodes.count - 1].count
    }
    guard total <= KerasGraph.largestCount else {
      throw LayerError("the model has more than \(KerasGraph.largestCount) layers")
    }
    self.nodes = nodes
    var inputs: [Key] = []
    for input in model.inputs {
      guard let position = positions[input.layer] else {
        throw LayerError("the model's input '\(input.layer)' is not among its layers")
      }
      inputs.append(Key(layer: position, node: input.node))
    }
    self.inputs = inputs
    var roots: [Key] = []
    for output in model.outputs { roots.append(try key(output, readBy: model.name)) }
    let needed = try reachable(from: roots, model)
    keys = try sorted(needed, model)
  }

  func node(_ key: Key) -> KerasNode { nodes[key.layer][key.node] }

  /// The call that a reference means.
  func key(_ reference: KerasNode.Reference, readBy reader: String) throws(LayerError) -> Key {
    guard let position = positions[reference.layer] else {
      throw LayerError("'\(reader)' reads '\(reference.layer)', which is not among the layers")
    }
    return Key(layer: position, node: reference.node)
  }

  private func sources(of key: Key, _ model: KerasModelConfiguration) throws(LayerError) -> [Key] {
    if inputs.contains(key) { return [] }
    let name = model.layers[key.layer].name
    guard nodes[key.layer].indices.contains(key.node) else {
      if model.layers[key.layer].isInput {
        throw LayerError("'\(name)' is an input that is not among the model's input_layers")
      }
      throw LayerError("the call \(key.node) of '\(name)' is read but does not exist")
    }
    var sources: [Key] = []
    for reference in nodes[key.layer][key.node].references {
      sources.append(try self.key(reference, readBy: name))
    }
    return sources
  }

  private func reachable(from roots: [Key], _ model: KerasModelConfiguration) throws(LayerError)
    -> Set<Key>
  {
    var found = Set(roots)
    var open = roots
    while let key = open.popLast() {
      for source in try sources(of: key, model) where found.insert(source).inserted {
        open.append(source)
      }
    }
    return found
  }

  /// Depth first, so that each call stands behind what it reads.
  private func sorted(_ needed: Set<Key>, _ model: KerasModelConfiguration) throws(LayerError)
    -> [Key]
  {
    var order: [Key] = []
    var isDone: [Key: Bool] = [:]  // false while what it reads is being visited
    for root in needed.sorted() {
      var stack = [(root, false)]
      while let (key, isLeaving) = stack.popLast() {
        if isLeaving {
          isDone[key] = true
          order.append(key)
          continue
        }
        if let isDone = isDone[key] {
          if isDone { continue }
          throw LayerError("'\(model.layers[key.layer].name)' reads what depends on itself")
        }
        isDone[key] = false
        stack.append((key, true))
        for source in try sources(of: key, model).reversed() where isDone[source] != true {
          stack.append((source, false))
        }
      }
    }
    return order
  }
}
