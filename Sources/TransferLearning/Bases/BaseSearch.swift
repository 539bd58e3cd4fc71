import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import TensorKernels

/// The choice of a base by the photos that it is to learn from.
///
/// ```swift
/// let photos = try await Photos("photos")
/// let found = try await BaseSearch().run(on: photos)
/// let run = try await FineTuning(Base(found), photos).run()
/// ```
///
/// Bases are compared by heads that are cross-validated on their features of a sample of the photos to
/// train on (`BaseRace`); of those that cannot be told from the best the fastest is taken.
public struct BaseSearch: Hashable, Sendable {
  /// The bases to compare: models of the zoo, Keras files or runs. A model's name stands for all variants
  /// whose weights are at hand, or with a width behind it, as in `mobilenet 0.25`, for those of that width.
  /// Empty: all of the catalogue whose weights are at hand.
  public var candidates: [String]
  /// What the comparison may take, downloads not counted.
  public var seconds: Double
  /// Whether weights are downloaded that are not at hand: of the candidates, or where none are named of
  /// the small bases that the families of the catalogue start with.
  public var fetches: Bool

  /// What a comparison may take unless told otherwise, in seconds.
  public static let customarySeconds = 120.0

  /// Usual settings.
  public init(
    candidates: [String] = [], seconds: Double = customarySeconds, fetches: Bool = false
  ) {
    self.candidates = candidates
    self.seconds = seconds
    self.fetches = fetches
  }

  /// Compares on a thread of its own.
  /// - Parameters:
  ///   - photos: of those to train on some are looked at; those to validate or test on are not, also where
  ///     they are set apart only by the training that follows with the same seed.
  ///   - seed: of that training.
  ///   - pool: whose workers decode and compute; by default one for each core.
  ///   - onEvent: called on that thread.
  /// - Throws: `WeightStoreError` where no base is at hand, `ModelError`, `TrainingError`, and what loading
  ///   a base throws.
  public func run(
    on photos: Photos, seed: UInt64 = 0, pool: WorkerPool = WorkerPool(),
    onEvent: @escaping @Sendable (BaseComparison.Event) -> Void = { _ in }
  ) async throws -> FoundBase {
    var job = FineTuningJob(base: Base.Source(""), data: photos.source.relativePath)
    job.seed = seed
    let template = job
    return try await onOwnThread { shouldStop in
      try run(
        for: template, among: contestants(like: template.base), on: photos, pool: pool,
        onEvent: onEvent, shouldStop: shouldStop)
    }
  }

  /// Compares for a job.
  /// - Parameters:
  ///   - job: says how its photos are divided and how features are computed.
  ///   - contestants: of this search.
  ///   - scanned: the job's photos.
  /// - Throws: as above.
  package func run(
    for job: FineTuningJob, among contestants: [Contestant], on scanned: Photos, pool: WorkerPool,
    onEvent: @escaping (BaseComparison.Event) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> FoundBase {
    let photos = PhotoDivision(scanned, validation: job.validation, seed: job.seed).divided
    let race = BaseRace(
      photos: photos, seed: job.seed, seconds: seconds, options: { job.trainingOptions(for: $0) },
      pool: pool, onEvent: onEvent, shouldStop: shouldStop)
    let (chosen, comparison) = try race.run(contestants.map { $0.candidate(seed: job.seed) })
    return FoundBase(base: contestants[chosen].source, comparison: comparison)
  }
}

/// A base that was chosen, and how.
public struct FoundBase: Sendable {
  /// The base as a user would name it.
  public let base: Base.Source
  /// How it did beside the others.
  public let comparison: BaseComparison
}

extension Base {
  /// The base that was chosen, with its weights.
  /// - Throws: as `init(_:seed:onDownload:)` for a source.
  public init(_ found: FoundBase) async throws {
    try await self.init(found.base)
    comparison = found.comparison
  }
}

extension FineTuningJob {
  /// The job with a base that was chosen.
  package func with(_ found: FoundBase) -> FineTuningJob {
    var job = self
    job.base = found.base
    job.base.isOffline = base.isOffline
    job.comparison = found.comparison
    return job
  }
}
