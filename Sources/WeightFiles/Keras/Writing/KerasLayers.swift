import Files
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
  /// Of its output, with the batch axis; nulls where it is of no matter.
  var batchShape = JSONValue.null
}

/// The layers of a network in the order of Keras's `model.layers`, in which weights are looked up.
///
/// Keras pads by a layer of its own, and has no names for some activations: what a node of ours does
/// becomes several layers then, of which the one with the weights keeps the node's name.
///
/// - Parameters:
///   - forWeights: only names and order count, and nodes that Keras cannot express pass, too.
///   - fixed: parameters that nobody is to train.
/// - Throws: `WeightFileError` (`bad`) that names the node which Keras cannot express.
func kerasLayers(
  of network: Network, forWeights: Bool = false, fixed: Set<String> = []
) throws(WeightFileError) -> [KerasLayer] {
  var layers: [KerasLayer] = []
  var names = Set(network.nodes.map(\.name))
  /// The layer whose output is a node's value.
  var results: [String] = []
  for node in network.nodes {
    guard forWeights || !node.name.utf8.contains(UInt8(ascii: "/")) else {
      throw WeightFileError(
        .bad, "'\(node.name)' cannot be a Keras layer: its name has a slash")
    }
    let described: [DescribedLayer]
    do {
      described = try node.layer.described(rank: node.shape.rank)
    } catch {
      guard forWeights else { throw WeightFileError(.bad, "'\(node.name)': \(error.message)") }
      described = [
        DescribedLayer(suffix: "", className: type(of: node.layer).kind, settings: [:])
      ]
    }
    var inputs = node.inputs.map { results[$0.index] }
    for layer in described {
      let name = node.name + layer.suffix
      if layer.suffix != "", !names.insert(name).inserted {
        throw WeightFileError(.bad, "'\(node.name)' needs the name '\(name)', which is taken")
      }
      var configuration = layer.settings
      configuration["name"] = .string(name)
      configuration["dtype"] = .string("float32")
      let parameters = layer.suffix == "" ? node.storedParameters(forWeights: forWeights) : []
      // Some layers without weights refuse to be told.
      if !parameters.isEmpty {
        configuration["trainable"] = .bool(!parameters.allSatisfy { fixed.contains($0.name) })
      }
      layers.append(
        KerasLayer(
          name: name, className: layer.className, configuration: configuration,
          inputs: inputs, parameters: parameters,
          batchShape: .list(
            [.null]
              + node.shape.dimensions.map { layer.suffix == "_pad" ? .null : .int($0) })))
      inputs = [name]
    }
    results.append(node.name + (described.last?.suffix ?? ""))
  }
  return kerasOrder(layers)
}

extension Network.Node {
  /// What a file has of the node's weights: those that it shares are written once where the network is
  /// known, and again under its own name where the file has to tell.
  func storedParameters(forWeights: Bool) -> [Parameter] {
    guard sharesWeights || (layer is LayerScale && !forWeights) else { return parameters }
    return forWeights ? [] : parameters.map(ownParameter)
  }

  /// A parameter as the layer has it that the node becomes in a model's file.
  func ownParameter(_ parameter: Parameter) -> Parameter {
    layer is LayerScale
      ? Parameter(node: name, role: .depthwiseKernel, shape: [1, 1, parameter.shape.count, 1])
      : Parameter(node: name, role: parameter.role, shape: parameter.shape)
  }
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
