import Files
import FineTuning
import Foundation
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A base that is a run of this program: its network with the weights that the run ended with, its
/// preprocessing and its view of photos.
struct RunBase {
  let run: Run
  private let imageSize: ImageSize?

  /// - Parameters:
  ///   - path: the run's folder.
  ///   - imageSize: of the input, in place of the run's.
  /// - Throws: `RunError` when it is no run, or has not come to weights yet.
  init(_ path: String, imageSize: ImageSize?) throws {
    run = try Run(URL(filePath: path))
    self.imageSize = imageSize
  }

  var resize: ResizePolicy { run.record.resize }
  /// What cropping is for it: the run's own way.
  var cropping: ResizePolicy {
    switch resize {
    case .cover, .cut: resize
    case .crop, .squash, .bilinear, .fit: .crop
    }
  }

  /// The network, without weights.
  func model(_ top: Model.Top) throws -> Model {
    let base = try run.base(imageSize: imageSize)
    let network =
      switch top {
      case .features: base.network
      case .logits: try run.network(base: base.network)
      case .imageNet: try run.network(base: base.network, activation: run.outputActivation)
      }
    return base.ending(in: network, top)
  }

  /// The network with the run's weights, or those of another file.
  /// - Throws: `RunError`, `WeightFileError`, `ModelError`, `NetworkError`.
  func load(_ top: Model.Top, _ source: Base.Source.Weights, allowMissing: [String], seed: UInt64)
    throws -> PretrainedModel
  {
    let model = try model(top)
    try model.network.requireMemory(for: model.title)
    var loaded: (tensors: [String: Tensor], report: LoadReport)?
    var location: URL?
    switch source {
    case .none: break
    case .published:
      loaded = try run.load(model.network)
      location = run.weights
    case .file(let path):
      let file = try KerasWeightFile(URL(filePath: path))
      loaded = try file.load(
        model.network.parameters, for: model.name, allowMissing: allowMissing,
        outputs: top == .features ? model.network.outputShape.count : nil,
        flattening: model.network.flattenedMaps)
      location = file.url
    }
    var architecture = run.architecture
    architecture?.imageSize = model.imageSize
    var pretrained = PretrainedModel(
      model: model, tensors: model.network.completed(loaded?.tensors ?? [:], seed: seed),
      file: location, report: loaded?.report, architecture: architecture,
      outputActivation: run.outputActivation, labels: run.labels,
      thresholds: run.record.thresholds, resize: resize, cropping: cropping)
    pretrained.licence = try run.readHead().metadata.licence
    pretrained.restrict(try run.restriction)
    return pretrained
  }
}

extension Base.Source {
  /// Whether the base is the folder of a run; a model of the zoo goes before a folder of its name.
  var isRun: Bool {
    !Model.isKnown(name) && Run.isFolder(of: name)
  }
}
