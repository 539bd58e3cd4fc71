import Foundation
import NeuralNetworks
import TensorKernels

/// The classifier that was put on a base, with what it takes to use it: the content of `head.h5`.
public struct HeadFile: Hashable, Sendable {
  /// The dense layer's name in Keras.
  public var layerName: String
  /// `[features, classes]`.
  public var kernel: Tensor
  /// `[classes]`.
  public var bias: Tensor
  public var metadata: ModelMetadata

  /// - Precondition: the kernel is `[features, classes]`, the bias `[classes]`, with a label for each
  ///   class.
  public init(layerName: String, kernel: Tensor, bias: Tensor, metadata: ModelMetadata) {
    precondition(
      kernel.shape.rank == 2 && bias.shape == [kernel.shape[1]]
        && metadata.labels.count == kernel.shape[1],
      "a head of kernel \(kernel.shape), bias \(bias.shape) and \(metadata.labels.count) labels")
    self.layerName = layerName
    self.kernel = kernel
    self.bias = bias
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
        "this head was trained on \(base) and cannot be attached to \(name); use --base \(base)")
    }
    if metadata.baseDigest.lowercased() != digest.lowercased() {
      throw WeightFileError(
        .bad,
        "this head was trained on \(base) with the weights \(metadata.baseDigest.prefix(12))… and cannot "
          + "be attached to the weights \(digest.prefix(12))…; give the original weight file")
    }
  }
}

/// Writes `head.h5`: Keras's layout with one dense layer, which real Keras loads into
/// `Sequential([Input((features,)), Dense(classes)])`, and attributes.
///
/// - Parameter url: written atomically; the same head gives the same bytes.
/// - Throws: `WeightFileError`: `bad`, `cannotCreate`, `inputOutput`.
public func writeHead(_ head: HeadFile, to url: URL) throws(WeightFileError) {
  let layer = KerasLayer(
    name: head.layerName, className: Dense.kind, configuration: [:], inputs: [],
    parameters: head.parameters)
  let tensors = Dictionary(
    uniqueKeysWithValues: zip(head.parameters.map(\.name), [head.kernel, head.bias]))
  try HDF5Image.write(to: url, expectedByteCount: head.kernel.shape.count * 4) {
    image throws(FormatError) in
    try image.addWeights(of: [layer], tensors, below: "")
    try image.set(head.metadata, of: "/")
  }
}

extension HeadFile {
  fileprivate var parameters: [Parameter] {
    Self.parameters(layerName, kernel: kernel.shape, bias: bias.shape)
  }

  fileprivate static func parameters(_ layer: String, kernel: Shape, bias: Shape) -> [Parameter] {
    [
      Parameter(node: layer, role: .kernel, shape: kernel),
      Parameter(node: layer, role: .bias, shape: bias),
    ]
  }
}

/// Reads `head.h5`.
/// - Throws: `WeightFileError`: `missingFile`, or `bad` when it is damaged or no head of ours.
public func readHead(_ url: URL) throws(WeightFileError) -> HeadFile {
  let file = try KerasWeightFile(url)
  let kernels = file.entries.filter { $0.role == Parameter.Role.kernel.kerasName }
  guard kernels.count == 1, file.entries.count == 2, kernels[0].shape.rank == 2 else {
    throw WeightFileError(
      .bad,
      "'\(file.name)' is not a head: it has \(file.entries.count) tensors, expected the kernel and "
        + "bias of one dense layer")
  }
  let (layer, kernel) = (kernels[0].layer, kernels[0].shape)
  let parameters = HeadFile.parameters(layer, kernel: kernel, bias: [kernel[1]])
  let tensors = try file.load(parameters, for: "the head").tensors
  let metadata = try WeightContainer.reading(url) { container throws(FormatError) in
    switch container {
    case .hdf5(let file): return try ModelMetadata(attributesOf: file)
    default: throw FormatError("is not HDF5; a head is a .h5 file")
    }
  }
  guard let kernelValues = tensors[parameters[0].name], let bias = tensors[parameters[1].name]
  else {
    throw WeightFileError(.bad, "'\(file.name)' has no kernel and bias")  // load has checked it
  }
  guard metadata.labels.count == kernel[1] else {
    throw WeightFileError(
      .bad, "'\(file.name)' has \(metadata.labels.count) labels for \(kernel[1]) classes")
  }
  return HeadFile(layerName: layer, kernel: kernelValues, bias: bias, metadata: metadata)
}

extension ModelMetadata {
  /// Reads what `HDF5Image.set` stored at the root.
  fileprivate init(attributesOf file: borrowing HDF5File) throws(FormatError) {
    func required(_ name: String) throws(FormatError) -> String {
      guard let value = try file.string(attribute: name, of: "/") else {
        throw FormatError(
          "has no attribute '\(name)'; it was not written as a head by this program")
      }
      return value
    }
    guard let labels = try file.chunkedStrings(attribute: "labels", of: "/") else {
      throw FormatError("has no attribute 'labels'; it was not written as a head by this program")
    }
    guard let imageSize = try file.integer(attribute: "image_size", of: "/"), imageSize > 0 else {
      throw FormatError(
        "has no usable attribute 'image_size'; it was not written as a head by this program")
    }
    self.init(
      labels: labels, preprocessing: try required("preprocessing"),
      baseName: try required("base_name"), baseDigest: try required("base_digest"),
      imageSize: imageSize, resize: try required("resize"))
  }
}
