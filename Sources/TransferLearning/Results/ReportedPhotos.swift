import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline

/// What a run's own report is of.
struct ReportedPhotos {
  /// The name of their part.
  let split: String
  /// Those that the final weights are asked about; none where `heldOut` has the answers.
  let photos: [Photo]
  /// What weights that had not seen the photos said of them, where the final ones have.
  let heldOut: [PredictionRow]
  /// What training had to do with them.
  let use: PhotoUse
  /// Where classes do not exclude one another: whether thresholds are chosen anew, by others of these photos.
  let choosesThresholds: Bool
  /// Those of the part that the scan left out.
  let skipped: [SkippedPhoto]
  /// What was done with the photos after they were measured, in a sentence; `nil` for nothing.
  let afterwards: String?
}

extension Run {
  /// Photos to test on; without any what was said of those to validate on before the final weights were fitted on
  /// them; else those to validate on. `nil` where there are none.
  var reported: ReportedPhotos? {
    get throws(RunError) {
      guard photos.test.isEmpty else { return try askedAbout(.test) }
      let rows = try heldOut
      if !rows.isEmpty { return answered(rows) }
      return photos.validation.isEmpty ? nil : try askedAbout(.validation)
    }
  }

  private func answered(_ rows: [PredictionRow]) -> ReportedPhotos {
    // On folds all photos measure, those that the base was chosen by, too.
    let madeChoices =
      plan.phases.contains { $0.method == .sgd } || plan.isOnFolds && record.baseComparison != nil
    var use = PhotoUse(madeChoices: madeChoices, trainedOn: 0)
    let paths = Set(rows.map(\.path))
    let all = photos.all[photos.trainingAndValidation]
    use.add(
      photos.sharedPictures(
        of: all.filter { paths.contains($0.path) }, and: all.filter { !paths.contains($0.path) }),
      photos.labelling, labels)
    // Files with the same picture are in the same fold, and the weights that measured had not seen the others.
    if plan.isOnFolds { use.copies = [] }
    return ReportedPhotos(
      split: plan.isOnFolds ? "folds" : Split.validation.rawValue, photos: [], heldOut: rows,
      use: use, choosesThresholds: true, skipped: [],
      afterwards: record.trainedOnValidation
        ? "the final weights are fitted on all photos, these \(rows.count) included, once they were measured"
        : nil)
  }

  private func askedAbout(_ part: Split) throws(RunError) -> ReportedPhotos {
    let choosesThresholds = part != .test
    let isFolder = part == .test || photos.division == .given
    let skipped = isFolder ? try DataInspection(of: self)?.skipped ?? [] : []
    return ReportedPhotos(
      split: part.rawValue, photos: photos[part], heldOut: [],
      use: PhotoUse(
        photos[part], in: photos, self, isOwn: true, choosesThresholds: choosesThresholds),
      choosesThresholds: choosesThresholds, skipped: skipped.filter { $0.split == part },
      afterwards: nil)
  }
}

extension MeasuredRows {
  /// Predictions for a run's own report.
  init(_ rows: [PredictionRow], of run: Run, _ reported: ReportedPhotos) {
    self.init(rows: rows, classes: run.labels, split: reported.split, use: reported.use)
    guard run.isMultiLabel else { return }
    thresholds =
      reported.choosesThresholds
      ? ClassThresholds.crossFitted(rows, classes: run.labels.count)
      : run.record.thresholds.map { [ClassThresholds($0)] }
  }
}

extension EvaluationReport.Provenance {
  /// Of a run's classifier.
  /// - Parameters:
  ///   - title: of its base.
  ///   - versions: of what computed.
  /// - Throws: `RunError`; as `Run.restriction`.
  init(_ run: Run, base title: String, versions: [String: String]) throws {
    let record = run.record
    self.init(
      base: title, baseDigest: record.baseDigest, weightsDigest: record.weightsDigest,
      plan: record.plan, seed: record.seed, versions: versions)
    baseComparison = record.baseComparison
    restriction = try run.restriction
    if let inspection = try DataInspection(of: run) {
      photos = PhotoAccount(
        train: run.photos.training.count, validation: run.photos.validation.count,
        test: run.photos.test.count, leftOut: inspection.totals.leftOut,
        ignored: inspection.totals.ignored)
    }
  }
}
