import Files
import Foundation
import NeuralNetworks
import TensorKernels

/// Writes all weights of a network as safetensors, without the network.
/// - Parameters:
///   - network: whose weights they are.
///   - tensors: by `Parameter.name`; all of the network's, others are ignored.
///   - naming: whose names and layout they get.
///   - renamed: other names for some nodes.
///   - metadata: texts of the file's header.
///   - url: written atomically; the same content gives the same bytes.
/// - Throws: `WeightFileError`: `bad` when a tensor is absent or misshapen, `cannotCreate`, `inputOutput`.
public func writeSafetensors(
  of network: Network, _ tensors: [String: Tensor], naming: TensorNaming,
  renamed: [String: String] = [:], metadata: ModelMetadata, to url: URL
) throws(WeightFileError) {
  let known = try storedTensors(tensors, of: network)
  var stored: [String: Tensor] = [:]
  for node in network.nodes where !node.sharesWeights {
    for parameter in node.parameters {
      guard let tensor = known[parameter.name] else { continue }  // checked before
      let owner = renamed[node.name] ?? node.name
      switch naming {
      case .keras: stored["\(owner)/\(parameter.role.kerasName)"] = tensor
      case .timm, .torchvision:
        let (leaf, tensor) = node.layer.stored(parameter.role, tensor, by: naming)
        stored["\(owner).\(leaf)"] = tensor
      }
    }
  }
  var texts = metadata.texts
  texts["format"] = naming == .keras ? "keras" : "pt"
  try Safetensors(stored, metadata: texts).write(to: url)
}

extension HeadFile {
  /// Writes the head as safetensors: `<layer>/kernel` `[inputs, units]` and `<layer>/bias`, and what it belongs
  /// to as texts of the header.
  /// - Throws: `WeightFileError`: `cannotCreate`, `inputOutput`.
  public func writeSafetensors(to url: URL) throws(WeightFileError) {
    var tensors: [String: Tensor] = [:]
    for layer in layers {
      tensors["\(layer.name)/kernel"] = layer.kernel
      tensors["\(layer.name)/bias"] = layer.bias
    }
    var texts = metadata.texts
    texts[Self.layerNames] = layers.map(\.name).joined(separator: "\n")
    try Safetensors(tensors, metadata: texts).write(to: url)
  }

  /// The key of the names of layers, from features to logits, which tensors have no order of.
  private static let layerNames = "layers"

  /// Reads what `writeSafetensors` wrote.
  /// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is damaged or no head.
  init(safetensors url: URL) throws(WeightFileError) {
    let file = try Safetensors(contentsOf: url)
    let name = url.lastPathComponent
    guard let metadata = ModelMetadata(texts: file.metadata),
      let names = file.metadata[Self.layerNames]
    else {
      throw WeightFileError(
        .bad, "'\(name)' is not a head: its header does not say labels, base and layers")
    }
    var layers: [Layer] = []
    for layer in names.split(separator: "\n").map(String.init) {
      guard let kernel = file.tensors["\(layer)/kernel"], let bias = file.tensors["\(layer)/bias"],
        kernel.shape.rank == 2, bias.shape == [kernel.shape[1]]
      else {
        throw WeightFileError(
          .bad, "'\(name)' is damaged: it has no kernel and bias of its layer '\(layer)'")
      }
      do throws(FormatError) {
        try kernel.values.requireUsable(as: .kernel, "'\(layer)/kernel'")
        try bias.values.requireUsable(as: .bias, "'\(layer)/bias'")
      } catch {
        throw WeightFileError(.bad, "'\(name)' \(error.message)")
      }
      layers.append(Layer(name: layer, kernel: kernel, bias: bias))
    }
    guard layers.map(\.kernel.shape).areChained, file.tensors.count == 2 * layers.count,
      layers.last?.bias.shape == [metadata.labels.count]
    else {
      throw WeightFileError(
        .bad,
        "'\(name)' is damaged: its layers \(layers.map(\.kernel.shape)) do not lead to \(metadata.labels.count) labels"
      )
    }
    self.init(layers: layers, metadata: metadata)
  }
}

/// Whose names and layout of tensors a file has.
public enum TensorNaming: Hashable, Sendable {
  /// `<layer>/kernel`, `[…, inputs, outputs]`.
  case keras
  /// Those of modules, `<module>.weight`, `[outputs, inputs, …]`, as `load_state_dict` takes them.
  case timm, torchvision
}

extension Layer {
  /// What PyTorch calls a weight of a module like this layer, and how it lays it out.
  fileprivate func stored(_ role: Parameter.Role, _ tensor: Tensor, by naming: TensorNaming)
    -> (leaf: String, tensor: Tensor)
  {
    switch role {
    case .kernel, .depthwiseKernel, .pointwiseKernel:
      ("weight", tensor.outputsFirst(isDepthwise: self is DepthwiseConvolution2D))
    case .gamma where self is LayerScale && naming == .torchvision:
      ("layer_scale", tensor.reshaped([tensor.shape.count, 1, 1]))
    case .gamma where self is LayerScale: ("gamma", tensor)
    case .gamma where self is LearnedAffine: ("scale", tensor.reshaped([1]))
    case .beta where self is LearnedAffine: ("bias", tensor.reshaped([1]))
    case .gamma, .alpha: ("weight", tensor)
    case .beta, .bias: ("bias", tensor)
    case .movingMean: ("running_mean", tensor)
    case .movingVariance: ("running_var", tensor)
    case .mean, .variance: (role.kerasName, tensor)
    }
  }
}

extension Tensor {
  /// A kernel as PyTorch has it, `[outputs, inputs, …]`: of a depthwise one `[inputs · multiplier, 1, …]`.
  fileprivate func outputsFirst(isDepthwise: Bool) -> Tensor {
    let last = Array(shape.dimensions.suffix(2))
    let (inputs, outputs) = isDepthwise ? (1, last[0] * last[1]) : (last[0], last[1])
    let places = Array(shape.dimensions.dropLast(2))
    let ordered = values.withOutputsFirst(
      places: places.reduce(1, *), inputs: inputs, outputs: outputs)
    return Tensor(Shape([outputs, inputs] + places), ordered)
  }
}
