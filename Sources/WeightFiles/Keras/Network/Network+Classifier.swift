import NeuralNetworks
import TensorKernels

extension Network.Node {
  var hasLearnedParameters: Bool { parameters.contains { $0.role.isLearned } }
  var hasKernel: Bool { parameters.contains { $0.role.isKernel } }
}

extension Network {
  /// The first node with weights that learn.
  /// - Parameter constants: names of parameters that stand for something fixed.
  /// - Throws: `LayerError` when nothing in the network could learn.
  func firstLearned(besides constants: Set<String>) throws(LayerError) -> Int {
    let first = nodes.firstIndex { node in
      node.hasLearnedParameters && node.parameters.allSatisfy { !constants.contains($0.name) }
    }
    guard let first else {
      throw LayerError("the model has no layers with weights that could learn")
    }
    return first
  }

  /// The first node of the classifier: a last dense layer, or a last convolution whose maps become the
  /// outputs. `nil` for a network that ends in features.
  func classifierStart(_ cuts: NetworkCuts) -> Int? {
    guard let last = nodes.indices.last(where: { nodes[$0].hasKernel }) else { return nil }
    let start = cuts.last(before: last) + 1
    if nodes[last].layer is Dense, nodes[last].shape.rank == 1 { return start }
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

  /// `nil` when there is none to take off.
  func withoutOutputActivation(stages: [(Int, String)]) throws(LayerError) -> Network? {
    guard outputActivation != .linear else { return nil }
    do {
      return try withoutLastActivation(stages: stages.map { ($0, $1) })
    } catch {
      throw LayerError(error.description)
    }
  }

  /// The first nodes, ending in a vector.
  func features(before end: Int, stages: [(Int, String)]) throws(LayerError) -> Network {
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
  func scalesPixels(before first: Int) -> Bool {
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

  /// The first `count` nodes again, with stages.
  func rebuilt(_ count: Int, stages: [(Int, String)]) throws(LayerError) -> Network {
    do {
      return try mapping(1..<count, behind: input, stages: stages.map { ($0, $1) })
    } catch {
      throw LayerError(error.description)
    }
  }
}
