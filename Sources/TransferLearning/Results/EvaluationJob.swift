import Evaluation
import FineTuning
import Foundation
import ImagePipeline
import TensorKernels

/// Measures a classifier on a folder of photos.
package struct EvaluationJob: Codable, Hashable, Sendable {
  /// What is measured.
  package var source: ClassifierSource
  /// A folder of class folders, or of splits by any customary name; or a list of photos, a `.csv` or `.tsv`
  /// file.
  package var data: String
  /// `nil`: `test`, else `validation`, else the folder itself.
  package var split: Split?
  package var batchSize = 32
  package var maximumPixels = 100_000_000
  /// Views of each photo, over which probabilities are averaged; one of `PhotoView.testTimeCounts`.
  package var views = 1
  /// Whether photos that a run has not seen are studied by its base's features, which takes another pass through it.
  package var studies = false
  /// Whether the photos that a page shows are looked at; see `RunEvaluation.looking`.
  package var isLooking = false

  package init(_ source: ClassifierSource, data: String) {
    self.source = source
    self.data = data
  }

  /// Reads what is measured.
  /// - Returns: the classifier, and the run that it is of.
  /// - Throws: as `ClassifierSource.load`; `UsageError` where nobody says what its outputs mean, so that no photo's
  ///   class could be compared with them.
  package func load(
    backend: BackendChoice? = nil, onDownload: @escaping DownloadProgress = { _, _ in }
  ) throws -> (classifier: Classifier, run: Run?) {
    let loaded = try source.load(backend: backend, onDownload: onDownload)
    let (title, count) = (loaded.classifier.provenance.base, loaded.classifier.labels.count)
    guard !loaded.classifier.hasNumbersForLabels else {
      throw UsageError(
        sentence: "\(title) tells \(count) classes apart, not ImageNet's; give \(.nameLabels)")
    }
    return loaded
  }

  /// Scans the photos and classifies them.
  /// - Parameters:
  ///   - classifier: what `load` gave, with the run that it is of.
  ///   - onScan: photos read so far and in all; called on workers, one call at a time.
  ///   - progress: photos classified so far and in all, in each view anew.
  /// - Throws: `DataError`, `EvaluationError`, `BackendError`, `NetworkError`.
  package func evaluate(
    _ classifier: Classifier, of run: Run?, pool: WorkerPool,
    onScan: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> RunEvaluation {
    let root = URL(filePath: data)
    let labels = classifier.labels
    let there = try Photos.splits(in: root, classes: labels)
    var notes: [String] = []
    var skipped: SkippedPhoto?
    if run == nil {
      notes.append(
        "nobody knows here which photos the model was trained on; the figures are honest if these are none of "
          + "them")
    }
    for wanted in split.map({ [$0] }) ?? [.test, .validation].filter(there.contains) + [there[0]] {
      // A split that is no folder may be one that training made of the same photos.
      let isFolder = there.contains(wanted)
      let photos = try Photos.scan(
        root, classes: labels, splits: isFolder ? [wanted] : nil,
        isMultiLabel: classifier.wantsSets, maximumPixels: maximumPixels, cache: .standard,
        pool: pool, progress: onScan)
      let chosen =
        isFolder
        ? photos[wanted] : run.map { Self.photos(wanted, of: $0, in: photos) } ?? []
      notes += photos.notes
      skipped = skipped ?? photos.skipped.first
      guard !chosen.isEmpty else { continue }
      let evaluation = try classifier.evaluate(
        chosen, below: photos.root, split: wanted.rawValue, labelling: photos.labelling,
        use: run.map { PhotoUse(chosen, in: photos, $0) } ?? PhotoUse(chosen, in: photos),
        skipped: photos.skipped,
        data: data,
        notes: notes, views: views, batchSize: batchSize, maximumPixels: maximumPixels, pool: pool,
        progress: { progress($0, chosen.count) }
      ).telling(of: run)
      return try complete(
        evaluation, by: classifier, of: run, chosen, below: photos.root, pool, progress)
    }
    throw noPhotos(there, skipped)
  }

  /// With what a page has beside figures.
  private func complete(
    _ evaluation: RunEvaluation, by classifier: Classifier, of run: Run?, _ photos: [Photo],
    below root: URL, _ pool: WorkerPool, _ progress: (_ done: Int, _ total: Int) -> Void
  ) throws -> RunEvaluation {
    var evaluation = evaluation
    if studies, let run, evaluation.metrics.trainedOn == 0 {
      let found = withoutActuallyEscaping(progress) { progress in
        study(photos, below: root, of: run, pool: pool, progress: progress)
      }
      evaluation = evaluation.with(found.study, note: found.note)
    }
    return isLooking ? try evaluation.looking(by: classifier, of: run, pool: pool) : evaluation
  }

  /// - Parameters:
  ///   - there: what the data has photos for.
  ///   - skipped: the first photo that cannot be used.
  private func noPhotos(_ there: [Split], _ skipped: SkippedPhoto?) -> DataError {
    guard let split, !there.contains(split) else {
      let reason = skipped.map { " ('\($0.path)': \($0.reason))" } ?? ""
      return DataError(.bad, "'\(data)' has no photo to measure on that can be used\(reason)")
    }
    let made =
      if case .run(let run) = source {
        ", and none of its photos were in that split of '\(run)'"
      } else {
        ""
      }
    return DataError(
      .bad,
      "'\(data)' has no folder for the split '\(split.rawValue)'\(made); it has "
        + there.map { "'\($0.rawValue)'" }.joined(separator: ", "))
  }

  /// The photos of a folder that were in a split of the run.
  private static func photos(
    _ split: Split, of run: Run, in photos: Photos
  ) -> [Photo] {
    let all = photos.all.sorted {
      $0.path.utf8.lexicographicallyPrecedes($1.path.utf8)
    }
    let saved: [Photo] =
      switch split {
      case .all: all
      case .train: run.photos[.train]
      case .validation: run.photos[.validation]
      case .test: run.photos[.test]
      }
    let digests = Set(saved.map(\.digest))
    return all.filter { digests.contains($0.digest) }
  }
}

extension Classifier {
  /// Whether photos to measure on are to have any number of classes; `nil`: as they say.
  fileprivate var wantsSets: Bool? {
    isTrainedOnSets ? true : form == .independentLogits ? nil : false
  }
}

/// What training had to do with some photos.
public struct PhotoUse: Hashable, Sendable {
  /// Whether a choice was made by any of them, or they were even trained on.
  public var madeChoices: Bool
  /// How many of them the weights were trained on.
  public var trainedOn: Int
  /// The paths of those that show the same picture as one that the weights were trained on, in files of other
  /// bytes.
  public var copies: Set<String> = []
  /// Files that show the same picture, those with different labels first.
  public var samePictures: [PictureGroup] = []

  /// Nothing: they are new to the classifier.
  public static let none = PhotoUse(madeChoices: false, trainedOn: 0)

  /// What a caller knows of photos that are not those of a run.
  public init(madeChoices: Bool, trainedOn: Int) {
    self.madeChoices = madeChoices
    self.trainedOn = trainedOn
  }

  /// Photos of which nobody knows whether they are new.
  init(_ photos: [Photo], in collection: Photos) {
    self = .none
    add(collection.sharedPictures(of: photos), collection.labelling, collection.classes)
  }

  /// What the training of a run had to do with them, by their bytes and by their looks.
  /// - Parameters:
  ///   - collection: that they are of.
  ///   - isOwn: whether the collection is the run's own.
  ///   - choosesThresholds: whether the photos are measured with other thresholds than the run's.
  init(
    _ photos: [Photo], in collection: Photos, _ run: Run, isOwn: Bool = false,
    choosesThresholds: Bool = false
  ) {
    let record = run.record
    let learnt = run.learnt
    let trainedOn = Set(learnt.map(\.digest))
    let chosenBy =
      record.validationUsedForSelection || run.isMultiLabel && !choosesThresholds
      ? Set(run.photos[.validation].map(\.digest)) : []
    let seen = photos.count { trainedOn.contains($0.digest) }
    self.trainedOn = seen
    madeChoices = seen > 0 || photos.contains { chosenBy.contains($0.digest) }
    add(
      collection.sharedPictures(of: photos, and: learnt, in: isOwn ? nil : run.photos),
      collection.labelling, run.labels)
  }

  /// Says which photos show the same picture.
  mutating func add(_ shared: SharedPictures, _ labelling: Labelling, _ classes: [String]) {
    copies = shared.copies
    samePictures = shared.groups.map { group in
      PictureGroup(
        group.map {
          PictureGroup.Photo(
            path: $0.photo.path, label: labelling.text(of: $0.photo.label, classes),
            isLearnt: $0.isOther)
        })
    }.sorted {
      ($0.isLabelledDifferently ? 0 : 1, $0.photos[0].path)
        < ($1.isLabelledDifferently ? 0 : 1, $1.photos[0].path)
    }
  }
}
