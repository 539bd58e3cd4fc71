import NeuralNetworks
import TensorKernels

/// Makes a `Network` of the calls of a Keras model, and remembers where its weights are stored.
struct KerasNetworkBuilder {
  /// Where Keras keeps a node's weights, and in which form.
  struct Place: Hashable, Sendable {
    /// The models around the layer, without the outermost.
    let models: [String]
    let layer: String
    let storage: KerasRecipe.Storage

    /// `model/…/layer`.
    var path: String { (models + [layer]).joined(separator: "/") }
  }

  private(set) var network: Network
  /// By node; of nodes with weights only.
  private(set) var places: [String: Place] = [:]
  private(set) var notes: [String] = []
  private let version: Int
  /// The node of each value.
  private var nodes: [Network.NodeID]
  private var names: KerasNodeNames
  private var budget = NetworkBudget()

  /// - Throws: `LayerError` that names the layer and its class.
  init(_ graph: KerasGraph, input shape: Shape, version: Int) throws(LayerError) {
    names = KerasNodeNames(graph)
    self.version = version
    network = Network(input: shape, name: names.input)
    nodes = [network.input]
    try budget.check(shape)
    for call in graph.calls {
      do {
        nodes.append(try append(call))
      } catch {
        throw LayerError("'\(call.path)' (\(call.className)) \(error.message)")
      }
    }
    guard network.nodes.count > 1, nodes[graph.output] == network.output else {
      throw LayerError("the model '\(graph.name)' computes nothing")
    }
  }

  private mutating func append(_ call: KerasGraph.Call) throws(LayerError) -> Network.NodeID {
    let inputs = call.values.map { nodes[$0] }
    guard let first = inputs.first else { throw LayerError("reads nothing") }
    let shapes = inputs.map { network[$0].shape }
    try checkCall(call)
    let recipe: KerasRecipe
    if let operation = try KerasOperations.recipe(for: call, shapes, version: version) {
      recipe = operation
    } else {
      let layer = KerasConfiguration(
        className: call.className, values: call.configuration, version: version)
      recipe = try KerasLayerTable.recipe(for: layer, shapes)
    }
    if let note = recipe.note { notes.append("'\(call.path)' (\(call.className)) \(note)") }
    var results: [Network.NodeID] = []
    for step in recipe.steps {
      var reads: [Network.NodeID] = []
      for source in step.reads {
        switch source {
        case .input(let position):
          guard inputs.indices.contains(position) else {
            throw LayerError("reads \(inputs.count) inputs, expected more")
          }
          reads.append(inputs[position])
        case .step(let position): reads.append(results[position])
        }
      }
      guard step.reads.count > 1 || recipe.steps.count > 1 || inputs.count == 1 else {
        throw LayerError("reads \(inputs.count) inputs, expected 1")
      }
      results.append(try add(step, of: call, reading: reads))
    }
    return results.last ?? first
  }

  private mutating func add(
    _ step: KerasRecipe.Step, of call: KerasGraph.Call, reading inputs: [Network.NodeID]
  ) throws(LayerError) -> Network.NodeID {
    let shapes = inputs.map { network[$0].shape }
    try budget.check(try step.layer.outputShape(for: shapes))
    let parameters = step.layer.parameters(for: shapes)
    try budget.take(parameters.map(\.shape))
    let name = names.next(for: call, suffix: step.suffix)
    if !parameters.isEmpty {
      let place = Place(models: call.models, layer: call.name, storage: step.storage)
      guard usedPlaces.insert(place.path).inserted else {
        throw LayerError(
          "is called more than once, and layers that share weights are not supported; in Keras, give "
            + "each call a layer of its own")
      }
      places[name] = place
    }
    let node: Network.NodeID
    do {
      node = try network.add(name, step.layer, to: inputs)
    } catch {
      throw LayerError(error.message)
    }
    try budget.take(network[node])
    return node
  }

  private var usedPlaces = Set<String>()

  /// What a call may ask for that changes what a layer computes.
  private mutating func checkCall(_ call: KerasGraph.Call) throws(LayerError) {
    if case .constant(.bool(true))? = call.keywords["training"] {
      guard call.className != "BatchNormalization" else {
        throw LayerError(
          "is called with training=True, which takes the statistics of each batch; a photo would get "
            + "another answer in other company")
      }
      notes.append(
        "'\(call.path)' (\(call.className)) is called with training=True; here it acts only while training")
    }
    let policy = call.configuration["dtype"]
    if policy?["class_name"]?.string?.contains("Quantized") == true
      || !(call.configuration["quantization_config"] ?? .null).isNull
    {
      throw LayerError("holds quantised weights, which are not read; save the model before quantising it")
    }
  }
}

/// Names for a network's nodes: those of the layers where they are unique, else with the names of the
/// models around them.
struct KerasNodeNames {
  let input: String
  private let counts: [String: Int]
  private var taken: Set<String>

  init(_ graph: KerasGraph) {
    counts = Dictionary(
      graph.calls.map { (Self.plain($0.name), 1) } + [(Self.plain(graph.inputName), 1)],
      uniquingKeysWith: +)
    input = Self.plain(graph.inputName)
    taken = [input]
  }

  mutating func next(for call: KerasGraph.Call, suffix: String) -> String {
    let own = Self.plain(call.name)
    let base =
      (counts[own] == 1 || call.models.isEmpty ? own : Self.plain(call.path)) + suffix
    var name = base
    var number = 2
    // The plain names of other layers stay free for them.
    while taken.contains(name) || (name != own && counts[name] != nil) {
      name = "\(base)_\(number)"
      number += 1
    }
    taken.insert(name)
    return name
  }

  /// Slashes separate a node from its parameters.
  private static func plain(_ name: String) -> String { name.replacing("/", with: "_") }
}
