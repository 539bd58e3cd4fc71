import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

extension Run {
  /// The base of the run up to its features, without weights.
  /// - Parameter imageSize: of the input, in place of the run's.
  /// - Throws: `ModelError`; `WeightFileError` when the run's configuration of it is damaged.
  package func base(imageSize: ImageSize? = nil) throws -> Model {
    if var architecture {
      architecture.imageSize = imageSize ?? architecture.imageSize
      return Model(
        named: record.base, top: .features, network: try KerasModel(architecture).features,
        preprocessing: record.preprocessing)
    }
    return try Model.named(
      record.base, alpha: record.alpha, imageSize: imageSize ?? record.imageSize,
      channels: record.channels, top: .features
    ).seeing(record.preprocessing)
  }
}

extension Base {
  /// The base of a run that has left it as it was, with the weights that the run's own file holds.
  /// - Throws: as `Run.base` and `Run.tensors`.
  init(unchangedBy run: Run) throws {
    let record = run.record
    let model = try run.base()
    let tensors = try run.tensors(for: run.network(base: model.network))
    let names = Set(model.network.parameters.map(\.name))
    self.init(
      name: record.base, alpha: record.alpha, network: model.network,
      tensors: tensors.filter { names.contains($0.key) },
      weights: record.baseDigest.map { .pretrained(sha256: $0) } ?? .random,
      preprocessing: record.preprocessing)
    architecture = run.architecture
    file = record.weightFile.map { URL(filePath: $0) }
    let head = try run.readHead().metadata
    (restriction, licence) = (head.restriction, head.licence)
  }
}
