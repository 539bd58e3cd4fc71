import NeuralNetworks

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
  private let calls: [[KerasArguments<KerasReference>]]
  private let positions: [String: Int]
  /// What the first call of each layer is counted as: 0 or 1.
  private let firstNodes: [Int]

  init(_ model: KerasModelConfiguration) throws(LayerError) {
    positions = Dictionary(model.layers.enumerated().map { ($1.name, $0) }) { first, _ in first }
    guard positions.count == model.layers.count else {
      throw LayerError("the model '\(model.name)' has two layers of one name")
    }
    let positions = positions
    var calls: [[KerasArguments<KerasReference>]] = []
    for layer in model.layers {
      calls.append(try KerasArguments.calls(of: layer) { positions[$0] != nil })
    }
    guard calls.reduce(0, { $0 + $1.count }) <= KerasCallList.largestCount else {
      throw LayerError("the model has more than \(KerasCallList.largestCount) layers")
    }
    self.calls = calls
    firstNodes = Self.firstNodes(calls, model)
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

  /// What a call is given.
  func arguments(_ key: Key) -> KerasArguments<KerasReference> { calls[key.layer][key.node] }

  /// The call that a reference means.
  func key(_ reference: KerasReference, readBy reader: String) throws(LayerError) -> Key {
    guard let position = positions[reference.layer] else {
      throw LayerError("'\(reader)' reads '\(reference.layer)', which is not among the layers")
    }
    return Key(layer: position, node: reference.node - firstNodes[position])
  }

  /// What the first call of each layer is counted as.
  ///
  /// Keras 1 and 2 count the construction of a model that knows its input as the model's call 0, which
  /// no file lists, so that its first call in another model has the number 1; a `Sequential` that
  /// learns its input when it is called has none, and Keras 3 does not count it. Every call in a file
  /// is read by something, so the numbers that are read tell.
  private static func firstNodes(
    _ calls: [[KerasArguments<KerasReference>]], _ model: KerasModelConfiguration
  ) -> [Int] {
    var read: [String: Set<Int>] = [:]
    for reference in calls.joined().flatMap(\.tensors) + model.outputs {
      read[reference.layer, default: []].insert(reference.node)
    }
    return zip(model.layers, calls).map { layer, calls in
      guard KerasModelConfiguration.isModel(layer.className), let numbers = read[layer.name] else {
        return 0
      }
      return numbers == Set(calls.indices.map { $0 + 1 }) ? 1 : 0
    }
  }

  private func sources(of key: Key, _ model: KerasModelConfiguration) throws(LayerError) -> [Key] {
    if inputs.contains(key) { return [] }
    let name = model.layers[key.layer].name
    guard calls[key.layer].indices.contains(key.node) else {
      if model.layers[key.layer].isInput {
        throw LayerError("'\(name)' is an input that is not among the model's input_layers")
      }
      throw LayerError("the call \(key.node) of '\(name)' is read but does not exist")
    }
    var sources: [Key] = []
    for reference in arguments(key).tensors {
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
