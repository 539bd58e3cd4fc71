import Files
import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import WeightFiles

/// Files that a run can be turned into.
public enum ExportFormat: String, Codable, Hashable, Sendable, CaseIterable {
  /// The dense layers of the head alone, with labels and the base they belong to.
  case head
  /// The whole network with its softmax, or its sigmoids where photos have any number of classes, as Keras 2 and 3
  /// open it with `load_model`.
  case kerasH5 = "keras-h5"
  /// The same as a `.keras` archive, for Keras 3.
  case keras
  /// The network without its head, as a weight file for `--weights`: a base for other classifiers.
  case base
}

extension Run {
  /// Writes the run's classifier in another format.
  /// - Throws: `FileError`, `RunError`, `WeightFileError`, `ModelError`, `NetworkError`.
  public func export(_ format: ExportFormat, to output: URL) throws {
    try OutputCheck.requireCreatable(file: output)
    switch format {
    case .head:
      let file = url.appending(path: RunFolder.File.head.rawValue)
      let opened = try KerasWeightFile(file)
      let head = try readHead(opened)
      guard try opened.sha256() == record.headDigest else {
        throw RunError(
          .bad, "'\(file.relativePath)' is not the file this run wrote: its sha256 is another one")
      }
      try writeHead(head, to: output)
    case .kerasH5, .keras:
      let base = try base()
      let tensors = try tensors(for: network(base: base.network))
      // Users of the file expect probabilities, as Keras's own classifiers give them.
      let whole = try network(base: base.network, activation: outputActivation)
      let write = format == .keras ? writeKerasArchive : writeKerasModel
      try write(whole, record.base, tensors, try readMetadata(), output)
    case .base:
      let base = try base()
      try writeKerasWeights(
        base.network, try tensors(for: network(base: base.network)), to: output)
    }
  }

  /// The licence of the base's weights, where it forbids commercial use of what is exported, too.
  /// - Throws: as `readHead`.
  public var restriction: String? {
    get throws { try readMetadata().restriction }
  }

  private func readMetadata() throws -> ModelMetadata {
    try readHead(url.appending(path: RunFolder.File.head.rawValue)).metadata
  }
}
