import Foundation
import Synchronization

/// Lets the calling thread wait for what tasks do; never to be called from a task.
func waiting(for body: @escaping @Sendable () async throws -> Void) throws {
  let outcome = Mutex(Result<Void, any Error>.success(()))
  let isDone = DispatchSemaphore(value: 0)
  Task {
    do { try await body() } catch { outcome.withLock { $0 = .failure(error) } }
    isDone.signal()
  }
  isDone.wait()
  try outcome.withLock(\.self).get()
}
