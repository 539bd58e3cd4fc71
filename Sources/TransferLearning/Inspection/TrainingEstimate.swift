import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import TensorKernels

/// How long training on some photos would take on this machine.
package struct TrainingEstimate: Codable, Hashable, Sendable {
  /// The base that was measured, with random weights: their values do not change the time.
  package var base: String
  /// Of its input.
  package var imageSize: ImageSize
  /// The plan's name.
  package var plan: String
  /// All phases, if none ends early and no feature is cached.
  package var seconds: Double
  /// What the largest phase takes beside the program itself and the base's weights, in bytes.
  package var memory: Int
  package var threads: Int
  package var trainingPhotos: Int
  package var validationPhotos: Int
}

extension TrainingEstimate {
  /// Decodes a few of the photos, runs them through the base, and reckons from that.
  ///
  /// Nothing is downloaded and no cache is looked at. Of very many classes the head alone takes gigabytes; then nothing
  /// is measured.
  /// - Parameters:
  ///   - selection: its weights do not matter.
  ///   - job: the plan, the part to validate on and how photos are read.
  /// - Returns: `nil` where there are no photos to train on.
  /// - Throws: `ModelError`, `UsageError`, `PlanError`, `NetworkError`, `BackendError`; for a base that
  ///   is a file `WeightFileError`.
  package static func measure(
    _ photos: Photos, job: FineTuningJob, pool: WorkerPool
  ) throws -> TrainingEstimate? {
    guard !photos.training.isEmpty, photos.classes.count >= 2 else { return nil }
    var job = job
    job.base.weights = .none
    let model = try job.base.model(.features)
    try model.requirePhotos()
    try requireMemory(
      ofHead: photos.classes.count * (model.network.outputShape.count + 1))
    var base = try Base(loading: job.base, seed: job.seed)
    // Random weights would get another plan; those of a training will not be random.
    base.weights = .pretrained(sha256: "only for its time")
    var options = job.trainingOptions(for: base)
    options.cache = nil
    let division = PhotoDivision(photos, validation: job.validation, seed: job.seed)
    var plan = job.plan(for: division)
    plan =
      plan.hasFreeLength
      ? try TimePlan(
        plan, base: base, division: division, options: options, seconds: nil, pool: pool
      ) { job.base.imageSize == nil ? base.resized(to: $0) : nil }.plan
      : plan.suited(to: division)
    let size = job.base.imageSize == nil ? plan.imageSize : nil
    base = size.flatMap { base.resized(to: $0) } ?? base
    let photos = division.photos(for: plan)
    let description = try FineTuner(base, plan: plan, options: options)
      .describe(photos, pool: pool)
    return TrainingEstimate(
      base: base.title, imageSize: base.imageSize, plan: description.name,
      seconds: description.parts.reduce(0) { $0 + ($1.seconds ?? 0) },
      memory: description.parts.compactMap(\.memory).max() ?? 0, threads: pool.count,
      trainingPhotos: photos.training.count, validationPhotos: photos.validation.count)
  }

  /// How often the numbers of a head are there while steps are measured: its values, what they began as, their
  /// gradients, what the optimizer keeps, averages, and those of each thread.
  private static let copiesOfHead = 9

  /// - Parameter count: the numbers of the head.
  /// - Throws: `BackendError` where this process may not have as much.
  private static func requireMemory(ofHead count: Int) throws(BackendError) {
    let wanted = count * copiesOfHead * MemoryLayout<Float>.stride
    guard wanted >= AvailableMemory.worthAsking,
      let lack = AvailableMemory.lack(
        of: wanted, for: "measuring a head of so many classes", use: "fewer classes")
    else { return }
    throw BackendError(sentence: lack)
  }
}
