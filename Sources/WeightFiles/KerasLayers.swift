import NeuralNetworks
import TensorKernels

/// A layer as Keras's configuration describes it.
struct KerasLayer {
  let name: String
  let className: String
  var configuration: [String: JSONValue]
  /// The layers it reads.
  let inputs: [String]
  let parameters: [Parameter]
}

/// The layers of a network in the order of Keras's `model.layers`, in which weights are looked up.
///
/// - Throws: `WeightFileError` (`bad`) for what Keras cannot express.
func kerasLayers(of network: Network) throws(WeightFileError) -> [KerasLayer] {
  var layers: [KerasLayer] = []
  for node in network.nodes {
    var inputs = node.inputs.map { network[$0].name }
    let described: KerasDescription
    if let (padding, layer) = node.layer.withoutExplicitPadding {
      // Keras pads by a layer of its own.
      let name = node.name + "_pad"
      guard network.node(named: name) == nil else {
        throw WeightFileError(.bad, "'\(node.name)' needs the name '\(name)', which is taken")
      }
      layers.append(
        try kerasLayer(name, described: padding, reading: inputs, []))
      inputs = [name]
      described = try layer.described(named: node.name)
    } else {
      described = try node.layer.described(named: node.name)
    }
    layers.append(try kerasLayer(node.name, described: described, reading: inputs, node.parameters))
  }
  return kerasOrder(layers)
}

private func kerasLayer(
  _ name: String, described: KerasDescription,
  reading inputs: [String], _ parameters: [Parameter]
) throws(WeightFileError) -> KerasLayer {
  guard !name.contains("/") else {
    throw WeightFileError(.bad, "'\(name)' cannot be a Keras layer: its name has a slash")
  }
  var configuration = described.configuration
  configuration["name"] = .string(name)
  configuration["dtype"] = .string("float32")
  if described.className != Input.kind { configuration["trainable"] = .bool(true) }
  return KerasLayer(
    name: name, className: described.className, configuration: configuration, inputs: inputs,
    parameters: parameters)
}

/// Sorts as Keras does: by distance from the output, then by the order in which a depth-first search
/// from the output first meets a layer. What the output does not depend on is left out.
private func kerasOrder(_ layers: [KerasLayer]) -> [KerasLayer] {
  let index = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.name, $0) })
  let inputs = layers.map { $0.inputs.compactMap { index[$0] } }
  var met = [Int?](repeating: nil, count: layers.count)
  var count = 0
  var stack = [layers.count - 1]
  while let layer = stack.popLast() {
    if met[layer] != nil { continue }
    met[layer] = count
    count += 1
    stack += inputs[layer].reversed()
  }
  var depth = [Int](repeating: 0, count: layers.count)
  for layer in layers.indices.reversed() where met[layer] != nil {
    for input in inputs[layer] { depth[input] = max(depth[input], depth[layer] + 1) }
  }
  return layers.indices.filter { met[$0] != nil }
    .sorted { (depth[$1], met[$0] ?? 0) < (depth[$0], met[$1] ?? 0) }
    .map { layers[$0] }
}

// MARK: One layer each

extension Layer {
  /// The layer with its explicit padding taken out, and that padding as a layer of Keras.
  fileprivate var withoutExplicitPadding: (KerasDescription, any Layer)? {
    switch self {
    case var layer as Convolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as DepthwiseConvolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as SeparableConvolution2D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      return (ZeroPadding2D(edges).keras(), layer)
    case var layer as Convolution1D:
      guard case .explicit(let edges) = layer.padding, !layer.isCausal else { return nil }
      layer.padding = .valid
      let pair = JSONValue.list([.int(edges.left), .int(edges.right)])
      return (("ZeroPadding1D", ["padding": pair]), layer)
    case var layer as Convolution3D:
      guard case .explicit(let edges) = layer.padding else { return nil }
      layer.padding = .valid
      let pairs = [(edges.front, edges.back), (edges.top, edges.bottom), (edges.left, edges.right)]
      let padding = JSONValue.list(pairs.map { .list([.int($0.0), .int($0.1)]) })
      return (("ZeroPadding3D", ["padding": padding]), layer)
    default: return nil
    }
  }

  fileprivate func described(named name: String) throws(WeightFileError) -> KerasDescription {
    guard let layer = self as? any KerasCoded else {
      throw WeightFileError(.bad, "'\(name)' is a \(Self.kind), which has no form in Keras here")
    }
    do {
      return try layer.keras()
    } catch {
      throw WeightFileError(.bad, "'\(name)': \(error.message)")
    }
  }
}
