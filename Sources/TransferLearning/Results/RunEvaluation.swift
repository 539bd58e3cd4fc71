import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

/// A classifier measured on photos whose classes are known.
public struct RunEvaluation: Sendable {
  /// The figures, where they are from, and the worst mistakes; to be written as JSON and as a page.
  public internal(set) var report: EvaluationReport
  /// What was predicted, and how it is measured.
  let measurement: MeasuredRows
  /// What the rows' paths are relative to.
  let root: URL
  /// Photos with more pixels are not decoded.
  let maximumPixels: Int
  /// Things a reader should know, one line each.
  public private(set) var notes: [String]

  /// What was predicted, photo by photo.
  public var rows: [PredictionRow] { measurement.rows }

  /// The report's figures.
  public var metrics: ClassificationMetrics { report.metrics }

  /// A report of predictions, with small pictures of the mistakes.
  /// - Parameters:
  ///   - measurement: what was predicted, and how it is measured.
  ///   - root: what the rows' paths are relative to.
  ///   - side: the shorter side of the network's input, in pixels.
  /// - Throws: `EvaluationError`.
  init(
    _ measurement: MeasuredRows, _ provenance: EvaluationReport.Provenance, notes: [String],
    below root: URL, side: Int, maximumPixels: Int, pool: WorkerPool
  ) throws {
    report = try measurement.report(provenance)
    self.measurement = measurement
    self.notes = notes
    self.root = root
    self.maximumPixels = maximumPixels
    report.addThumbnails(below: root, maximumPixels: maximumPixels, pool: pool)
    if report.metrics.multiLabel == nil {
      report.addSlices(rows, below: root, side: side, maximumPixels: maximumPixels, pool: pool)
    }
  }
}

extension RunEvaluation {
  /// The same with what the training did, for the page.
  func telling(of run: Run?) -> RunEvaluation {
    var evaluation = self
    evaluation.report.story = run.map(TrainingStory.init)
    return evaluation
  }

  /// The same with what the base's features say, or with why they say nothing.
  func with(_ study: FeatureStudy?, note: String? = nil) -> RunEvaluation {
    var evaluation = self
    evaluation.report.study = study
    if let note { evaluation.notes.append(note) }
    return evaluation
  }

  /// The same of a run's own report, which has the rounds of its cross-validation also where it is of other photos.
  /// - Throws: as `Run.heldOut`.
  func telling(ofOwn run: Run) throws(RunError) -> RunEvaluation {
    var evaluation = telling(of: run)
    if evaluation.report.folds == nil, run.plan.isOnFolds {
      evaluation.report.folds = try run.foldScores
    }
    return evaluation
  }
}

extension Run {
  /// How the rounds of a cross-validation differ; `nil` for a run that is none, or of an earlier version.
  fileprivate var foldScores: FoldScores? {
    get throws(RunError) {
      let rows = try heldOut
      guard isMultiLabel else { return FoldScores(rows) }
      let thresholds = ClassThresholds.crossFitted(rows, classes: labels.count)
      return FoldScores(
        rows,
        areRight: zip(rows, thresholds).map { $0.truths == $1.named($0.probabilities) })
    }
  }
}

/// Rows to be measured.
struct MeasuredRows: Sendable {
  let rows: [PredictionRow]
  let classes: [String]
  /// The name of the photos' part.
  let split: String
  let use: PhotoUse
  var skipped: [SkippedFile] = []
  /// Where classes do not exclude one another: one for all rows, or one for each.
  var thresholds: [ClassThresholds]?

  /// - Throws: `EvaluationError`.
  func metrics() throws(EvaluationError) -> ClassificationMetrics {
    guard let thresholds else {
      return try ClassificationMetrics(
        split: split, usedForSelection: use.madeChoices, trainedOn: use.trainedOn,
        classes: classes, rows: rows, skipped: skipped)
    }
    return try ClassificationMetrics(
      split: split, usedForSelection: use.madeChoices, trainedOn: use.trainedOn,
      classes: classes, rows: rows, thresholds: thresholds, skipped: skipped)
  }

  fileprivate func report(_ provenance: EvaluationReport.Provenance) throws -> EvaluationReport {
    let metrics = try metrics()
    var report =
      if let thresholds {
        EvaluationReport(metrics, rows: rows, thresholds: thresholds, provenance: provenance)
      } else {
        EvaluationReport(metrics, rows: rows, provenance: provenance)
      }
    report.copies = EvaluationReport.Copies(rows, metrics, copies: use.copies)
    report.samePictures = use.samePictures
    return report
  }
}

extension Classifier {
  /// Of the network's input, in pixels.
  var shorterSide: Int { min(imageSize.width, imageSize.height) }

  /// Measures on photos that have been scanned.
  /// - Parameters:
  ///   - photos: with their true classes: labels are indices into the classifier's `labels`, or as `labelling`
  ///     says.
  ///   - root: what the photos' paths are relative to.
  ///   - split: its name in the report.
  ///   - labelling: what the photos' labels say.
  ///   - choosesThresholds: whether each photo is measured with thresholds that are chosen by others of these, where
  ///     the classifier's were chosen by them.
  ///   - use: what training had to do with these photos.
  ///   - skipped: photos that the scan left out; the report lists them with those that cannot be
  ///     read now.
  ///   - data: the folder of the photos, as the user named it; `nil`: the path of `root`.
  ///   - notes: what a reader should know, one line each; handed on as the result's `notes`.
  ///   - views: of each photo, over which probabilities (not logits) are averaged; one of
  ///     `PhotoView.testTimeCounts`.
  ///   - batchSize: how many photos are loaded and computed at once, at least 1; more take more
  ///     memory.
  ///   - maximumPixels: photos with more pixels (width × height) are not decoded; they count as
  ///     skipped.
  ///   - pool: whose workers decode and compute.
  ///   - progress: called after each photo with the number of photos done, in each view anew.
  /// - Throws: `EvaluationError`, `BackendError`, `NetworkError`.
  public func evaluate(
    _ photos: [Photo], below root: URL, split: String, labelling: Labelling = .exclusive,
    choosesThresholds: Bool = false, use: PhotoUse = .none, skipped: [SkippedPhoto] = [],
    data: String? = nil, notes: [String] = [], views: Int = 1, batchSize: Int = 32,
    maximumPixels: Int = 100_000_000,
    pool: WorkerPool,
    progress: (_ done: Int) -> Void = { _ in }
  ) throws -> RunEvaluation {
    let predictions = try predict(
      photos, below: root, views: views, batchSize: batchSize,
      maximumPixels: maximumPixels, pool: pool, progress: progress)
    var rows: [PredictionRow] = []
    var skipped = skipped.map { SkippedFile(path: $0.path, reason: $0.reason) }
    for (photo, prediction) in zip(photos, predictions) {
      switch prediction {
      case .success(let prediction):
        rows.append(
          PredictionRow(photo, labelling, probabilities: prediction.probabilities))
      case .failure(let error):
        skipped.append(SkippedFile(path: photo.path, reason: error.message))
      }
    }
    var provenance = provenance
    provenance.data = data ?? root.relativePath
    if views > 1 { provenance.tta = views }
    var measurement = MeasuredRows(
      rows: rows, classes: labels, split: split, use: use, skipped: skipped)
    if labelling.isMultiLabel {
      measurement.thresholds =
        choosesThresholds
        ? ClassThresholds.crossFitted(rows, classes: labels.count)
        : [thresholds ?? ClassThresholds(labels.map { _ in ClassThresholds.unchosen })]
    }
    return try RunEvaluation(
      measurement, provenance, notes: notes, below: root, side: shorterSide,
      maximumPixels: maximumPixels, pool: pool)
  }

  /// Measures on one split of a collection.
  /// - Throws: `EvaluationError`, `BackendError`, `NetworkError`.
  public func evaluate(
    _ photos: Photos, split: Split, use: PhotoUse = .none, pool: WorkerPool
  ) throws -> RunEvaluation {
    try evaluate(
      photos[split], below: photos.root, split: split.rawValue, labelling: photos.labelling,
      use: use, pool: pool)
  }
}

extension EvaluationReport {
  private static let thumbnailSide = 160
  private static let thumbnailQuality = 80

  /// Small pictures for the mistakes; a photo that cannot be read any more has none.
  mutating func addThumbnails(below root: URL, maximumPixels: Int, pool: WorkerPool) {
    let paths = mistakes.map(\.path) + wrongPhotos.map(\.path)
    let pictures = pool.map(paths.count) { index -> [UInt8]? in
      let url = root.file(at: paths[index])
      let small = try? Image(
        thumbnailOf: url, maxSide: Self.thumbnailSide, maximumPixels: maximumPixels)
      return small.flatMap { try? JPEG.encode($0, quality: Self.thumbnailQuality) }
    }
    for index in mistakes.indices { mistakes[index].thumbnail = pictures[index] }
    for (index, picture) in pictures.dropFirst(mistakes.count).enumerated() {
      wrongPhotos[index].thumbnail = picture
    }
  }
}
