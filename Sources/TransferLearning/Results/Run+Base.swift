import FineTuning
import ModelZoo
import NeuralNetworks
import WeightFiles

extension Run {
  /// The base of the run up to its features, without weights.
  /// - Throws: `ModelError`; `WeightFileError` when the run's configuration of it is damaged.
  package func base() throws -> Model {
    if let architecture {
      return Model(
        named: record.base, top: .features, network: try KerasModel(architecture).features,
        preprocessing: record.preprocessing)
    }
    return try Model.named(
      record.base, alpha: record.alpha, imageSize: record.imageSize, channels: record.channels,
      top: .features)
  }
}
