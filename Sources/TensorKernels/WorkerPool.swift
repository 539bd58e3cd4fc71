internal import CKernels
import Files
import Glibc
import Synchronization

/// A fixed team of plain threads that computes in the foreground and decodes in the background.
///
/// A *section* (`run`) is foreground work: every worker that is free joins it, and the caller sleeps
/// until it is over. A *job* (`enqueue`) is background work: a worker takes one when no section
/// wants it. Decoding the next batch is thus done by the same two threads that compute this one, and
/// no core ever runs two of them. Nothing here runs on Swift's cooperative pool: a blocked or
/// oversubscribed pool thread would stall unrelated tasks, and OpenMP would start a team inside it.
public final class WorkerPool: Sendable {
  /// The number of threads, at least 1.
  public let count: Int
  private let shared: Shared

  /// Starts `count` threads, which sleep until there is work; fewer where the system gives no more, and where it
  /// gives none the caller does the work itself.
  public init(count: Int) {
    precondition(count > 0, "a worker pool needs at least one worker")
    shared = Shared()
    var started = 0
    while started < count, shared.start(worker: started) { started += 1 }
    self.count = max(1, started)
    if started == 0 { shared.doWithoutWorkers() }
  }

  deinit { shared.stop() }

  /// Runs `body` on up to `limit` workers at once and returns when all that started have returned.
  ///
  /// The body takes pieces from a shared counter until none is left; once one worker has returned,
  /// there is nothing left to take, so a worker still busy with a background job is not waited for.
  /// Call it from the driver only, never from inside a section or a job.
  /// - Parameter body: receives the worker's index, `0..<count`; one worker, one index, so state per
  ///   index needs no lock.
  package func run(limit: Int = .max, _ body: @Sendable (_ worker: Int) -> Void) {
    precondition(limit > 0, "work for no worker would never be done")
    withoutActuallyEscaping(body) { shared.run(limit: min(limit, count), $0) }
  }

  /// Calls `body` once for every index in `0..<pieces`, spread over the workers in ascending order.
  package func forEach(_ pieces: Int, _ body: @Sendable (_ worker: Int, _ piece: Int) -> Void) {
    guard pieces > 0 else { return }
    let counter = AtomicCounter()
    run(limit: pieces) { worker in
      while let piece = counter.next(below: pieces) { body(worker, piece) }
    }
  }

  /// What `body` makes of every index in `0..<count`, in order; the workers take indices in ascending
  /// order.
  ///
  /// After a failure no further index is taken.
  /// - Throws: the failure of the lowest index that fails, on any number of workers.
  package func map<Value: Sendable, Failure: Error>(
    _ count: Int, _ body: @Sendable (_ index: Int) throws(Failure) -> Value
  ) throws(Failure) -> [Value] {
    guard count > 0 else { return [] }
    var results = [Result<Value, Failure>?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { results in
      // Each index is taken once, and the array is read after the section.
      nonisolated(unsafe) let places = results
      let counter = AtomicCounter()
      let hasFailed = Atomic(false)
      run(limit: count) { _ in
        while !hasFailed.load(ordering: .relaxed), let index = counter.next(below: count) {
          do throws(Failure) {
            places[index] = .success(try body(index))
          } catch {
            places[index] = .failure(error)
            hasFailed.store(true, ordering: .relaxed)
          }
        }
      }
    }
    var values: [Value] = []
    values.reserveCapacity(count)
    // All indices below the first failure were taken before it.
    for result in results {
      guard let result else { break }
      values.append(try result.get())
    }
    return values
  }

  /// Adds a background job; jobs start in the order in which they were added.
  package func enqueue(_ job: @escaping @Sendable () -> Void) { shared.enqueue(job) }
}

/// The state that the workers share.
///
/// `@unchecked Sendable`: every stored property is read and written only between `lock()` and
/// `unlock()` of `mutex`, which lives at a fixed address as long as the object does.
private final class Shared: @unchecked Sendable {
  private typealias Body = @Sendable (Int) -> Void

  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private let sectionOver = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var section: Body?
  private var sectionLimit = 0
  private var generation = 0
  private var active = 0
  private var jobs: [@Sendable () -> Void] = []
  private var firstJob = 0
  private var stopping = false
  private var hasNoWorkers = false

  private static let mostFinishedJobs = 64

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(wake, nil)
    pthread_cond_init(sectionOver, nil)
  }

  deinit {
    pthread_cond_destroy(wake)
    pthread_cond_destroy(sectionOver)
    pthread_mutex_destroy(mutex)
    wake.deallocate()
    sectionOver.deallocate()
    mutex.deallocate()
  }

  private func lock() { pthread_mutex_lock(mutex) }
  private func unlock() { pthread_mutex_unlock(mutex) }

  /// - Returns: whether the system had a thread for it.
  func start(worker index: Int) -> Bool {
    do {
      try SystemThread.start("worker \(index)") { [self] in work(as: index) }
      return true
    } catch {
      return false
    }
  }

  func doWithoutWorkers() {
    lock()
    hasNoWorkers = true
    unlock()
  }

  private func work(as worker: Int) {
    ft_flush_denormals()
    var joined = 0
    lock()
    while true {
      if let body = section, joined != generation, worker < sectionLimit {
        joined = generation
        active += 1
        unlock()
        body(worker)
        lock()
        section = nil
        active -= 1
        if active == 0 { pthread_cond_signal(sectionOver) }
      } else if firstJob < jobs.count {
        let job = takeJob()
        unlock()
        job()
        lock()
      } else if stopping {
        break
      } else {
        pthread_cond_wait(wake, mutex)
      }
    }
    unlock()
  }

  /// The oldest background job; finished ones are let go of now and then.
  private func takeJob() -> @Sendable () -> Void {
    let job = jobs[firstJob]
    firstJob += 1
    if firstJob == jobs.count || firstJob == Self.mostFinishedJobs {
      jobs.removeFirst(firstJob)
      firstJob = 0
    }
    return job
  }

  func run(limit: Int, _ body: @escaping @Sendable (Int) -> Void) {
    lock()
    precondition(section == nil && active == 0, "sections of a worker pool cannot overlap")
    guard !hasNoWorkers else {
      unlock()
      return body(0)
    }
    section = body
    sectionLimit = limit
    generation += 1
    pthread_cond_broadcast(wake)
    while section != nil || active > 0 { pthread_cond_wait(sectionOver, mutex) }
    unlock()
  }

  func enqueue(_ job: @escaping @Sendable () -> Void) {
    lock()
    guard !hasNoWorkers else {
      unlock()
      return job()
    }
    jobs.append(job)
    pthread_cond_signal(wake)
    unlock()
  }

  func stop() {
    lock()
    stopping = true
    pthread_cond_broadcast(wake)
    unlock()
  }
}
