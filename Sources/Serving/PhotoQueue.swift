import DequeModule
import Files
import Foundation
import NIOCore
import TransferLearning

/// Photos on their way through a model: decoded by the workers of the pool, computed a few at once.
///
/// A thread of its own drives the pool. It takes what is decoded, up to a batch; while others are still being decoded it
/// waits for them a few milliseconds. What is decoded ahead is bounded by two batches; all others wait as the bytes that
/// came. Results go to whoever waits for them, on another thread.
///
/// `@unchecked Sendable`: all that changes is touched only while `condition` is locked.
final class PhotoQueue: @unchecked Sendable {
  /// A photo whose answer somebody waits for, by the model that answers when the request begins.
  private struct Job {
    let model: ServedModel
    let bytes: ByteBuffer
    let finish: @Sendable (Result<Prediction, any Error>) -> Void
  }

  private struct Decoded {
    let job: Job
    let values: [Float]
    let since = ContinuousClock.now
  }

  /// What the driver does next.
  private enum Work {
    case batch([Decoded])
    case call(@Sendable () -> Void)
  }

  private let limits: ServingLimits
  private let metrics: ServingMetrics
  private let pool: WorkerPool
  private let condition = NSCondition()
  private var waiting = Deque<Job>()
  private var decoding = 0
  private var decoded = Deque<Decoded>()
  private var calls = Deque<@Sendable () -> Void>()
  private var wasCall = false
  /// Since when the driver has had nothing else to do.
  private var freeSince = ContinuousClock.now
  private var isStopping = false
  private var hasStopped = false

  /// - Throws: `ThreadError`.
  init(_ limits: ServingLimits, _ metrics: ServingMetrics, pool: WorkerPool) throws {
    self.limits = limits
    self.metrics = metrics
    self.pool = pool
    try SystemThread.start("answers") { [self] in drive() }
  }

  /// Photos that nobody computes yet.
  var count: Int { condition.withLock { waiting.count + decoding + decoded.count } }

  /// What a model says of photos, or why not, in their order.
  func answer(
    _ photos: [ByteBuffer], by model: ServedModel
  ) async -> [Result<Prediction, any Error>] {
    guard !photos.isEmpty else { return [] }
    return await withCheckedContinuation { continuation in
      let results = Collected<Result<Prediction, any Error>>(photos.count) {
        continuation.resume(returning: $0)
      }
      condition.withLock {
        for (index, bytes) in photos.enumerated() {
          waiting.append(
            Job(model: model, bytes: bytes, finish: { results.set(index, $0) }))
        }
        decodeMore()
      }
    }
  }

  /// Calls `body` on the driver, between batches: there it may use the pool.
  func onDriver<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
    -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      condition.withLock {
        calls.append { continuation.resume(with: Result { try body() }) }
        condition.signal()
      }
    }
  }

  /// Calls `body` on a worker, when no computation wants it.
  func onWorker<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws
    -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      pool.enqueue { continuation.resume(with: Result { try body() }) }
    }
  }

  /// Ends the driver when all that waits is answered, and returns then.
  func stop() {
    condition.withLock {
      isStopping = true
      condition.broadcast()
      while !hasStopped { condition.wait() }
    }
  }

  /// Keeps two batches decoded or being so; called while locked.
  private func decodeMore() {
    while decoding + decoded.count < 2 * limits.batchSize, let job = waiting.popFirst() {
      decoding += 1
      pool.enqueue { [self] in decode(job) }
    }
  }

  private func decode(_ job: Job) {
    let outcome = Result { try job.bytes.withUnsafeReadableBytes { try job.model.load($0) } }
    condition.withLock {
      decoding -= 1
      if case .success(let values) = outcome { decoded.append(Decoded(job: job, values: values)) }
      decodeMore()
      condition.signal()
    }
    if case .failure(let error) = outcome {
      metrics.unreadable()
      job.finish(.failure(error))
    }
  }

  private func drive() {
    while let work = next() {
      switch work {
      case .batch(let batch): compute(batch)
      case .call(let body): body()
      }
    }
    condition.withLock {
      hasStopped = true
      condition.broadcast()
    }
  }

  private func compute(_ batch: [Decoded]) {
    let outcome = Result { try batch[0].job.model.answer(batch.map(\.values)) }
    metrics.computed(photos: batch.count)
    for (index, photo) in batch.enumerated() { photo.job.finish(outcome.map { $0[index] }) }
  }

  /// Sleeps until there is work; `nil` at the end.
  private func next() -> Work? {
    condition.withLock {
      freeSince = .now
      while true {
        // Batches and calls take turns, so that neither waits for all of the other.
        if !calls.isEmpty, !wasCall || decoded.isEmpty, let call = calls.popFirst() {
          wasCall = true
          return .call(call)
        }
        if let first = decoded.first {
          let deadline = max(first.since, freeSince) + ServingLimits.gathering
          let patience = ContinuousClock.now.duration(to: deadline).inSeconds
          let ready = decoded.prefix { $0.job.model === first.job.model }.count
          if ready >= limits.batchSize || decoding == 0 || patience <= 0 || wasCall {
            wasCall = false
            let batch = Array(decoded.prefix(min(ready, limits.batchSize)))
            decoded.removeFirst(batch.count)
            decodeMore()
            return .batch(batch)
          }
          _ = condition.wait(until: Date(timeIntervalSinceNow: patience))
        } else if isStopping, waiting.isEmpty, decoding == 0, calls.isEmpty {
          return nil
        } else {
          wasCall = false
          condition.wait()
        }
      }
    }
  }
}

/// Results that come one by one from any thread, handed over when all are there.
///
/// `@unchecked Sendable`: what changes is touched only while the lock is held.
private final class Collected<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Value?]
  private var missing: Int
  private let finish: @Sendable ([Value]) -> Void

  init(_ count: Int, _ finish: @escaping @Sendable ([Value]) -> Void) {
    values = [Value?](repeating: nil, count: count)
    missing = count
    self.finish = finish
  }

  func set(_ index: Int, _ value: Value) {
    let isComplete = lock.withLock {
      values[index] = value
      missing -= 1
      return missing == 0
    }
    if isComplete { finish(values.compactMap(\.self)) }
  }
}
