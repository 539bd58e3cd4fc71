import Files
import FineTuning
import Foundation
import ImagePipeline
import ModelZoo

extension FineTuningJob {
  /// Starts the folder of a run of this job.
  /// - Parameters:
  ///   - arguments: the command line, to be recorded.
  ///   - choices: from what the job was made, to be compared when it is continued.
  /// - Throws: `RunError` `.cannotCreate` when something of this name exists.
  package func createRun(
    at path: String, of base: Base, arguments: [String] = [],
    choices: (some Codable & Sendable)? = NoJob?.none
  ) throws(RunError) -> RunFolder {
    try RunFolder(
      creating: URL(filePath: path),
      context: RunContext(
        arguments: arguments, versions: Toolkit.versions,
        weightFile: base.file?.relativePath, data: data),
      job: self, choices: choices)
  }

  /// The job of a run, to be continued.
  ///
  /// Relative paths that lead nowhere from here are taken from where the run began.
  package init(_ record: JobRecord<FineTuningJob, some Codable & Sendable>) {
    self = record.job
    data = record.located(data)
    extending = extending.map(record.located)
    if !Model.isKnown(base.name) { base.name = record.located(base.name) }
    if case .file(let path) = base.weights { base.weights = .file(record.located(path)) }
  }

  /// What this job sets otherwise than another, where that influences the result.
  package func difference(from other: FineTuningJob) -> (
    setting: String, own: String, other: String
  )? {
    var own = self
    own.checkpointEvery = other.checkpointEvery
    own.histogramEvery = other.histogramEvery
    own.base.isOffline = other.base.isOffline
    own.comparison = other.comparison
    return JSONDifference(own, other).map { ($0.path, $0.first, $0.second) }
  }
}

extension JobRecord {
  /// A path of the job as seen from here: one that leads nowhere is taken from where the run began.
  func located(_ path: String) -> String {
    let files = FileManager.default
    guard !path.isAbsolutePath, !files.fileExists(atPath: path) else { return path }
    let there = URL(filePath: folder, directoryHint: .isDirectory).appending(path: path).path
    return files.fileExists(atPath: there) ? there : path
  }
}

extension FineTuning {
  /// Makes sure that the photos are those that a run began with.
  /// - Throws: `DataError` `.bad` naming a photo that differs; `RunError`.
  package func checkPhotos(of run: RunFolder) throws {
    guard let saved = try run.savedPhotos, let difference = photos.difference(from: saved) else {
      return
    }
    throw DataError(
      .bad,
      "'\(job.data)' is not what '\(run.url.relativePath)' was trained on: \(difference); bring the photos"
        + " back as they were, or begin another run")
  }
}

extension Photos {
  /// What another list of photos has that this one has not, or otherwise, in a phrase.
  fileprivate func difference(from other: Photos) -> String? {
    if labelling.isMultiLabel != other.labelling.isMultiLabel {
      return "its photos have \(labelling.isMultiLabel ? "any number of labels" : "one class") each"
    }
    if classes != other.classes {
      return "its classes are \(classes.joined(separator: ", ")), expected"
        + " \(other.classes.joined(separator: ", "))"
    }
    for (name, own, others) in [
      ("to train on", all[training], other.all[other.training]),
      ("to validate on", all[validation], other.all[other.validation]),
      ("to test on", all[test], other.all[other.test]),
    ] {
      let present = Dictionary(own.map { ($0.path, $0) }) { first, _ in first }
      let expected = Set(others.map(\.path))
      for photo in others {
        guard let found = present[photo.path] else {
          return "'\(photo.path)', a photo \(name), is missing or cannot be read"
        }
        if found.digest != photo.digest { return "'\(photo.path)' has another content" }
        if labelling.classes(of: found.label) != other.labelling.classes(of: photo.label) {
          return "'\(photo.path)' has another class"
        }
      }
      if let new = own.first(where: { !expected.contains($0.path) }) {
        return "'\(new.path)', a photo \(name), is new"
      }
    }
    return nil
  }
}
