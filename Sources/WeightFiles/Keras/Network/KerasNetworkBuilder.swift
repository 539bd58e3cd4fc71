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
  /// Weights that stand for something in the configuration itself; by parameter.
  private(set) var constants: [String: Tensor] = [:]
  private let version: Int
  /// The node of each value.
  private var nodes: [Network.NodeID]
  private var names: KerasNodeNames
  private var budget = NetworkBudget()

  /// - Throws: `LayerError` that names the layer and its class.
  init(_ list: KerasCallList, input shape: Shape, version: Int) throws(LayerError) {
    names = KerasNodeNames(list)
    self.version = version
    network = Network(input: shape, name: names.input)
    nodes = [network.input]
    try budget.check(shape)
    for call in list.calls {
      do {
        nodes.append(try append(call))
      } catch {
        throw LayerError("'\(call.path)' (\(call.layer.className)) \(error.message)")
      }
    }
    guard network.nodes.count > 1, nodes[list.output] == network.output else {
      throw LayerError("the model '\(list.name)' computes nothing")
    }
  }

  private mutating func append(_ call: KerasCall) throws(LayerError) -> Network.NodeID {
    let inputs = call.arguments.tensors.map { nodes[$0] }
    guard let first = inputs.first else { throw LayerError("reads nothing") }
    try checkCall(call)
    let recipe = try recipe(for: call, inputs.map { network[$0].shape })
    if let note = recipe.note { notes.append("'\(call.path)' (\(call.layer.className)) \(note)") }
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

  private func recipe(for call: KerasCall, _ inputs: [Shape]) throws(LayerError) -> KerasRecipe {
    if let operation = KerasOperation(call, inputs, version: version) {
      return try operation.recipe()
    }
    return try KerasLayerClass.recipe(
      for: KerasSettings(
        className: call.layer.className, values: call.layer.settings, version: version,
        inputs: inputs))
  }

  private mutating func add(
    _ step: KerasRecipe.Step, of call: KerasCall, reading inputs: [Network.NodeID]
  ) throws(LayerError) -> Network.NodeID {
    let shapes = inputs.map { network[$0].shape }
    try Self.checkNumbers(of: step.layer)
    try budget.check(try step.layer.outputShape(for: shapes))
    let parameters = step.layer.parameters(for: shapes)
    try budget.take(parameters.map(\.shape))
    let name = names.next(for: call, suffix: step.suffix)
    if let kernel = step.kernel {
      constants["\(name)/kernel"] = kernel
    }
    var owner: String?
    if step.kernel == nil, !parameters.isEmpty {
      let place = Place(models: call.models, layer: call.layer.name, storage: step.storage)
      owner = owners[place.path]
      if owner == nil { (owners[place.path], places[name]) = (name, place) }
    }
    let node: Network.NodeID
    do {
      node = try network.add(name, step.layer, to: inputs, sharingWeightsOf: owner)
    } catch {
      throw LayerError(error.message)
    }
    try budget.take(network[node], reading: shapes)
    return node
  }

  /// Settings that can be computed with may make numbers that cannot: their quotients and products.
  private static func checkNumbers(of layer: any Layer) throws(LayerError) {
    let numbers: [Float]
    switch layer {
    case let scale as Scale: numbers = [scale.factor]
    case let rescaling as Rescaling: numbers = rescaling.scale + rescaling.offset
    default: return
    }
    // The square of a larger one is infinite as Float32.
    if let number = numbers.first(where: { !(abs($0) <= 0x1p64) }) {
      throw LayerError("scales its input or moves it by \(number), which overflows")
    }
  }

  /// The first node of each place: a layer that is called more than once shares its weights.
  private var owners: [String: String] = [:]

  /// What a call may ask for that changes what a layer computes.
  private mutating func checkCall(_ call: KerasCall) throws(LayerError) {
    if case .constant(.bool(true))? = call.arguments.byName["training"] {
      guard call.layer.className != "BatchNormalization" else {
        throw LayerError(
          "is called with training=True, which takes the statistics of each batch; a photo would get "
            + "another answer in other company")
      }
      // Those do the same in training, whatever they are told.
      if !["Resizing", "CenterCrop"].contains(call.layer.className) {
        notes.append(
          "'\(call.path)' (\(call.layer.className)) is called with training=True; here it acts only while training"
        )
      }
    }
    let policy = call.layer.settings["dtype"]
    if policy?["class_name"]?.string?.contains("Quantized") == true
      || !(call.layer.settings["quantization_config"] ?? .null).isNull
    {
      throw LayerError(
        "holds quantised weights, which are not read; save the model before quantising it")
    }
  }
}
