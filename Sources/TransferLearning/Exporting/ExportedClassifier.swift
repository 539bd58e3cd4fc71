import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A classifier as exports are made of it: a network up to its logits with weights, and what it takes to use it.
public struct ExportedClassifier: Sendable {
  /// The base's name, for example `mobilenetv2`, which the exported model is called by.
  public let name: String
  /// From the network's own input to one value for each label.
  public let network: Network
  /// By parameter name.
  public let tensors: [String: Tensor]
  /// What the network was trained to see in place of bytes.
  public let preprocessing: Preprocessing
  /// How a photo is brought to the network's size.
  public let resize: ResizePolicy
  /// What every export says of itself.
  public let metadata: ModelMetadata
  /// The same network with its outputs as probabilities.
  let whole: Network
  /// The last node of the base, whose value the head reads.
  let features: Network.NodeID

  /// The labels, in the order of the outputs.
  public var labels: [String] { metadata.labels }

  /// The classifier of a run, with the weights of its best candidate, temperature included.
  /// - Throws: `RunError`, `ModelError`, `NetworkError`, `WeightFileError`.
  public init(_ run: Run) throws {
    let base = try run.base()
    name = run.record.base
    network = try run.network(base: base.network)
    tensors = try run.tensors(for: network)
    preprocessing = run.record.preprocessing
    resize = run.record.resize
    whole = try run.network(base: base.network, activation: run.outputActivation)
    features = base.network.output
    metadata = try run.readHead().metadata
  }

  /// A head put on the base that it was trained on.
  /// - Parameters:
  ///   - head: as a run's `head.h5` or an export holds it.
  ///   - source: the base, whose weights have to be those that the head was trained on; its size is the head's.
  ///   - onDownload: of the base's weights; called on another thread.
  /// - Throws: `WeightFileError` (`bad`) for another base or other weights; as `Base.init(_:)`.
  public init(
    _ head: HeadFile, on source: Base.Source,
    onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws {
    var source = source
    source.imageSize = head.metadata.imageSize
    let base = try Base(loading: source, onDownload)
    try head.requireBase(named: base.name, digest: base.weights.sha256 ?? "")
    guard
      let preprocessing = try? JSONDecoder().decode(
        Preprocessing.self, from: Data(head.metadata.preprocessing.utf8)),
      let resize = ResizePolicy(rawValue: head.metadata.resize)
    else {
      throw WeightFileError(
        .bad, "the head does not say how photos are brought to its base; it was not written whole")
    }
    features = base.network.output
    network = try head.network(on: base.network, ending: .linear)
    whole = try head.network(
      on: base.network, ending: head.metadata.thresholds == nil ? .softmax : .sigmoid)
    tensors = base.tensors.merging(head.tensors) { $1 }
    name = base.name
    self.preprocessing = preprocessing
    self.resize = resize
    metadata = head.metadata
  }
}

extension ExportedClassifier {
  /// The dense layers behind the base.
  func head() throws(WeightFileError) -> HeadFile {
    var layers: [HeadFile.Layer] = []
    for node in network.nodes[(features.index + 1)...] where !node.parameters.isEmpty {
      guard let kernel = tensors["\(node.name)/kernel"], let bias = tensors["\(node.name)/bias"]
      else { throw WeightFileError(.bad, "'\(node.name)' of the head has no kernel and bias") }
      layers.append(.init(name: node.name, kernel: kernel, bias: bias))
    }
    return HeadFile(layers: layers, metadata: metadata)
  }

  /// The same with other numbers in its weights.
  func with(_ tensors: [String: Tensor]) -> ExportedClassifier {
    ExportedClassifier(self, tensors)
  }

  private init(_ other: ExportedClassifier, _ tensors: [String: Tensor]) {
    (name, network, whole) = (other.name, other.network, other.whole)
    (preprocessing, resize) = (other.preprocessing, other.resize)
    (metadata, features) = (other.metadata, other.features)
    self.tensors = tensors
  }
}

extension HeadFile {
  /// A base with these layers behind its features.
  fileprivate func network(
    on base: Network, ending activation: Activation
  ) throws(NetworkError) -> Network {
    var network = base
    network.beginStage(Network.headStage)
    for (index, layer) in layers.enumerated() {
      let isLast = index == layers.count - 1
      try network.add(
        layer.name, Dense(layer.bias.shape[0], activation: isLast ? activation : .relu),
        to: network.output)
    }
    return network
  }

  /// By parameter name.
  fileprivate var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for layer in layers {
      tensors["\(layer.name)/kernel"] = layer.kernel
      tensors["\(layer.name)/bias"] = layer.bias
    }
    return tensors
  }
}

extension Run {
  /// The licence of the base's weights, where it forbids commercial use of what is exported, too.
  /// - Throws: as `readHead`.
  public var restriction: String? {
    get throws { try readHead().metadata.restriction }
  }

  /// The head that training wrote.
  /// - Throws: `RunError` `.bad` when the file is not the one that the run wrote; `WeightFileError`.
  func readHead() throws -> HeadFile {
    let file = url.appending(path: RunFolder.File.head.rawValue)
    let opened = try KerasWeightFile(file)
    let head = try WeightFiles.readHead(opened)
    guard try opened.sha256() == record.headDigest else {
      throw RunError(
        .bad, "'\(file.relativePath)' is not the file this run wrote: its sha256 is another one")
    }
    return head
  }
}
