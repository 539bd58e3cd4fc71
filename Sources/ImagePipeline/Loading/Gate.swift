import Glibc

/// A lock that threads can sleep behind until another opens it (a POSIX mutex and condition).
///
/// `@unchecked Sendable`: both objects are made for use by many threads and never move.
final class Gate: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  func whileLocked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Gives up the lock until somebody opens the gate; only inside `whileLocked`.
  func sleep() { pthread_cond_wait(condition, mutex) }

  /// Wakes all who sleep; only inside `whileLocked`.
  func open() { pthread_cond_broadcast(condition) }
}
