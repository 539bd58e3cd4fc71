import Foundation
import ImagePipeline
import TensorKernels

extension FineTuningPlan {
  /// The plan with the colours of the training photos where a phase's PCA jitter asks for them: what is
  /// saved with a run are the numbers themselves.
  /// - Throws: `ImageError` when none of the photos can be read.
  func withColours(
    of photos: Photos, pool: WorkerPool, maximumPixels: Int
  ) throws(ImageError) -> FineTuningPlan {
    let asking = phases.indices.filter { phases[$0].augmentation.needsColourBasis }
    guard !asking.isEmpty, !photos.training.isEmpty else { return self }
    let basis = try ColourBasis(
      of: photos.all, order: Array(photos.training), root: photos.root, pool: pool,
      maximumPixels: maximumPixels)
    var plan = self
    for index in asking {
      plan.phases[index].augmentation = plan.phases[index].augmentation.resolved(basis)
    }
    return plan
  }
}
