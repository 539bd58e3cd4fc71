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
  public let preprocessing: Preprocessing
  public let resize: ResizePolicy
  /// What the outputs are.
  public let form: OutputForm
  public let backend: BackendChoice
  /// What values between layers are stored in.
  public var precision = Precision.float32
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
  /// - Parameter backend: `nil`: the one that trained it.
  /// - Throws: `ModelError`, `NetworkError`, `RunError`, `WeightFileError`.
  public init(_ run: SavedRun, backend: BackendChoice? = nil) throws {
    let record = run.record
    let base = try run.base()
    network = try run.network(base: base.network)
    tensors = try run.tensors(for: network)
    labels = run.labels
    preprocessing = record.preprocessing
    resize = record.resize
    form = .logits
    self.backend = backend ?? BackendChoice(rawValue: record.backend) ?? .oneDNN
    var provenance = EvaluationReport.Provenance(
      base: base.title, baseDigest: record.baseDigest, weightsDigest: record.weightsDigest,
      plan: record.plan, seed: record.seed,
      versions: Toolkit.versions.merging(
        [self.backend.rawValue: self.backend.backend.version]) { own, _ in own })
    if let inspection = try DataInspection(of: run) {
      provenance.photos = PhotoAccount(
        train: run.split.train.count, validation: run.split.validation.count,
        test: run.split.test.count, leftOut: inspection.totals.leftOut,
        ignored: inspection.totals.ignored)
    }
    self.provenance = provenance
  }

  /// A model with its own classifier.
  /// - Parameter labels: in the order of the outputs, or two for a single output; the names of
  ///   ImageNet's classes unless given.
  /// - Throws: `UsageError` when the outputs are not ImageNet's and there are no labels; `DataError`
  ///   when there are more or fewer than outputs.
  public init(
    _ model: PretrainedModel, labels: [String]? = nil,
    resize: ResizePolicy = .crop, backend: BackendChoice = .oneDNN
  ) throws {
    try model.model.requirePhotos()
    let outputs = model.model.network.outputShape.count
    let expected = outputs == 1 ? 2 : outputs
    if labels == nil, outputs != ImageNet.classCount {
      throw UsageError(
        "\(model.model.title) tells \(expected) classes apart, not ImageNet's; give --labels FILE with "
          + "their names, one a line")
    }
    self.labels = labels ?? ImageNet.classNames
    guard self.labels.count == expected else {
      throw DataError(
        .bad,
        "\(model.model.title) tells \(expected) classes apart, but there are \(self.labels.count) "
          + "labels; give one label a line, in the order of the outputs")
    }
    network = model.model.network
    tensors = model.tensors
    preprocessing = model.model.preprocessing
    self.resize = resize
    form =
      model.model.top != .logits
      ? .probabilities
      : outputs == 1
        ? .binaryLogit : model.outputActivation == .sigmoid ? .independentLogits : .logits
    self.backend = backend
    provenance = EvaluationReport.Provenance(
      base: model.model.title, weightsDigest: model.digest, versions: Toolkit.versions)
  }

  /// What fine-tuning has found.
  init(_ result: FineTuningResult, _ tuner: FineTuner) {
    network = result.network
    tensors = result.tensors
    labels = result.classes
    preprocessing = tuner.base.preprocessing
    resize = tuner.options.resize
    form = .logits
    backend = tuner.options.backend
    provenance = EvaluationReport.Provenance(
      base: tuner.base.name, baseDigest: tuner.base.weightsDigest, plan: result.plan.name,
      seed: tuner.options.seed, versions: Toolkit.versions)
  }

  /// Height and width of the input, in pixels.
  public var imageSize: Int { network.inputShape[0] }
}

/// What a classifier says about a photo.
public struct Prediction: Sendable {
  /// As it was given.
  public let path: String
  /// One probability a label, or why there is none.
  public let probabilities: Result<[Float], ImageError>

  /// The indices of the `count` most probable labels, the most probable first.
  public static func top(_ count: Int, of probabilities: [Float]) -> [Int] {
    // Equal probabilities keep the order of the labels.
    Array(
      probabilities.indices.sorted {
        probabilities[$0] != probabilities[$1] ? probabilities[$0] > probabilities[$1] : $0 < $1
      }.prefix(count))
  }
}

extension Classifier {
  /// Classifies photo files, in the order given; a file that cannot be read gets its reason.
  /// - Parameters:
  ///   - root: what relative paths are relative to.
  ///   - views: of each photo, one of `PhotoView.testTimeCounts`; probabilities are the means over them.
  ///   - progress: called after each photo with the number of photos done, in each view anew.
  /// - Throws: `BackendError`, `NetworkError`.
  public func predict(
    _ paths: [String], below root: URL = URL(filePath: "."), views: Int = 1, batchSize: Int = 32,
    maximumPixels: Int = 100_000_000, pool: WorkerPool, progress: (_ done: Int) -> Void = { _ in }
  ) throws -> [Prediction] {
    let runner = PhotoRunner(
      network: network, tensors: tensors, preprocessing: preprocessing,
      views: PhotoView.testTime(resize, views: views),
      backend: backend, precision: precision, batchSize: batchSize,
      maximumPixels: maximumPixels)
    var sums = [Result<[Double], ImageError>?](repeating: nil, count: paths.count)
    try runner.run(paths, below: root, pool: pool) { index, outcome in
      switch (sums[index], outcome) {
      case (nil, .success(let outputs)):
        sums[index] = .success(form.probabilities(outputs).map(Double.init))
      case (.success(let sum), .success(let outputs)):
        sums[index] = .success(zip(sum, form.probabilities(outputs)).map { $0 + Double($1) })
      case (.failure, _): break
      // What could be read in one view and cannot be in another has no mean.
      case (_, .failure(let error)): sums[index] = .failure(error)
      }
      progress(index + 1)
    }
    return zip(paths, sums).map { path, sum in
      Prediction(
        path: path,
        probabilities: (sum ?? .failure(ImageError(.unreadable, "it was not read")))
          .map { $0.map { Float($0 / Double(views)) } })
    }
  }

  /// exp(x) / Σ exp(x), with the largest value subtracted first.
  static func softmax(_ logits: UnsafeBufferPointer<Float>) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}
