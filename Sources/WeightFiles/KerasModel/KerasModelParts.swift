import NeuralNetworks
import TensorKernels

/// A built network with its stages, and the parts of it that are used by themselves.
struct KerasModelParts {
  let network: Network
  let logits: Network
  let features: Network
  let outputActivation: Activation
  let hasClassifier: Bool
  let preprocessesItself: Bool

  /// - Parameter constants: names of parameters that stand for something fixed and never learn.
  /// - Throws: `LayerError` when nothing in the network could learn.
  init(_ plain: Network, constants: Set<String>) throws(LayerError) {
    let firstLearned = plain.nodes.indices.first {
      plain.nodes[$0].hasLearnedParameters
        && plain.nodes[$0].parameters.allSatisfy { !constants.contains($0.name) }
    }
    guard let firstLearned else {
      throw LayerError("the model has no layers with weights that could learn")
    }
    let cuts = NetworkCuts(plain)
    let head = plain.classifierStart(cuts)
    let stages = plain.stageStarts(
      from: firstLearned, before: head ?? plain.nodes.count, cuts)
    var all = stages
    if let head { all.append((head, Network.headStage)) }
    network = try plain.rebuilt(plain.nodes.count, stages: all)
    hasClassifier = head != nil
    outputActivation = plain.outputActivation
    logits = try plain.withoutOutputActivation(stages: all) ?? network
    features = try plain.features(before: head ?? plain.nodes.count, stages: stages)
    preprocessesItself = plain.scalesPixels(before: firstLearned)
  }
}

extension Network.Node {
  var hasLearnedParameters: Bool { parameters.contains { $0.role.isLearned } }
  var hasKernel: Bool { parameters.contains { $0.role.isKernel } }

  /// The non-linearity that it ends with.
  fileprivate var activation: Activation {
    (layer as? any ActivatedLayer)?.activation ?? .linear
  }
}

extension Network {
  /// The first node of the classifier: a last dense layer, or a last convolution whose maps become the
  /// outputs. `nil` for a network that ends in features.
  fileprivate func classifierStart(_ cuts: NetworkCuts) -> Int? {
    guard let last = nodes.indices.last(where: { nodes[$0].hasKernel }) else { return nil }
    let start = cuts.last(before: last) + 1
    if nodes[last].layer is Dense { return start }
    guard outputShape.rank == 1 else { return nil }
    let behind = nodes[(last + 1)...]
    if behind.contains(where: \.hasLearnedParameters)
      || behind.contains(where: { $0.inputs.count > 1 })
    {
      return nil
    }
    // VGG without its top ends like this, too, but in a rectified layer.
    let activations = nodes[last...].map(\.activation).filter { $0 != .linear }
    let isOutput = activations.isEmpty || [.softmax, .sigmoid].contains(outputActivation)
    return isOutput ? start : nil
  }

  /// What the last node does to the logits.
  fileprivate var outputActivation: Activation {
    let last = nodes[nodes.count - 1].activation
    return [.softmax, .sigmoid].contains(last) ? last : .linear
  }

  /// `nil` when there is none to take off.
  fileprivate func withoutOutputActivation(stages: [(Int, String)]) throws(LayerError) -> Network? {
    guard outputActivation != .linear else { return nil }
    let last = nodes[nodes.count - 1].layer
    if last is ActivationLayer { return try rebuilt(nodes.count - 1, stages: stages) }
    return try rebuilt(nodes.count, stages: stages, last: last.withoutActivation?.layer)
  }

  /// The first nodes, ending in a vector.
  fileprivate func features(before end: Int, stages: [(Int, String)]) throws(LayerError) -> Network
  {
    var count = end
    // What drops values belongs to the training of the classifier that is gone.
    while count > 2, nodes[count - 1].layer is Dropout { count -= 1 }
    var features = try rebuilt(count, stages: stages)
    let pooling: any Layer
    switch features.outputShape.rank {
    case 1: return features
    case 2: pooling = GlobalAveragePooling1D()
    case 3: pooling = GlobalAveragePooling2D()
    default: pooling = GlobalAveragePooling3D()
    }
    var name = "pooled_features"
    while features.node(named: name) != nil { name += "_" }
    do {
      try features.add(name, pooling, to: [features.output])
    } catch {
      throw LayerError("'\(name)': \(error.message)")
    }
    return features
  }

  /// Whether it scales or centres pixels itself before its first weights, as `Rescaling(1 / 255)` does.
  fileprivate func scalesPixels(before first: Int) -> Bool {
    nodes[1..<first].contains { node in
      switch node.layer {
      case is Normalization: true
      // A factor near 1 fits values that somebody has scaled before; so does a small shift.
      case let layer as Rescaling:
        layer.scale.allSatisfy { abs($0) < 0.1 } || layer.offset.allSatisfy { abs($0) > 50 }
      case let layer as Scale: abs(layer.factor) < 0.1
      default: false
      }
    }
  }

  /// The first `count` nodes again, with stages and possibly another last layer.
  fileprivate func rebuilt(_ count: Int, stages: [(Int, String)], last: (any Layer)? = nil)
    throws(LayerError) -> Network
  {
    var copy = Network(input: inputShape, name: nodes[0].name)
    var ids = [copy.input]
    let names = Dictionary(stages) { first, _ in first }
    for index in 1..<count {
      if let name = names[index] { copy.beginStage(name) }
      let node = nodes[index]
      let layer = index == count - 1 ? last ?? node.layer : node.layer
      do {
        ids.append(try copy.add(node.name, layer, to: node.inputs.map { ids[$0.index] }))
      } catch {
        throw LayerError(error.description)
      }
    }
    return copy
  }
}
