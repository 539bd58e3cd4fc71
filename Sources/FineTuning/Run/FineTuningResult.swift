import Evaluation
import Files
import Foundation
import ImagePipeline
import NeuralNetworks
import TensorKernels
import WeightFiles

/// What training has found.
package struct FineTuningResult: Sendable {
  /// The base with its head, which gives logits.
  package let network: Network
  /// All weights by parameter name.
  package let tensors: [String: Tensor]
  /// What the logits were divided by, of which `tensors` know already.
  package let temperature: Double
  package let classes: [String]
  package let plan: FineTuningPlan
  /// Where the weights come from, and how they did on the validation photos.
  package let best: Candidate
  /// Whether validation photos trained the final weights; never those of a folder given as such.
  package let trainedOnValidation: Bool
  /// Where they did, or the photos need not be there any more: what weights that had not seen them said of
  /// them. Figures on these photos come from here.
  package let heldOut: [PredictionRow]
  /// From which probability on each class is there; `nil` where classes exclude one another.
  package let thresholds: ClassThresholds?
  package let interrupted: Bool
  /// Photos that could be read when they were scanned, and not later.
  package let skipped: [SkippedPhoto]
  package let seconds: Double
}

extension FineTuningResult {
  /// The classifier with what it takes to use it.
  ///
  /// The base it belongs to is the one that gave it its features: the original weight file, or
  /// `weights.h5` where training has changed the base too.
  func head(base: Base, options: TrainingOptions, weightsDigest: String) throws -> HeadFile {
    var layers: [HeadFile.Layer] = []
    for node in network.headNodes where !node.parameters.isEmpty {
      guard let kernel = tensors["\(node.name)/kernel"], let bias = tensors["\(node.name)/bias"]
      else { throw TrainingError.broken("the result has no head") }
      layers.append(.init(name: node.name, kernel: kernel, bias: bias))
    }
    let baseChanged = base.tensors.contains { name, tensor in tensors[name] != tensor }
    return HeadFile(
      layers: layers,
      metadata: ModelMetadata(
        labels: classes,
        preprocessing: String(decoding: try CanonicalJSON.line(base.preprocessing), as: UTF8.self),
        baseName: base.name,
        baseDigest: baseChanged ? weightsDigest : base.weights.sha256 ?? weightsDigest,
        imageSize: base.imageSize, resize: options.resize.rawValue,
        restriction: base.restriction, licence: base.licence, thresholds: thresholds?.values))
  }
}
