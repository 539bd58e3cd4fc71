import TensorKernels

extension Network {
  /// The fully convolutional form of a classifier (Long et al., 2015): on a larger image it gives a map
  /// of classes, `[rows, columns, classes]`, as if the classifier had been slid over the image.
  ///
  /// Behind the last value that is an image, flattening disappears, dense layers become convolutions
  /// (k × k behind a flattened k × k map, 1 × 1 otherwise) and global poolings become poolings of that
  /// size with stride 1. Parameters keep names and values; `reshaping(_:)` gives them their new shapes.
  /// The map equals sliding exactly where the network does not pad, for padding is only at the
  /// borders of the larger image; squeeze-and-excitation blocks go on averaging the whole image.
  ///
  /// - Parameter input: the shape of the larger image; `nil` for the network's own.
  /// - Throws: `NetworkError` when a layer behind the last image is none that can slide.
  public func convolutionalised(input: Shape? = nil) throws(NetworkError) -> Network {
    let lastImage = nodes.lastIndex { $0.shape.rank == 3 && $0.shape.extent.count > 1 } ?? 0
    var result = try mapping(1..<lastImage + 1, behind: self.input, input: input)
    let starts = Dictionary(uniqueKeysWithValues: stages.map { ($0.nodes.lowerBound, $0.name) })
    var slid = result.nodes.indices.map { Slid(node: NodeID(index: $0)) }
    for (index, node) in nodes.enumerated().dropFirst(lastImage + 1) {
      if let stage = starts[index] { result.beginStage(stage) }
      slid.append(try slide(node, slid, into: &result))
    }
    return result
  }

  /// The tensors of a network with the same parameters, in the shapes they have in this one.
  /// - Throws: `NetworkError` when one is missing or has another number of values.
  public func reshaping(_ tensors: [String: Tensor]) throws(NetworkError) -> [String: Tensor] {
    var found: [String: Tensor] = [:]
    for parameter in parameters {
      guard let tensor = tensors[parameter.name] else {
        throw NetworkError(node: parameter.node, message: "there is no '\(parameter.name)'")
      }
      guard tensor.shape.count == parameter.shape.count else {
        throw NetworkError(
          node: parameter.node,
          message: "'\(parameter.name)' is \(parameter.shape) here, found \(tensor.shape)")
      }
      found[parameter.name] = tensor.reshaped(parameter.shape)
    }
    return found
  }

  /// What stands for a node of the classifier in its fully convolutional form.
  private struct Slid {
    let node: NodeID
    /// The part of the image at `node` that the classifier saw as one vector; `nil` for an image.
    var patch: Shape?
  }

  private func slide(_ node: Node, _ slid: [Slid], into result: inout Network)
    throws(NetworkError) -> Slid
  {
    guard node.inputs.count == 1 else { throw cannotSlide(node) }
    let from = slid[node.inputs[0].index]
    let seen = self[node.inputs[0]].shape
    let isVector = node.shape.rank == 1
    switch node.layer {
    case is Flatten, is Reshape:
      if let patch = from.patch {
        guard isVector || node.shape == patch else { throw cannotSlide(node) }
        return Slid(node: from.node, patch: isVector ? patch : nil)
      }
      guard isVector, seen.rank == 3 else { throw cannotSlide(node) }
      return Slid(node: from.node, patch: seen)
    case is GlobalAveragePooling2D:
      let pooling = AveragePooling2D(seen.extent, stride: 1)
      let pooled = try result.add(node.name, pooling, to: from.node)
      return Slid(node: pooled, patch: isVector ? [1, 1, seen.channels] : nil)
    case is GlobalMaxPooling2D:
      let pooled = try result.add(
        node.name, MaxPooling2D(seen.extent, stride: 1), to: from.node)
      return Slid(node: pooled, patch: isVector ? [1, 1, seen.channels] : nil)
    case let dense as Dense:
      guard let patch = from.patch else { throw cannotSlide(node) }
      let convolution = Convolution2D(
        dense.units, kernel: patch.extent, bias: dense.hasBias, activation: dense.activation)
      return Slid(
        node: try result.add(node.name, convolution, to: from.node), patch: [1, 1, dense.units])
    case let layer as ActivationLayer where layer.activation.isElementwise:
      return Slid(node: try result.add(node.name, layer, to: from.node), patch: from.patch)
    case is Dropout, is Scale:
      return Slid(
        node: try result.addAny(node.name, node.layer, to: [from.node]), patch: from.patch)
    default:
      // Layers of an image stay; those over channels do if each position is a vector of channels.
      let actsOnChannels =
        node.layer is ActivationLayer || node.layer is BatchNormalization
        || node.layer is LayerScale
        || (node.layer as? LayerNormalization)?.axes == 1
      guard from.patch == nil || actsOnChannels && from.patch?.extent.count == 1 else {
        throw cannotSlide(node)
      }
      return Slid(
        node: try result.addAny(node.name, node.layer, to: [from.node]), patch: from.patch)
    }
  }

  private func cannotSlide(_ node: Node) -> NetworkError {
    NetworkError(
      node: node.name,
      message: "a \(type(of: node.layer).kind) here cannot slide over a larger image")
  }

  /// `add` for a layer whose type is not known.
  private mutating func addAny(_ name: String, _ layer: any Layer, to inputs: [NodeID])
    throws(NetworkError) -> NodeID
  {
    try add(name, layer, to: inputs)
  }
}
