import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension Run {
  /// Adds photos, of new classes too, to a run whose head was solved: a new run whose head is that of
  /// `FineTuningPlan.head` on the photos of both, to rounding.
  ///
  /// Features of the earlier photos come from the feature cache, so the photos themselves need not be
  /// there any more, unless the head has learnt from augmented views of them. Base, view and size are the run's. Classes are sorted anew, as a training on both
  /// would have them.
  /// - Parameters:
  ///   - path: the run's folder.
  ///   - data: a folder of class folders or a list; a single class will do.
  ///   - output: must not exist; `nil`: `runs/<name of the run>-extended`, with a number behind it if that
  ///     exists.
  ///   - pool: whose workers decode and compute; by default one for each core.
  ///   - onEvent: called in order, on the thread that trains, which is not the caller's.
  /// - Throws: as `FineTuning.run`; `RunError` `.bad` where the run has tuned more than its head,
  ///   `.missing` where earlier photos are neither there nor in the cache.
  public static func extend(
    _ path: String, with data: String, in output: String? = nil, pool: WorkerPool = WorkerPool(),
    onEvent: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
  ) async throws -> Run {
    let job = try FineTuningJob(extending: Run(URL(filePath: path)), with: data)
    let base = try await onOwnThread { _ in try job.loadBase() }
    let folder = try job.createRun(at: output ?? job.defaultOutput, of: base)
    do {
      return try await job.run(base, into: folder, pool: pool, onEvent: onEvent)
    } catch {
      folder.discardUnlessWorthKeeping()
      throw error
    }
  }
}

extension FineTuningJob {
  /// What adds photos to a run.
  /// - Throws: `RunError` `.bad` where the run has more than a solved head.
  package init(extending run: Run, with data: String) throws(RunError) {
    var head = try run.solvedHead
    head.name = "head"
    head.photos = .training
    self.init(try JobRecord<FineTuningJob, NoJob>(of: run.url))
    extending = run.url.relativePath
    self.data = data
    plan = FineTuningPlan(name: "head", phases: [head], folds: plan.folds)
    budget = nil
    resize = run.record.resize
    isStrict = false
    allowsEmptyClasses = false
  }

  /// What reports say of where the photos are from.
  var dataTitle: String { extending.map { "\(data), added to the photos of \($0)" } ?? data }

  /// The base that is fine-tuned.
  /// - Throws: as `Base.init(_:seed:onDownload:)`; for the base of a run that is extended as `Run`.
  package func loadBase(_ onDownload: @escaping DownloadProgress = { _, _ in }) throws -> Base {
    if let extending { return try Base(unchangedBy: Run(URL(filePath: extending))) }
    return try Base(loading: base, seed: seed, onDownload)
  }

  /// The photos of a run and those of the job's data.
  func scan(
    beyond run: String, cache: ScanCache, pool: WorkerPool,
    onScan: @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws -> Photos {
    let known = try Run(URL(filePath: run))
    let record = try JobRecord<NoJob, NoJob>(of: known.url)
    return try known.photos.joined(
      withPhotosIn: URL(filePath: data),
      place: URL(
        filePath: record.located(known.photos.root.relativePath), directoryHint: .isDirectory),
      maximumPixels: maximumPixels, cache: cache, pool: pool, progress: onScan)
  }

  /// Reads the photos and trains.
  func run(
    _ base: Base? = nil, into folder: RunFolder, pool: WorkerPool,
    onEvent: @escaping @Sendable (TrainingEvent) -> Void
  ) async throws -> Run {
    let (base, photos) = try await onOwnThread { _ in
      (try base ?? loadBase(), try scan(pool: pool))
    }
    return try await FineTuning(
      base, photos, self, resuming: folder.isResumed ? folder : nil, pool: pool
    ).run(into: folder, pool: pool, onEvent: onEvent)
  }
}

extension FineTuning {
  /// Makes sure that photos of a run that is extended are there, or their features in the cache.
  /// - Throws: `RunError` `.missing` naming one.
  func requirePhotos(of run: String) throws(RunError) {
    // What was scanned just now has facts.
    let earlier = tuner.photosToRead(of: photos).filter { photos.facts[$0.path] == nil }
    let gone = earlier.filter { !photos.isUnchanged($0) }
    guard let first = gone.first else { return }
    let there =
      "\(gone.count) of these photos are not there as they were, for example"
      + " '\(photos.file(of: first).path)'; bring them back"
    guard tuner.canDoWithFeatures else {
      throw RunError(
        .missing,
        "the head of '\(run)' has learnt from augmented views of its \(earlier.count) photos, too, of which no"
          + " features are kept; and \(there)")
    }
    let cache = tuner.options.cache?.folder.path ?? ""
    throw RunError(
      .missing,
      "features of \(earlier.count) photos of '\(run)' are not in '\(cache)': it was cleared, or filled by"
        + " another version or processor; and \(there), or set FINETUNE_CACHE to the folder that the run filled"
    )
  }
}
