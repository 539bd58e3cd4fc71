import FineTuning
import ModelZoo
import NeuralNetworks
import WeightFiles

extension Run {
  /// The base of the run up to its features, without weights.
  /// - Parameter imageSize: height and width of the input in pixels, in place of the run's.
  /// - Throws: `ModelError`; `WeightFileError` when the run's configuration of it is damaged.
  package func base(imageSize: Int? = nil) throws -> Model {
    if var architecture {
      architecture.imageSize = imageSize ?? architecture.imageSize
      return Model(
        named: record.base, top: .features, network: try KerasModel(architecture).features,
        preprocessing: record.preprocessing)
    }
    return try Model.named(
      record.base, alpha: record.alpha, imageSize: imageSize ?? record.imageSize,
      channels: record.channels,
      top: .features)
  }
}
