import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension PhotoCollection {
  /// Scans a folder of class folders; see `PhotoFolder.scan`.
  /// - Throws: `DataError`.
  public init(folder: String, pool: WorkerPool = WorkerPool()) throws(DataError) {
    self = try PhotoFolder.scan(URL(filePath: folder), pool: pool)
  }
}

extension FineTuner {
  /// A tuner of a pretrained model.
  /// - Throws: `PlanError` when a number of the plan is out of range.
  public init(
    _ model: PretrainedModel, plan: FineTuningPlan = .lastStage,
    options: TrainingOptions = TrainingOptions()
  ) throws(PlanError) {
    try self.init(model.backbone, plan: plan, options: options)
  }

  /// Trains on a collection that has photos to validate on, on a thread of its own.
  ///
  /// Cancelling the task ends the training with the best weights so far.
  /// - Parameters:
  ///   - run: where plan, events and weights go; `nil` writes nothing.
  ///   - onEvent: called on that thread, in order.
  /// - Returns: the classifier with the best weights.
  /// - Throws: as `fit(root:split:pool:run:)`.
  public func fit(
    _ photos: PhotoCollection, pool: WorkerPool = WorkerPool(), run: RunFolder? = nil,
    onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> Classifier {
    let result = try await fit(
      root: photos.root, split: photos.saved(validationFraction: nil, seed: options.seed),
      pool: pool, run: run, onEvent: onEvent)
    return Classifier(result, self)
  }
}
