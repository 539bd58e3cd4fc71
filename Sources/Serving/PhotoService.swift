import NIOCore
import Synchronization
import TransferLearning

/// A model that answers requests, and the room there is for them.
final class PhotoService: Sendable {
  let limits: ServingLimits
  let metrics = ServingMetrics()
  let held: HeldBytes
  /// Tells whoever runs the server what it should know.
  let report: @Sendable (Sentence) -> Void
  private let source: ServedSource
  private let pool: WorkerPool
  private let queue: PhotoQueue
  private let current: Mutex<ServedModel>
  /// Photos and looks that are on their way.
  private let admitted = Mutex((photos: 0, looks: 0))

  /// - Throws: what reading a model throws; `ThreadError`.
  init(
    _ source: ServedSource, _ limits: ServingLimits, pool: WorkerPool,
    onDownload: @escaping DownloadProgress, report: @escaping @Sendable (Sentence) -> Void
  ) throws {
    self.source = source
    self.limits = limits
    self.pool = pool
    self.report = report
    held = HeldBytes(limit: limits.heldBytes)
    current = Mutex(try source.load(limits, pool: pool, onDownload: onDownload))
    queue = try PhotoQueue(limits, metrics, pool: pool)
  }

  /// The model that answers requests from now on.
  var model: ServedModel { current.withLock(\.self) }

  var metricsText: String { metrics.text(waiting: queue.count, heldBytes: held.count) }

  /// Makes the model ready, so that the first request does not wait for it.
  func warmUp() async throws {
    let model = model
    try await queue.onDriver { try model.warmUp() }
  }

  /// Reads the model again. Requests that have begun end with the one they began with; one that cannot be read leaves
  /// the present one in service.
  func reload() async {
    do {
      let (source, limits, pool) = (source, limits, pool)
      let fresh = try await onOwnThread { _ in try source.load(limits, pool: pool) }
      try await queue.onDriver { try fresh.warmUp() }
      current.withLock { $0 = fresh }
      metrics.reloaded(true)
      report("read again: \(fresh.summary)")
    } catch {
      metrics.reloaded(false)
      let reason = (error as? any Remediable)?.sentence ?? Sentence("\(error)")
      report("could not be read again, and is served as it was: \(reason)")
    }
  }

  /// - Throws: `Refusal` where a photo would have no place in the queue, before its bytes are taken.
  func requireRoom() throws {
    try refuse(if: admitted.withLock { $0.photos >= limits.waitingPhotos })
  }

  /// - Throws: `Refusal` where there is no room for so many photos; `BackendError`.
  func answer(
    _ photos: [ByteBuffer], by model: ServedModel
  ) async throws -> [Result<Prediction, ImageError>] {
    guard photos.count <= limits.waitingPhotos else {
      throw Refusal(
        .contentTooLarge,
        "\(limits.waitingPhotos) photos may wait here at once, and the request has \(photos.count)")
    }
    try refuse(
      if: admitted.withLock {
        guard $0.photos + photos.count <= limits.waitingPhotos else { return true }
        $0.photos += photos.count
        return false
      })
    defer { admitted.withLock { $0.photos -= photos.count } }
    return try await queue.answer(photos, by: model).map { outcome in
      switch outcome {
      case .success(let prediction): return .success(prediction)
      case .failure(let error as ImageError): return .failure(error)
      case .failure(let error): throw error
      }
    }
  }

  private func refuse(if isFull: Bool) throws {
    if isFull { throw Refusal.busy("\(limits.waitingPhotos) photos are waiting already") }
  }

  /// A PNG of where the model looks on a photo.
  /// - Throws: `Refusal` where too many wait, or the network has nothing to look at; `ImageError`; `BackendError`.
  func explain(_ photo: ByteBuffer, by model: ServedModel, label: Int?) async throws -> [UInt8] {
    try admitted.withLock {
      guard $0.looks < ServingLimits.waitingLooks else {
        throw Refusal.busy("\(ServingLimits.waitingLooks) pictures are being made already")
      }
      $0.looks += 1
    }
    defer { admitted.withLock { $0.looks -= 1 } }
    do {
      let seen = try await queue.onWorker {
        try photo.withUnsafeReadableBytes { try model.seen($0) }
      }
      let evidence = try await queue.onDriver { try model.evidence(seen, label: label) }
      let picture = try await queue.onWorker { try PNG.encode(evidence.picture()) }
      metrics.explained()
      return picture
    } catch let error as UsageError {
      throw Refusal(.unprocessableContent, error.message)
    }
  }

  /// Ends when all that waits is answered.
  func stop() async {
    let queue = queue
    _ = try? await onOwnThread { _ in queue.stop() }
  }
}

extension ServedModel {
  /// In one line.
  package var summary: String {
    "\(name.printable): \(classifier.provenance.base), \(classifier.labels.count.counted("class"))"
  }
}
