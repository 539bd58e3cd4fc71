import Files
import Foundation
import NeuralNetworks
import TensorKernels

/// Writes a weight file as Keras 2 did: real Keras loads it with `model.load_weights("….h5")`.
///
/// - Parameters:
///   - network: gives names, and the order in which Keras looks layers up.
///   - tensors: by `Parameter.name`; all of the network's, others are ignored.
///   - url: written atomically; the same tensors give the same bytes.
/// - Throws: `WeightFileError`: `bad` when a tensor is absent or misshapen, `cannotCreate`,
///   `inputOutput`.
public func writeKerasWeights(_ network: Network, _ tensors: [String: Tensor], to url: URL)
  throws(WeightFileError)
{
  let layers = try kerasLayers(of: network, forWeights: true)
  let tensors = try storedTensors(tensors, of: network)
  try HDF5Image.write(to: url, expectedByteCount: network.parameterCount * 4) {
    image throws(FormatError) in
    try image.addWeights(of: layers, tensors, below: "")
  }
}

/// The tensors as Keras is to read them; every one that the network needs is there.
func storedTensors(_ tensors: [String: Tensor], of network: Network) throws(WeightFileError)
  -> [String: Tensor]
{
  var stored = tensors
  for node in network.nodes {
    for parameter in node.parameters {
      guard let tensor = tensors[parameter.name] else {
        throw WeightFileError(.bad, "'\(parameter.name)' has no values to be written")
      }
      guard tensor.shape == parameter.shape else {
        throw WeightFileError(
          .bad, "'\(parameter.name)' has the shape \(tensor.shape), expected \(parameter.shape)")
      }
      let own = node.ownParameter(parameter)
      if own != parameter { stored[own.name] = tensor.reshaped(own.shape) }
      // EfficientNet's official deviations become the variances that they are called.
      if parameter.role == .variance, let layer = node.layer as? Normalization,
        layer.takesDeviations(tensor.values)
      {
        stored[parameter.name] = Tensor(tensor.shape, tensor.values.map { $0 * $0 })
      }
    }
  }
  return stored
}

extension HDF5Image {
  /// The groups and attributes of Keras's legacy layout, at the root or below a group.
  ///
  /// Keras loads by position: layers in the order of `layer_names`, those without weights left out.
  func addWeights(
    of layers: [KerasLayer], _ tensors: [String: Tensor], below root: String
  ) throws(FormatError) {
    let top = root == "" ? "/" : root
    try set("layer_names", of: top, to: layers.map(\.name))
    try set("backend", of: top, to: "tensorflow")
    // The last version that wrote this layout by itself; Keras converts nothing from it.
    try set("keras_version", of: top, to: "2.15.0")
    for layer in layers {
      let group = "\(root)/\(layer.name)"
      try addGroup(group)
      // Keras also stores how many examples statistics were taken of, and counts on finding it.
      let counter = layer.className == Normalization.kind ? ["\(layer.name)/count:0"] : []
      try set("weight_names", of: group, to: layer.parameters.map { "\($0.name):0" } + counter)
      if layer.parameters.isEmpty { continue }
      try addGroup("\(group)/\(layer.name)")
      for parameter in layer.parameters {
        guard let tensor = tensors[parameter.name] else { continue }  // checked before
        try add(dataset: "\(group)/\(parameter.name):0", tensor.shape, tensor.values)
      }
      for name in counter { try add(dataset: "\(group)/\(name)", 0) }
    }
  }
}
