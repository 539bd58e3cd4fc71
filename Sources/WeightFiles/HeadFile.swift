import Files
import Foundation
import NeuralNetworks
import TensorKernels

/// The classifier that was put on a base, with what it takes to use it: the content of `head.h5`.
public struct HeadFile: Hashable, Sendable {
  /// A dense layer.
  public struct Layer: Hashable, Sendable {
    /// Its name in Keras.
    public var name: String
    /// `[inputs, units]`.
    public var kernel: Tensor
    /// `[units]`.
    public var bias: Tensor

    /// - Precondition: the kernel is `[inputs, units]`, the bias `[units]`.
    public init(name: String, kernel: Tensor, bias: Tensor) {
      precondition(
        kernel.shape.rank == 2 && bias.shape == [kernel.shape[1]],
        "'\(name)' of kernel \(kernel.shape) and bias \(bias.shape)")
      self.name = name
      self.kernel = kernel
      self.bias = bias
    }
  }

  /// From features to logits, each reading what the one before it gives, through a ReLU.
  public var layers: [Layer]
  /// What the head belongs to: labels, base and preprocessing.
  public var metadata: ModelMetadata

  /// - Precondition: there is a layer, each reads as many values as the one before it gives, and the last
  ///   gives one for each label.
  public init(layers: [Layer], metadata: ModelMetadata) {
    precondition(
      layers.map(\.kernel.shape).areChained && layers.last?.bias.shape == [metadata.labels.count],
      "a head of \(layers.map(\.kernel.shape)) and \(metadata.labels.count) labels")
    self.layers = layers
    self.metadata = metadata
  }

  /// Refuses a base that this head was not trained on.
  /// - Parameters:
  ///   - name: the base's name, for example `mobilenetv2`.
  ///   - digest: SHA-256 of its weights, as hexadecimal digits.
  /// - Throws: `WeightFileError` (`bad`) that names both.
  public func requireBase(named name: String, digest: String) throws(WeightFileError) {
    let base = metadata.baseName
    if base != name {
      throw WeightFileError(
        .bad,
        sentence:
          "this head was trained on \(base) and cannot be attached to \(name); use \(.base(base))")
    }
    if metadata.baseDigest.lowercased() != digest.lowercased() {
      throw WeightFileError(
        .bad,
        "this head was trained on \(base) with the weights \(metadata.baseDigest.prefix(12))… and cannot "
          + "be attached to the weights \(digest.prefix(12))…; give the original weight file or, where the run has "
          + "tuned its base, the run itself as the base")
    }
  }
}

/// Writes `head.h5`: Keras's layout with the dense layers, which real Keras loads into
/// `Sequential([Input((features,)), Dense(classes)])`, and attributes.
///
/// A head with hidden layers has the attribute `hidden_activation`, `relu`, which Keras's layout cannot
/// tell.
/// - Parameters:
///   - head: the dense layers, and the metadata that become the file's attributes.
///   - url: written atomically; the same head gives the same bytes.
/// - Throws: `WeightFileError`: `bad`, `cannotCreate`, `inputOutput`.
public func writeHead(_ head: HeadFile, to url: URL) throws(WeightFileError) {
  var tensors: [String: Tensor] = [:]
  let layers = head.layers.map { layer in
    let parameters = HeadFile.parameters(layer.name, kernel: layer.kernel.shape)
    for (parameter, tensor) in zip(parameters, [layer.kernel, layer.bias]) {
      tensors[parameter.name] = tensor
    }
    return KerasLayer(
      name: layer.name, className: Dense.kind, configuration: [:], inputs: [],
      parameters: parameters)
  }
  let count = head.layers.reduce(0) { $0 + $1.kernel.shape.count }
  try HDF5Image.write(to: url, expectedByteCount: count * 4) { image throws(FormatError) in
    try image.addWeights(of: layers, tensors, below: "")
    try image.set(head.metadata, of: "/")
    if layers.count > 1 {
      try image.set(HeadFile.hiddenActivation, of: "/", toLong: HeadFile.relu)
    }
  }
}

extension HeadFile {
  /// The attribute that tells what follows hidden layers.
  fileprivate static let hiddenActivation = "hidden_activation"
  fileprivate static let relu = "relu"

  fileprivate static func parameters(_ layer: String, kernel: Shape) -> [Parameter] {
    [
      Parameter(node: layer, role: .kernel, shape: kernel),
      Parameter(node: layer, role: .bias, shape: [kernel[1]]),
    ]
  }
}

extension [Shape] {
  /// Whether these are kernels of dense layers of which each reads what the one before it gives.
  var areChained: Bool {
    !isEmpty && allSatisfy { $0.rank == 2 } && zip(self, dropFirst()).allSatisfy { $0[1] == $1[0] }
  }
}

/// Reads `head.h5`, or a head in safetensors.
/// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is damaged or no head of ours.
public func readHead(_ url: URL) throws(WeightFileError) -> HeadFile {
  let file = try KerasWeightFile(url)
  return file.layout == .safetensors ? try HeadFile(safetensors: url) : try readHead(file)
}

/// The head in an open `head.h5`.
/// - Throws: `WeightFileError` (`bad`) when it is damaged or no head of ours.
public func readHead(_ file: KerasWeightFile) throws(WeightFileError) -> HeadFile {
  let kernels = file.entries.filter { $0.role == Parameter.Role.kernel.kerasName }
  guard kernels.map(\.shape).areChained, file.entries.count == 2 * kernels.count else {
    throw WeightFileError(
      .bad,
      "'\(file.name)' is not a head: it has \(file.entries.count) tensors, expected the kernel and "
        + "bias of a dense layer, or of some of which each reads what the one before it gives")
  }
  let tensors = try file.load(
    kernels.flatMap { HeadFile.parameters($0.layer, kernel: $0.shape) }, for: "the head"
  ).tensors
  let (metadata, activation) = try file.open.read {
    container throws(FormatError) in
    switch container {
    case .hdf5(let file):
      return (
        try ModelMetadata(attributesOf: file),
        try file.string(attribute: HeadFile.hiddenActivation, of: "/")
      )
    default: throw FormatError("is not HDF5, as a run's head is")
    }
  }
  guard kernels.count == 1 || activation == HeadFile.relu else {
    throw WeightFileError(
      .bad,
      "'\(file.name)' has the activation '\(activation ?? "")' behind hidden layers, expected '\(HeadFile.relu)'"
    )
  }
  var layers: [HeadFile.Layer] = []
  for entry in kernels {
    let names = HeadFile.parameters(entry.layer, kernel: entry.shape).map(\.name)
    guard let kernel = tensors[names[0]], let bias = tensors[names[1]] else {
      throw WeightFileError(.bad, "'\(file.name)' has no kernel and bias")  // load has checked it
    }
    layers.append(.init(name: entry.layer, kernel: kernel, bias: bias))
  }
  let classes = kernels[kernels.count - 1].shape[1]
  guard metadata.labels.count == classes else {
    throw WeightFileError(
      .bad, "'\(file.name)' has \(metadata.labels.count) labels for \(classes) classes")
  }
  return HeadFile(layers: layers, metadata: metadata)
}
