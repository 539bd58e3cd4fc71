import Evaluation
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo
import NeuralNetworks
import TensorKernels

/// A whole fine-tuning run as a value: what `finetune train` does, from a base and a folder of photos
/// to a run with its report.
public struct FineTuningJob: Codable, Hashable, Sendable {
  /// Which base to build or to load, and whose weights it starts from.
  public var base: Base.Source
  /// How the base was chosen among others (`BaseSearch`); `nil` where it was named.
  public var comparison: BaseComparison?
  /// A folder of class folders, with or without splits by any customary name; or a list of photos, a
  /// `.csv` or `.tsv` file.
  public var data: String
  /// The folder of a run whose photos are trained on, too, and whose base is taken; `nil` for none. See
  /// `Run.extend`.
  package(set) public var extending: String?
  /// The part of the training photos to validate on, `0..<1`, where no folder is given for that.
  public var validation = customaryValidation
  /// The phases of training.
  public var plan = FineTuningPlan.default
  /// How long everything may take from reading the photos to the report, in seconds: the plan is as deep
  /// and as long as fits, by steps that are measured. `nil` for the customary time, which is reckoned and
  /// for plans of free length only (`TimePlan`).
  public var budget: Double?
  /// Whether batches that are larger than the training photos become as large as these, as for presets;
  /// else they are an error.
  public var adaptsBatches = true
  /// How a photo becomes a square of the network's size, in training without a random crop and in
  /// use; `nil`: as suits the photos, by a head's cross-validated log loss.
  public var resize: ResizePolicy?
  /// The library that computes.
  public var backend = BackendChoice.oneDNN
  /// What values between layers are stored in while training; the report is measured in Float32.
  public var precision = Precision.float32
  /// Decides everything random: how photos are divided, their order, augmentation, dropout and new
  /// weights.
  public var seed: UInt64 = 0
  /// Photos with more pixels than this are left out.
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

  /// The part of the photos to validate on, unless another is wanted. Where that is less than 30 photos,
  /// plans that try before they decide do so on folds of all photos instead.
  public static let customaryValidation = 0.2
  private static let fewestToValidate = 30.0
  private static let foldsOfFew = 5

  /// Usual settings for this base and these photos.
  public init(base: Base.Source, data: String) {
    self.base = base
    self.data = data
  }

  /// The folder of runs that nobody gave another place.
  package static let customaryFolder = "runs"

  /// Where a run goes unless the user says: `runs/<base>-<name of the data>`, with a number behind it if
  /// that exists.
  package var defaultOutput: String {
    var place = URL(filePath: extending ?? data).standardizedFileURL
    if isList, extending == nil { place.deletePathExtension() }
    let name = place.lastPathComponent
    let first =
      extending == nil
      ? "\(Self.customaryFolder)/\(base.shortName)-\(name)"
      : "\(Self.customaryFolder)/\(name)-extended"
    let others = (2...).lazy.map { "\(first)-\($0)" }
    return ([first] + others.prefix(9999)).first { !FileManager.default.fileExists(atPath: $0) }
      ?? first
  }

  /// Whether the data is a list of photos rather than a folder.
  var isList: Bool {
    ["csv", "tsv"].contains(URL(filePath: data).pathExtension.lowercased())
  }

  /// What is known before any photo is read: that the folder is there and the plan can be carried out.
  /// - Throws: `UsageError`, `DataError`, `ModelError`, `PlanError`.
  package func check() throws {
    if let fault { throw UsageError(fault) }
    // What a run gives has been checked when it was made.
    guard extending == nil else { return }
    let model = try base.model(.features)
    try model.requirePhotos()
    try plan.validate()
    let network = try model.network.addingHead(of: plan, classes: 2)
    for phase in try plan.expanded(for: network).phases {
      _ = try TrainableStages(phase, of: network)
    }
    let splits = try Photos.splits(in: URL(filePath: data))
    guard splits.contains(where: { $0 == .all || $0 == .train }) else {
      throw DataError(
        .bad,
        "'\(data)' has \(splits.map { "'\($0.rawValue)'" }.joined(separator: " and ")) but no photos to "
          + "train on; put them into '\(data)/train/<class>'")
    }
  }
}

extension FineTuningJob: CheckedJob {
  /// The longest time that can be asked for, in seconds: a year.
  package static let longestTime = 366.0 * 24 * 3600

  package var fault: String? {
    if !(0..<1 ~= validation) {
      return "the part to validate on is \(validation), expected at least 0 and less than 1"
    }
    if let budget, !(budget > 0 && budget <= Self.longestTime) {
      return "the budget is \(budget) seconds, expected more than 0 and at most a year"
    }
    for (what, value, least) in [
      ("the largest photo has", maximumPixels, 1),
      ("steps between checkpoints are", checkpointEvery, 0),
      ("steps between histograms are", histogramEvery, 0),
    ] where value < least {
      return "\(what) \(value), expected at least \(least)"
    }
    return nil
  }
}

extension FineTuningJob {
  /// Reads the photos, as far as they are not known from another time.
  /// - Parameters:
  ///   - isInspection: goes on where nothing could be learned, and is never strict.
  ///   - onScan: photos read so far and in all; called on workers, one call at a time.
  /// - Throws: `DataError`; with `isStrict` for any problem; `RunError` for a run that is extended.
  package func scan(
    isInspection: Bool = false, cache: ScanCache = .standard, pool: WorkerPool,
    onScan: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Photos {
    if let extending {
      return try scan(beyond: extending, cache: cache, pool: pool, onScan: onScan)
    }
    let photos = try Photos.scan(
      URL(filePath: data), allowEmptyClasses: allowsEmptyClasses, isInspection: isInspection,
      maximumPixels: maximumPixels, cache: cache, pool: pool, progress: onScan)
    if isStrict, !isInspection {
      try photos.problems.requireNone(in: data, allowsEmptyClasses: allowsEmptyClasses)
    }
    return photos
  }

  /// The job's plan, on folds where the photos are too few for one trial to decide.
  func plan(for photos: PhotoDivision) -> FineTuningPlan {
    var plan = plan
    guard plan.hasFreeLength, photos.undivided.validation.isEmpty, validation > 0 else {
      return plan
    }
    if photos.divided.validation.isEmpty, !photos.undivided.canBeFolded { return plan.withoutTrial }
    let validation = Self.customaryValidation * Double(photos.undivided.training.count)
    if plan.folds == nil, self.validation == Self.customaryValidation,
      validation < Self.fewestToValidate
    {
      plan.folds = Self.foldsOfFew
    }
    return plan
  }

  /// How the job trains, beside its plan.
  /// - Parameters:
  ///   - base: whose view of photos is taken where neither the user nor the photos decide.
  ///   - communicator: the processes that train together.
  func trainingOptions(
    for base: Base, on communicator: any Communicator = SingleProcess()
  ) -> TrainingOptions {
    var options = TrainingOptions()
    options.backend = backend
    options.precision = precision
    options.resize = ResizePolicy(resize, usual: base.resize, cropping: base.cropping)
    options.choosesView = resize == nil
    options.keepsJudgement = extending != nil
    options.seed = seed
    options.maximumPixels = maximumPixels
    options.machine = Machine.name
    options.checkpointEvery = checkpointEvery
    options.histogramEvery = histogramEvery
    options.comparison = comparison
    options.communicator = communicator
    return options
  }
}
