import Files

/// Runs work on a thread of its own and waits for it without blocking the cooperative pool, on which no
/// kernel ever runs.
///
/// - Throws: what `body` throws; `ThreadError` where the system has no thread left.
///
/// Cancelling the task makes `shouldStop` true.
package func onOwnThread<Result>(
  _ body:
    @escaping @Sendable (_ shouldStop: @escaping @Sendable () -> Bool) throws -> sending Result
) async throws -> sending Result {
  let stop = StopFlag()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      do throws(ThreadError) {
        try SystemThread.start("driver", stackByteCount: 8 << 20) {
          do {
            continuation.resume(returning: try body { stop.isSet })
          } catch {
            continuation.resume(throwing: error)
          }
        }
      } catch {
        continuation.resume(throwing: error)
      }
    }
  } onCancel: {
    stop.set()
  }
}
