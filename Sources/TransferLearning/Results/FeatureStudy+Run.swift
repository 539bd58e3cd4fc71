import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension Run {
  /// What the weights were trained on.
  var learnt: [Photo] {
    Array(photos.all[photos.training])
      + (record.trainedOnValidation ? Array(photos.all[photos.validation]) : [])
  }

  /// The photos of the run's own report, and what was learnt from before they were measured.
  /// - Parameter duplicates: groups of paths of photos that show the same picture.
  func studied(_ reported: ReportedPhotos, duplicates: [[String]]) -> Photos {
    let parts: [Split: [Photo]] =
      if !reported.heldOut.isEmpty, plan.isOnFolds {
        [.train: Array(photos.all[photos.trainingAndValidation])]
      } else if !reported.heldOut.isEmpty {
        [.train: photos[.train], .test: photos[.validation]]
      } else {
        [.train: learnt, .test: reported.photos]
      }
    var collection = studied(parts, below: photos.root)
    collection.duplicates = duplicates
    return collection
  }

  fileprivate func studied(_ parts: [Split: [Photo]], below root: URL) -> Photos {
    Photos(root: root, classes: labels, splits: parts, labelling: photos.labelling)
  }

  /// Studies photos by the features of the run's base as it was before training.
  /// - Parameters:
  ///   - photos: as `FeatureStudy.init` takes them.
  ///   - base: with its weights.
  ///   - job: that the run was made by.
  func study(
    _ photos: Photos, by base: Base, _ job: FineTuningJob, pool: WorkerPool,
    progress: @escaping (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> FeatureStudy? {
    var options = job.trainingOptions(for: base)
    options.resize = record.resize
    return try FeatureStudy(
      photos, by: base, titled: base.title, options, pool: pool, progress: progress)
  }
}

extension FeatureStudy {
  /// What is said where a study could not be made.
  static func note(on error: any Error) -> String {
    let reason = (error as? any Remediable)?.message ?? "\(error)"
    return "the page does not compare the run with simpler classifiers on its base: \(reason)"
  }
}

extension EvaluationJob {
  /// Studies photos by the base of a run, where its weights are at hand and no photo was trained on.
  /// - Parameters:
  ///   - photos: that were measured, of a collection.
  ///   - root: what their paths are relative to.
  /// - Returns: what was found, or why nothing was.
  func study(
    _ photos: [Photo], below root: URL, of run: Run, pool: WorkerPool,
    progress: @escaping (_ done: Int, _ total: Int) -> Void
  ) -> (study: FeatureStudy?, note: String?) {
    do {
      let record = try JobRecord<FineTuningJob, NoJob>(of: run.url)
      var job = FineTuningJob(record)
      job.base.isOffline = true
      job.base.imageSize = run.record.imageSize
      // Paths of two folders in one collection.
      let measured = photos.map {
        Photo(
          path: root.absoluteURL.file(at: $0.path).path,
          label: $0.label, digest: $0.digest, group: $0.group)
      }
      var collection = run.studied(
        [.train: run.learnt, .test: measured], below: run.photoFolder(as: record))
      collection.duplicates = run.photos.sharedPictures(of: run.learnt).groups.map { group in
        group.map(\.photo.path)
      }
      var study = try run.study(
        collection, by: try job.loadBase(), job, pool: pool, progress: progress)
      let paths = Dictionary(zip(measured, photos).map { ($0.path, $1.path) }) { first, _ in first }
      study?.unusual?.rename { paths[$0] ?? $0 }
      return (study, nil)
    } catch {
      return (nil, FeatureStudy.note(on: error))
    }
  }
}
