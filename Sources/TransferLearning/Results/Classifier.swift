import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// A trained network with all that it takes to classify photos: preprocessing, view and labels.
public struct Classifier: Sendable {
  /// Gives one value per label.
  public let network: Network
  /// By parameter name.
  public let tensors: [String: Tensor]
  /// Class names in the order of the outputs.
  public let labels: [String]
  /// Whether nobody says what the outputs mean, so that labels are their numbers, from 0.
  public let hasNumbersForLabels: Bool
  /// What the network was trained to see in place of bytes.
  public let preprocessing: Preprocessing
  /// How a photo becomes a square of the network's size.
  public let resize: ResizePolicy
  /// What the outputs are.
  public let form: OutputForm
  /// From which probability on each label is said to be on a photo; `nil` where they exclude one another. Those of a
  /// model that does not say them are one half.
  public let thresholds: ClassThresholds?
  /// Whether labels are known not to exclude one another, rather than taken not to by the form of the outputs.
  let isTrainedOnSets: Bool
  /// The library that computes.
  public let backend: BackendChoice
  /// What values between layers are stored in.
  public var precision = Precision.float32
  let single = SinglePhotoRunner()
  /// What a user should know, one line each.
  public private(set) var notes: [Sentence] = []
  /// Where it comes from.
  public let provenance: EvaluationReport.Provenance

  /// How outputs become one probability per label.
  public enum OutputForm: String, Codable, Hashable, Sendable {
    /// They are that.
    case probabilities
    /// By a softmax.
    case logits
    /// By a sigmoid of each: the labels do not exclude each other.
    case independentLogits
    /// A single output, whose sigmoid is the probability of the second of two labels.
    case binaryLogit

    fileprivate init(of model: PretrainedModel) {
      let isSigmoid = model.outputActivation == .sigmoid
      self =
        model.model.top != .logits
        ? .probabilities
        : model.model.network.outputShape.count == 1
          ? .binaryLogit : isSigmoid ? .independentLogits : .logits
    }

    func probabilities(_ outputs: UnsafeBufferPointer<Float>) -> [Float] {
      switch self {
      case .probabilities: return Array(outputs)
      case .logits: return Classifier.softmax(outputs)
      case .independentLogits: return outputs.map { 1 / (1 + exp(-$0)) }
      case .binaryLogit:
        let second = 1 / (1 + exp(-outputs[0]))
        return [1 - second, second]
      }
    }
  }

  /// The classifier of a run.
  /// - Parameter path: the run's folder.
  /// - Throws: as `init(_:backend:)` for a run.
  public init(_ path: String) throws { try self.init(Run(URL(filePath: path))) }

  /// The classifier of a run.
  /// - Parameters:
  ///   - run: the training whose base, weights, labels and preprocessing are loaded.
  ///   - backend: `nil`: the one that trained it.
  /// - Throws: `ModelError`, `NetworkError`, `RunError`, `WeightFileError`.
  public init(_ run: Run, backend: BackendChoice? = nil) throws {
    let record = run.record
    let base = try run.base()
    network = try run.network(base: base.network)
    tensors = try run.tensors(for: network)
    labels = run.labels
    hasNumbersForLabels = false
    preprocessing = record.preprocessing
    resize = record.resize
    form = run.isMultiLabel ? .independentLogits : .logits
    thresholds = record.thresholds.map { ClassThresholds($0) }
    isTrainedOnSets = run.isMultiLabel
    self.backend = backend ?? BackendChoice(rawValue: record.backend) ?? .oneDNN
    provenance = try EvaluationReport.Provenance(
      run, base: base.title,
      versions: Toolkit.versions.merging(
        [self.backend.rawValue: self.backend.backend.version]) { own, _ in own })
  }

  /// A model with its own classifier.
  /// - Parameters:
  ///   - source: a model of the zoo, a Keras file or a run, with its last layer; it must read photos.
  ///   - labels: in the order of the outputs, or two for a single output; `nil`: a run's own or those that
  ///     the file says, if it is an export of this program, else the names of ImageNet's classes, or
  ///     numbers where there are not as many outputs.
  ///   - resize: how a photo becomes a square: `.crop` takes its middle, `.squash` all of it,
  ///     distorted; `nil`: as a run has it or an export says, of another file `.squash`, else `.crop`.
  ///     For another file `.crop` is `.cover`.
  ///   - backend: the library that computes.
  ///   - onDownload: of its weights; called on another thread.
  /// - Throws: `UsageError` for a network that reads no photos; `DataError` when there are more or fewer
  ///   labels than outputs.
  public init(
    _ source: Base.Source, labels: [String]? = nil, resize: ResizePolicy? = nil,
    backend: BackendChoice = .oneDNN, onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws {
    // How a file's logits become probabilities is up to its last layer, not to this program.
    let isOwn = source.isFile && !source.isTimmFolder || source.isRun
    let model = try source.load(isOwn ? .logits : .imageNet, progress: onDownload)
    try model.model.requirePhotos()
    let named = labels ?? model.labels
    let outputs = model.model.network.outputShape.count
    let expected = outputs == 1 ? 2 : outputs
    hasNumbersForLabels = named == nil && outputs != ImageNet.classCount
    self.labels =
      named ?? (hasNumbersForLabels ? (0..<expected).map(String.init) : ImageNet.classNames)
    guard self.labels.count == expected else {
      throw DataError(
        .bad,
        "\(model.model.title) tells \(expected) classes apart, but there are \(self.labels.count) "
          + "labels; give one label a line, in the order of the outputs")
    }
    network = model.model.network
    tensors = model.tensors
    preprocessing = model.model.preprocessing
    self.resize = model.view(resize)
    form = OutputForm(of: model)
    isTrainedOnSets = model.thresholds != nil
    thresholds =
      form == .independentLogits
      ? ClassThresholds(
        model.thresholds ?? self.labels.map { _ in ClassThresholds.unchosen }) : nil
    self.backend = backend
    notes = model.notes + (resize == nil ? [model.resizeNote].compactMap(\.self) : [])
    if hasNumbersForLabels {
      notes.append(
        "'\(model.model.title)' does not say what its \(expected) classes are, so they are numbered from 0 in the "
          + "order of its outputs; for names give \(.nameLabels)")
    }
    provenance = EvaluationReport.Provenance(
      base: model.model.title, weightsDigest: model.digest, versions: Toolkit.versions)
  }

  /// Height and width of the input, in pixels.
  public var imageSize: ImageSize { network.inputShape.imageSize }
}
