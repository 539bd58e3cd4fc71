import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

extension ExportedClassifier {
  /// Writes the classifier in a format, reads it back and compares.
  ///
  /// Networks that are written read pixels of 0...255 and give probabilities, unless the options leave that out.
  /// - Parameters:
  ///   - format: of the file.
  ///   - url: in a folder that is there; a file that is there is replaced only by a complete one.
  ///   - options: what is written beside the usual.
  /// - Throws: `UsageError` for options that the format has not; `WeightFileError`, `NetworkError`, `ModelError`.
  public func write(
    _ format: ExportFormat, to url: URL, _ options: ExportOptions = ExportOptions()
  ) throws {
    if let misfit = options.misfit(format) {
      throw UsageError("an export as \(format.rawValue) \(misfit)")
    }
    switch format {
    case .head: try writeHead(to: url)
    case .keras, .kerasH5: try writeKeras(format, to: url, options)
    case .safetensors: try writeTensors(to: url)
    case .onnx: try writeNetwork(to: url, options)
    case .base:
      try writeKerasWeights(network.cut(after: features), tensors, to: url)
    }
  }

  private func writeHead(to url: URL) throws {
    let head = try head()
    guard url.pathExtension.lowercased() == "safetensors" else {
      return try WeightFiles.writeHead(head, to: url)
    }
    try head.writeSafetensors(to: url)
  }

  private func writeKeras(
    _ format: ExportFormat, to url: URL, _ options: ExportOptions
  ) throws {
    let pixels = try readingPixels(options)
    let write = format == .keras ? writeKerasArchive : writeKerasModel
    // What had the name before is better than a file with other answers.
    try write(
      pixels.network, name.replacing("/", with: "-"), pixels.tensors, pixels.fixed,
      pixels.metadata, url, { try requireSame(as: $0, for: url) })
  }

  private func writeNetwork(to url: URL, _ options: ExportOptions) throws {
    let pixels = try readingPixels(options)
    try writeONNX(
      pixels.network, pixels.tensors, metadata: pixels.metadata,
      layout: ONNXLayout(
        pixels: options.pixels,
        scaling: options.includesResize
          ? resize.scaling(to: network.inputShape.imageSize) : nil, storage: options.storage),
      to: url)
  }

  private func writeTensors(to url: URL) throws {
    let naming: TensorNaming =
      name.hasPrefix("timm/") ? .timm : name.hasPrefix("torchvision/") ? .torchvision : .keras
    // The head takes the place of the classifier that the module has, where it can.
    let renamed = moduleClassifier.map { [network[network.output].name: $0] } ?? [:]
    try writeSafetensors(
      of: network, tensors, naming: naming, renamed: renamed, metadata: metadata, to: url)
  }

  /// What timm or torchvision calls the classifier that the head stands for; `nil` where their module is another
  /// network: some have layers between the features and their classifier, and a head may have a hidden one.
  var moduleClassifier: String? {
    guard name.contains("/"),
      let module = try? Model.named(name, imageSize: network.inputShape.imageSize, top: .logits)
    else { return nil }
    let (own, theirs) = (network[network.output].name, module.network.output)
    let classifier = module.network[theirs].name
    func shapes(of network: Network, renaming: [String: String]) -> [String: [Int]] {
      Dictionary(
        network.parameters.map { parameter in
          let node = renaming[parameter.node] ?? parameter.node
          // Of the classifier, all but the number of classes.
          let extents = parameter.shape.dimensions
          return (
            "\(node)/\(parameter.role)", node == classifier ? extents.dropLast() + [0] : extents
          )
        }, uniquingKeysWith: { first, _ in first })
    }
    let isSame =
      shapes(of: network, renaming: [own: classifier]) == shapes(of: module.network, renaming: [:])
    return isSame ? classifier : nil
  }

  /// What a network is written as: it, its weights, and what the file says of itself.
  private func readingPixels(
    _ options: ExportOptions
  ) throws -> PixelNetwork {
    guard !options.leavesOutPreprocessing else {
      return PixelNetwork(network: whole, tensors: tensors, fixed: [], metadata: metadata)
    }
    let pixels = try whole.readingPixels(preprocessing)
    var metadata = metadata
    let given = preprocessing.channelOrder == .gray ? Preprocessing.none.gray : .none
    metadata.preprocessing = String(decoding: try CanonicalJSON.line(given), as: UTF8.self)
    return PixelNetwork(
      network: pixels.network, tensors: tensors.merging(pixels.tensors) { $1 },
      fixed: Set(pixels.tensors.keys), metadata: metadata)
  }
}

/// What is written where the whole network is.
private struct PixelNetwork {
  let network: Network
  let tensors: [String: Tensor]
  /// The parameters that stay as they are when somebody trains on.
  let fixed: Set<String>
  /// What the file says of itself.
  let metadata: ModelMetadata
}

extension ResizePolicy {
  /// The same as a file does it that resizes photos itself.
  func scaling(to size: ImageSize) -> PhotoScaling {
    let canvas = canvas(for: size)
    return switch self {
    case .crop, .cover: PhotoScaling(canvas: canvas, .cover, .linear)
    case .squash: PhotoScaling(canvas: canvas, .stretch, .linear)
    case .bilinear: PhotoScaling(canvas: canvas, .stretch, .sampled)
    case .fit: PhotoScaling(canvas: canvas, .inside(meanColour.map(Float.init)), .linear)
    case .cut(let cut):
      PhotoScaling(
        canvas: canvas, cut.mode == .crop ? .cover : .stretch,
        cut.filter == .bicubic ? .cubic : .linear)
    }
  }
}
