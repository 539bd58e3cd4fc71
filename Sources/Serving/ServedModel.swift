import Foundation
import NIOCore
import TransferLearning

/// What to serve, and how to read it: once at the beginning, and again when its files have changed.
package struct ServedSource: Sendable {
  /// A run, or a model with its own classifier.
  package var classifier: ClassifierSource
  /// What it is called on the page; no path, which would tell strangers of the machine.
  package var name: String
  /// `nil`: the one that trained a run, else oneDNN.
  package var backend: BackendChoice?
  package var precision = Precision.float32
  /// The share of the answers that should be right, others being left out; only for a run.
  package var wantedPrecision: Double?

  package init(_ classifier: ClassifierSource, name: String) {
    self.classifier = classifier
    self.name = name
  }

  /// Reads network, weights and labels, and makes them ready to answer.
  /// - Parameters:
  ///   - pool: whose workers compute.
  ///   - onDownload: of a model's weights; called on another thread.
  /// - Throws: as `ClassifierSource.load`, `AnswerLimit.init` and `AnsweringNetwork.init`.
  package func load(
    _ limits: ServingLimits, pool: WorkerPool,
    onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> ServedModel {
    var (classifier, run) = try classifier.load(backend: backend, onDownload: onDownload)
    classifier.precision = precision
    let limit = try wantedPrecision.flatMap { share in
      try run.map { try AnswerLimit(of: $0, wantedPrecision: share) }
    }
    return ServedModel(
      name: name, classifier,
      try AnsweringNetwork(classifier, maximumPixels: limits.pixels, pool: pool), limit, limits,
      pool)
  }
}

/// A model that answers.
///
/// `@unchecked Sendable`: `look` is touched by the driver of the pool alone; all else is constant or may be used by
/// any thread.
package final class ServedModel: @unchecked Sendable {
  package let name: String
  package let classifier: Classifier
  /// How sure an answer has to be; `nil` where all are given.
  package let limit: AnswerLimit?
  /// When it was read.
  let loaded = Date.now
  private let network: AnsweringNetwork
  private let maximumPixels: Int
  private let pool: WorkerPool
  private var look: GradCAM?

  fileprivate init(
    name: String, _ classifier: Classifier, _ network: AnsweringNetwork, _ limit: AnswerLimit?,
    _ limits: ServingLimits, _ pool: WorkerPool
  ) {
    self.name = name
    self.classifier = classifier
    self.network = network
    self.limit = limit
    maximumPixels = limits.pixels
    self.pool = pool
  }

  /// Makes a photo what the network reads; on any thread.
  func load(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> [Float] {
    try network.load(bytes)
  }

  /// Answers loaded photos; called by the driver.
  func answer(_ photos: [[Float]]) throws -> [Prediction] { try network.answer(photos) }

  /// Makes ready what the first answer would wait for; called by the driver.
  func warmUp() throws { try network.warmUp() }

  /// A photo as Grad-CAM needs it; on any thread.
  func seen(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> SeenPhoto {
    classifier.seen(try decodeImage(bytes, maximumPixels: maximumPixels))
  }

  /// Where the network looks; called by the driver.
  /// - Parameter label: its place among the classifier's; `nil`: the most probable one.
  /// - Throws: `UsageError` for a network without a map to look at; `BackendError`.
  func evidence(_ photo: SeenPhoto, label: Int?) throws -> PhotoEvidence {
    let ready = try look ?? GradCAM(classifier, pool: pool)
    look = ready
    return try ready(photo, label: label)
  }
}
