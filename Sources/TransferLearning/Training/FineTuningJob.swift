import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// A whole fine-tuning run as a value: what `finetune train` does, from a base and a folder of photos
/// to a run with its report.
public struct FineTuningJob: Codable, Hashable, Sendable {
  public var base: BaseSelection
  /// A folder of class folders, with or without `train`, `val` (or `validation`) and `test`; or a list
  /// of photos, a `.csv` or `.tsv` file.
  public var data: String
  /// The part of the training photos to validate on, `0..<1`, where no folder is given for that.
  public var validation = 0.2
  public var plan = FineTuningPlan.lastStage
  /// Whether batches that are larger than the training photos become as large as these, as for presets;
  /// else they are an error.
  public var adaptsBatches = true
  public var resize = ResizePolicy.crop
  public var backend = BackendChoice.oneDNN
  /// What values between layers are stored in while training; the report is measured in Float32.
  public var precision = Precision.float32
  public var seed: UInt64 = 0
  public var maximumPixels = 100_000_000
  /// Whether a class may be without a training photo.
  public var allowsEmptyClasses = false
  /// Whether any problem of the photos is an error, also one that is only worth knowing: whatever an
  /// inspection lists.
  public var isStrict = false
  /// Steps between two checkpoints within an epoch; 0: only at its end.
  public var checkpointEvery = 100
  /// Steps between two histograms of all gradients, for TensorBoard; 0: none.
  public var histogramEvery = 0

  public init(base: BaseSelection, data: String) {
    self.base = base
    self.data = data
  }

  /// Where a run goes unless the user says: `runs/<base>-<name of the data>`, with a number behind it if
  /// that exists.
  public var defaultOutput: String {
    var place = URL(filePath: data).standardizedFileURL
    if isList { place.deletePathExtension() }
    let name = place.lastPathComponent
    let first = "runs/\(base.shortName)-\(name)"
    let others = (2...).lazy.map { "\(first)-\($0)" }
    return ([first] + others.prefix(9999)).first { !FileManager.default.fileExists(atPath: $0) }
      ?? first
  }

  /// Whether the data is a list of photos rather than a folder.
  var isList: Bool {
    ["csv", "tsv"].contains(URL(filePath: data).pathExtension.lowercased())
  }

  /// What is known before any photo is read: that the folder is there and the plan can be carried out.
  /// - Throws: `DataError`, `ModelError`, `PlanError`.
  public func check() throws {
    precondition((0..<1).contains(validation), "the validation part is at least 0 and less than 1")
    let model = try base.model(.features)
    try model.requirePhotos()
    try plan.validate()
    let network = try model.network.addingHead(of: plan, classes: 2)
    for phase in try plan.expanded(for: network).phases {
      _ = try TrainableStages(phase, of: network)
    }
    let splits = try PhotoFolder.splits(in: URL(filePath: data))
    guard splits.contains(where: { $0 == .all || $0 == .train }) else {
      throw DataError(
        .bad,
        "'\(data)' has \(splits.map { "'\($0.rawValue)'" }.joined(separator: " and ")) but no photos to "
          + "train on; put them into '\(data)/train/<class>'")
    }
  }
}

/// A job whose weights and photos have been read.
public struct PreparedJob: Sendable {
  public let job: FineTuningJob
  public let pretrained: PretrainedModel
  public let photos: PhotoCollection
  public let split: SavedSplit
  /// What was found, and what of it is left out.
  public let inspection: DataInspection
  public let tuner: FineTuner

  /// What a reader should know before training, one line each.
  public var notes: [String] {
    var notes = pretrained.notes + photos.notes
    if !photos.skipped.isEmpty {
      let shown = photos.skipped.prefix(5).map { "'\($0.path)': \($0.reason)" }
      let more = photos.skipped.count > 5 ? " and \(photos.skipped.count - 5) more" : ""
      let number = photos.skipped.count == 1 ? "1 photo is" : "\(photos.skipped.count) photos are"
      notes.append("\(number) left out: " + shown.joined(separator: "; ") + more)
    }
    // Photos left out have just been told, and some kinds have notes of their own.
    let told: Set<PhotoProblem.Kind> = [.numericNames, .absentClass, .emptyClass, .leak]
    let others = inspection.problemsByKind.filter {
      !$0.kind.leavesOut && !told.contains($0.kind)
    }
    if !others.isEmpty {
      let counts = others.map { "\($0.kind.title): \($0.problems.count)" }
      notes.append(
        "the photos have peculiarities (" + counts.joined(separator: ", ")
          + "); 'finetune inspect' tells which")
    }
    return notes
  }
}

extension FineTuningJob {
  /// Reads the weights, downloading them if need be.
  /// - Throws: `ModelError`, `WeightStoreError`, `WeightFileError`.
  public func loadBase(
    onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> PretrainedModel {
    try base.load(.features, seed: seed, progress: onDownload)
  }

  /// Reads the photos, as far as they are not known from another time.
  /// - Parameters:
  ///   - isInspection: goes on where nothing could be learned, and is never strict.
  ///   - onScan: photos read so far and in all; called on workers, one call at a time.
  /// - Throws: `DataError`; with `isStrict` for any problem.
  public func scan(
    isInspection: Bool = false, cache: ScanCache = .standard, pool: WorkerPool,
    onScan: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> PhotoCollection {
    let photos = try PhotoFolder.scan(
      URL(filePath: data), allowEmptyClasses: allowsEmptyClasses, isInspection: isInspection,
      maximumPixels: maximumPixels, cache: cache, pool: pool, progress: onScan)
    if isStrict, !isInspection {
      try photos.problems.requireNone(in: data, allowsEmptyClasses: allowsEmptyClasses)
    }
    return photos
  }

  /// The photos with some to validate on, and that division as it is saved.
  public func divide(_ photos: PhotoCollection) -> (photos: PhotoCollection, split: SavedSplit) {
    let isGiven = photos.splits[.validation] != nil
    let divided = photos.splitting(validation: validation, seed: seed)
    return (divided, divided.saved(validationFraction: isGiven ? nil : validation, seed: seed))
  }

  /// How the job trains, beside its plan.
  /// - Parameter communicator: the processes that train together.
  public func trainingOptions(
    on communicator: any Communicator = SingleProcess()
  ) -> TrainingOptions {
    var options = TrainingOptions()
    options.backend = backend
    options.precision = precision
    options.resize = resize
    options.seed = seed
    options.maximumPixels = maximumPixels
    options.machine = Machine.name
    options.checkpointEvery = checkpointEvery
    options.histogramEvery = histogramEvery
    options.communicator = communicator
    return options
  }

  /// Reads the photos and divides them.
  /// - Parameters:
  ///   - communicator: the processes that train together.
  ///   - onScan: photos read so far and in all; called on workers, one call at a time.
  /// - Throws: `DataError`, `PlanError`.
  public func prepare(
    _ pretrained: PretrainedModel, pool: WorkerPool,
    communicator: any Communicator = SingleProcess(),
    onScan: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> PreparedJob {
    let scanned = try scan(pool: pool, onScan: onScan)
    let (photos, split) = divide(scanned)
    if !adaptsBatches { try plan.requireBatches(of: split.train.count) }
    return PreparedJob(
      job: self, pretrained: pretrained, photos: photos, split: split,
      inspection: DataInspection(scanned, data: data),
      tuner: try FineTuner(
        pretrained.backbone, plan: plan.limitingBatches(to: split.train.count),
        options: trainingOptions(on: communicator)))
  }
}

/// A run that has been trained and measured.
public struct FinishedJob: Sendable {
  public let run: SavedRun
  public let interrupted: Bool
  /// The validation figures of the weights that were kept.
  public let validation: Score?
  /// `nil` when there was no photo to measure on, or training was interrupted.
  public let evaluation: RunEvaluation?
}

extension PreparedJob {
  /// The plan with its stages, rates and estimated time.
  /// - Throws: `PlanError`, `NetworkError`, `BackendError`.
  public func describe(pool: WorkerPool) throws -> PlanDescription {
    try tuner.describe(root: photos.root, split: split, pool: pool)
  }

  /// Trains, writing into `run`, or goes on where a run that is resumed was ended; then measures the
  /// result on the test photos, else on those to validate.
  ///
  /// Call it on a thread of its own, never on Swift's cooperative pool.
  /// - Parameters:
  ///   - shouldStop: asked between steps; `true` ends training with the best weights so far.
  ///   - onTrained: called when everything but the report is written.
  ///   - onEvent: called on this thread.
  /// - Throws: as `FineTuner.train`; `DataError` when the photos of a resumed run have changed;
  ///   `EvaluationError`.
  public func train(
    into run: RunFolder, pool: WorkerPool,
    shouldStop: @escaping @Sendable () -> Bool = { false }, onTrained: () -> Void = {},
    onEvent: @escaping (TrainingEvent) -> Void = { _ in }
  ) throws -> FinishedJob {
    if run.isResumed { try checkPhotos(of: run) }
    if try tuner.options.communicator.share(!run.isFinished) {
      try inspection.write(to: run.file(.inspection))
      _ = try tuner.train(
        root: photos.root, split: split, pool: pool, run: run, onEvent: onEvent,
        shouldStop: shouldStop)
    }
    onTrained()
    // Read back what was written: the figures are those of the files that a user gets.
    let saved = try SavedRun(run.url)
    var evaluation: RunEvaluation?
    if !saved.record.interrupted, let (part, measured) = measuredSplit {
      let use = PhotoUse(measured, saved)
      let isFolder = part == .test || split.validationFraction == nil
      evaluation = try Classifier(saved).evaluate(
        measured, below: photos.root, split: part.rawValue, usedForSelection: use.madeChoices,
        skipped: isFolder ? photos.skipped.filter { $0.isIn(part) } : [], data: job.data,
        notes: use.notes, maximumPixels: job.maximumPixels, pool: pool)
      try evaluation?.write(into: run.url)
    }
    return FinishedJob(
      run: saved, interrupted: saved.record.interrupted,
      validation: saved.record.best?.validation, evaluation: evaluation)
  }

  /// Takes part in a training whose rank 0 has called `train`.
  /// - Returns: whether it was ended before its end.
  /// - Throws: as `FineTuner.train`.
  public func follow(
    pool: WorkerPool, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) throws -> Bool {
    guard try tuner.options.communicator.share(false) else { return false }
    return try tuner.train(root: photos.root, split: split, pool: pool, shouldStop: shouldStop)
      .interrupted
  }

  private var measuredSplit: (Split, [Photo])? {
    if !split.test.isEmpty { return (.test, split.test) }
    return split.validation.isEmpty ? nil : (.validation, split.validation)
  }
}

extension SkippedPhoto {
  /// Whether the photo would have been in a split.
  fileprivate func isIn(_ wanted: Split) -> Bool {
    if let split { return split == wanted }
    // A folder that could not be listed.
    switch wanted {
    case .all: return true
    case .train: return path.hasPrefix("train/")
    case .validation: return path.hasPrefix("val/") || path.hasPrefix("validation/")
    case .test: return path.hasPrefix("test/")
    }
  }
}
