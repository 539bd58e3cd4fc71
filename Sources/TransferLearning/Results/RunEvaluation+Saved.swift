import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

extension Run {
  /// What was predicted of the photos of the run's own report.
  /// - Throws: `RunError`: `.missing` where nothing was kept, `.bad` where the training was not ended, or the file is
  ///   damaged.
  package var predictions: [PredictionRow] {
    get throws(RunError) {
      let name = RunEvaluation.File.predictions.rawValue
      if let rows = try rows(in: name), !rows.isEmpty { return rows }
      let kept = photos.test.isEmpty ? try heldOut : []
      guard kept.isEmpty else { return kept }
      let path = url.relativePath
      guard !record.interrupted else {
        throw RunError(
          .bad,
          sentence:
            "the training of '\(path)' has not ended, so nothing was measured; continue it with \(.resume(run: path))"
        )
      }
      throw RunError(
        .missing,
        sentence:
          "'\(path)' has no predictions of photos, which \(name) would hold; measure it with \(.evaluate(run: path))"
      )
    }
  }
}

extension RunEvaluation {
  /// A run's own report, made again from what was predicted when it was trained.
  ///
  /// Small pictures are of photos that are still where they were. The network runs for pictures alone.
  /// - Parameter isLooking: whether the photos that a page shows are looked at; see `looking`.
  /// - Throws: `RunError` as `Run.predictions`; `EvaluationError`; `ModelError`.
  package init(saved run: Run, isLooking: Bool = true, pool: WorkerPool) throws {
    let rows = try run.predictions
    guard let reported = try run.reported else {
      throw RunError(
        .bad, "'\(run.url.relativePath)' has predictions, but no photos to test or validate on")
    }
    let record = try JobRecord<FineTuningJob, NoJob>(of: run.url)
    var provenance = try EvaluationReport.Provenance(
      run, base: run.base().title, versions: run.record.versions)
    provenance.data = record.job.dataTitle
    provenance.afterwards = reported.afterwards
    var measurement = MeasuredRows(rows, of: run, reported)
    let answered = Set(rows.map(\.path))
    measurement.skipped =
      reported.skipped.map { SkippedFile(path: $0.path, reason: $0.reason) }
      + reported.photos.filter { !answered.contains($0.path) }.map {
        SkippedFile(path: $0.path, reason: "it could not be read when the run was measured")
      }
    try self.init(
      measurement, provenance, notes: [], below: run.photoFolder(as: record),
      side: min(run.record.imageSize.width, run.record.imageSize.height),
      maximumPixels: record.job.maximumPixels, pool: pool)
    self = try telling(ofOwn: run).with(try Self.study(of: run))
    if isLooking { try look(at: run, pool) }
  }

  /// Figures need no weights: where these cannot be read, the page says so in place of pictures.
  private mutating func look(at run: Run, _ pool: WorkerPool) throws {
    let classifier: Classifier
    do {
      classifier = try Classifier(run)
    } catch {
      var looks = PhotoLooks()
      looks.notes = ["The network could not be asked for pictures: \(error)."]
      report.looks = looks
      return
    }
    self = try looking(by: classifier, of: run, pool: pool)
  }

  /// What the base's features said when the run was trained; `nil` where nobody asked them.
  /// - Throws: `RunError` `.bad` where the file is damaged.
  private static func study(of run: Run) throws(RunError) -> FeatureStudy? {
    let file = run.url.appending(path: File.study.rawValue)
    guard FileManager.default.fileExists(atPath: file.path) else { return nil }
    do {
      return try JSONDecoder().decode(
        FeatureStudy.self, from: InputFile.read(file, atMost: largestStudy))
    } catch {
      throw RunError(.bad, "'\(file.relativePath)' cannot be read or is damaged")
    }
  }

  private static let largestStudy = 1 << 20
}

extension Run {
  /// Makes sure that an output is neither among the photos of the run nor replaces their list.
  /// - Throws: `UsageError`; `RunError` where the run does not say where its photos are.
  package func requireOutsideData(_ file: URL) throws {
    let record = try JobRecord<FineTuningJob, NoJob>(of: url)
    try OutputCheck.requireOutside(file: file, data: record.located(record.job.data))
    try OutputCheck.requireOutside(
      file: file,
      photos: Photos(
        root: photoFolder(as: record), classes: labels, splits: [.all: photos.all],
        labelling: photos.labelling))
  }

  /// Where the photos are, as seen from here.
  func photoFolder(as record: JobRecord<FineTuningJob, NoJob>) -> URL {
    URL(filePath: record.located(photos.root.relativePath), directoryHint: .isDirectory)
  }
}
