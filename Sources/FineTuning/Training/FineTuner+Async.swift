import Foundation
import ImagePipeline
import TensorKernels

extension FineTuner {
  /// Trains on a thread of its own; no kernel ever runs on Swift's cooperative pool.
  ///
  /// Cancelling the task ends the training with the best weights so far, as `shouldStop` does.
  /// - Parameter onEvent: called on that thread, in order.
  /// - Throws: as `train`.
  public func fit(
    root: URL, split: SavedSplit, pool: WorkerPool, run: RunFolder? = nil,
    onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> FineTuningResult {
    let stop = StopFlag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let thread = Thread {
          continuation.resume(
            with: Result {
              try train(
                root: root, split: split, pool: pool, run: run, onEvent: onEvent,
                shouldStop: { stop.isSet })
            })
        }
        thread.name = "finetune driver"
        thread.stackSize = 8 << 20
        thread.start()
      }
    } onCancel: {
      stop.set()
    }
  }
}
