import Foundation

/// Runs work on a thread of its own and waits for it without blocking the cooperative pool, on which no
/// kernel ever runs.
///
/// Cancelling the task makes `shouldStop` true.
package func onOwnThread<Result>(
  _ body:
    @escaping @Sendable (_ shouldStop: @escaping @Sendable () -> Bool) throws -> sending Result
) async throws -> sending Result {
  let stop = StopFlag()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      let thread = Thread {
        do {
          continuation.resume(returning: try body { stop.isSet })
        } catch {
          continuation.resume(throwing: error)
        }
      }
      thread.name = "finetune driver"
      thread.stackSize = 8 << 20
      thread.start()
    }
  } onCancel: {
    stop.set()
  }
}
