import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels
import WeightFiles

/// A base that is a Keras model in a file, with its own configuration.
struct FileBase {
  let file: KerasWeightFile
  let keras: KerasModel
  let preprocessing: Preprocessing
  /// As a model that this program has exported says; else as the network itself would bring photos to a size, or
  /// as Keras's loaders do: all of the photo, whatever its shape. One that has the size already stays as it is.
  var resize: ResizePolicy { ownResize ?? (keras.samplesPhotos ? .bilinear : .squash) }
  /// Without a margin, which would enlarge photos that have the network's size already; an export of this program
  /// is cropped as in its training.
  var cropping: ResizePolicy { ownResize == nil || ownResize == .cover ? .cover : .crop }
  /// What a user should know, one line each.
  let notes: [Sentence]

  /// - Parameter chosen: the preprocessing that the user names; `nil`: what the network shows.
  /// - Throws: `WeightFileError`, also for a network that does not read photos.
  init(_ path: String, imageSize: ImageSize?, preprocessing chosen: PreprocessingName?) throws {
    file = try KerasWeightFile(URL(filePath: path))
    keras = try KerasModel(file, imageSize: imageSize)
    (preprocessing, notes) = try Self.preprocessing(of: keras, chosen, file)
  }

  /// - Throws: `WeightFileError` (`bad`) when the network does not read photos.
  private static func preprocessing(
    of keras: KerasModel, _ chosen: PreprocessingName?, _ opened: KerasWeightFile
  ) throws -> (Preprocessing, [Sentence]) {
    let (input, file) = (keras.network.inputShape, opened.name)
    guard input.rank == 3, input[2] == 3 || input[2] == 1 else {
      throw WeightFileError(
        .bad, "'\(file)' reads \(input), not photos [height, width, 3] or [height, width, 1]")
    }
    var notes = keras.notes.map { Sentence($0) }
    let names = Remedy.namePreprocessing(PreprocessingName.allCases.map(\.rawValue))
    let colour: Preprocessing
    if let chosen {
      colour = chosen.preprocessing
    } else if let metadata = opened.metadata {
      return (try recorded(metadata, channels: input[2], file), notes)
    } else if keras.preprocessesItself {
      colour = .none
      notes.append(
        "'\(file)' scales photos itself, so they are given to it as they are, 0...255 (\(names))")
    } else if let (family, preprocessing) = Model.preprocessing(likeThatOf: keras.network) {
      colour = preprocessing
      notes.append(
        "'\(file)' is built like \(family), so photos are preprocessed as for \(family) (\(names))")
    } else {
      colour = .signed
      notes.append(
        "'\(file)' does not say how photos are to be preprocessed; they are scaled to -1...1 (\(names))"
      )
    }
    return (input[2] == 1 ? colour.gray : colour, notes)
  }

  /// The preprocessing that an export of this program says.
  /// - Throws: `WeightFileError` (`bad`) when it cannot be read or is of other channels.
  private static func recorded(
    _ metadata: ModelMetadata, channels: Int, _ file: String
  ) throws(WeightFileError) -> Preprocessing {
    let text = Data(metadata.preprocessing.utf8)
    guard let recorded = try? JSONDecoder().decode(Preprocessing.self, from: text),
      recorded.channels == channels
    else {
      throw WeightFileError(
        .bad,
        sentence:
          "'\(file)' says how photos are preprocessed, but that cannot be read or is not for \(channels) "
          + "channels; export it again, or name it: "
          + "\(.namePreprocessing(PreprocessingName.allCases.map(\.rawValue)))")
    }
    return recorded
  }

  private var ownResize: ResizePolicy? {
    file.metadata.flatMap { ResizePolicy(rawValue: $0.resize) }
  }

  /// `nil` where the file itself says it.
  private var resizeNote: Sentence? {
    guard ownResize == nil else { return nil }
    let size = keras.network.inputShape.imageSize.title
    let names = Remedy.nameResize(ResizePolicy.allCases.map(\.rawValue))
    return keras.samplesPhotos
      ? "photos are resized to \(size) pixels as the network's own Resizing does (\(names))"
      : "photos are squashed to \(size) pixels, as Keras's loaders do; those of that size stay as they are (\(names))"
  }

  /// The network, without weights.
  func model(_ top: Model.Top) -> Model {
    let network =
      switch top {
      case .imageNet: keras.network
      case .logits: keras.logits
      case .features: keras.features
      }
    return Model(
      named: file.name, top: top, network: network, preprocessing: preprocessing)
  }

  /// The network with weights: the file's own, or those of another file with the same layers.
  /// - Throws: `WeightFileError`.
  func load(_ top: Model.Top, _ source: Base.Source.Weights, allowMissing: [String], seed: UInt64)
    throws
    -> PretrainedModel
  {
    let model = model(top)
    try model.network.requireMemory(for: model.title)
    var loaded: (tensors: [String: Tensor], report: LoadReport)?
    var location: URL?
    switch source {
    case .none: break
    case .published:
      loaded = try keras.load(file, allowMissing: allowMissing)
      location = file.url
    case .file(let path):
      let other = try KerasWeightFile(URL(filePath: path))
      loaded = try keras.load(model.network, from: other, allowMissing: allowMissing)
      location = other.url
    }
    var pretrained = PretrainedModel(
      model: model, tensors: model.network.completed(loaded?.tensors ?? [:], seed: seed),
      file: location, report: loaded?.report,
      architecture: keras.saved(from: file),
      outputActivation: keras.outputActivation == .sigmoid ? .sigmoid : .softmax,
      labels: file.metadata?.labels, thresholds: file.metadata?.thresholds, resize: resize,
      cropping: cropping, resizeNote: resizeNote, notes: notes)
    pretrained.licence = file.metadata?.licence
    pretrained.restrict(file.metadata?.restriction)
    return pretrained
  }
}

extension Network {
  /// The tensors of this network, those that are not given at random.
  func completed(_ tensors: [String: Tensor], seed: UInt64) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: parameters.map {
        ($0.name, tensors[$0.name] ?? $0.initialTensor(seed: seed))
      })
  }
}
