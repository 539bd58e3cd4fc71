import Evaluation
import Files
import FineTuning
import Foundation
import ImagePipeline
import WeightFiles

/// What is known of a folder of photos before anything is trained: what `finetune inspect` prints and
/// a run keeps as `inspection.json`.
///
/// Every path that was found is in it once: as a usable photo, in `skipped`, or in `ignored`.
package struct DataInspection: Codable, Hashable, Sendable {
  /// A class and its usable photos.
  package struct ClassCount: Codable, Hashable, Sendable {
    package var `class`: String
    /// In all splits.
    package var images: Int
    /// By the name of the split; the one split of a folder without any is `all`.
    package var splits: [String: Int]
  }

  /// The photos whose shorter side is in a range.
  package struct SizeBand: Codable, Hashable, Sendable {
    /// In pixels.
    package var from: Int
    /// In pixels, not included; `nil` for no limit.
    package var below: Int?
    package var images: Int
  }

  /// The paths that were found, and what became of them: `found` is the sum of the others.
  package struct Totals: Codable, Hashable, Sendable {
    package var found: Int
    package var used: Int
    package var leftOut: Int
    package var ignored: Int

    package init(used: Int, leftOut: Int, ignored: Int) {
      found = used + leftOut + ignored
      self.used = used
      self.leftOut = leftOut
      self.ignored = ignored
    }
  }

  /// As the user named it.
  package var data: String
  /// How the folder or list was understood, in one line; `nil` in what earlier versions wrote.
  package var reading: String?
  /// In the order of the label map.
  package var classes: [ClassCount]
  /// How classes are there together; `nil` where they exclude one another.
  package var labels: LabelStatistics?
  package var totals: Totals
  package var problems: [PhotoProblem]
  /// Paths of photos that are the same picture, or look so.
  package var duplicates: [[String]]
  /// What cannot be used, with the reason.
  package var skipped: [SkippedPhoto]
  /// What is no image, or hidden.
  package var ignored: [String]
  /// From small to large, without gaps.
  package var sizes: [SizeBand]
  /// Things a user should know, one line each.
  package var notes: [String]
  /// How long training would take; `nil` where nobody asked, or nothing can be trained.
  package var estimate: TrainingEstimate?

  /// - Parameter data: as the user named it.
  package init(_ photos: Photos, data: String) {
    self.data = data
    reading = photos.reading
    classes = photos.classCounts
    labels = LabelStatistics(photos)
    problems = photos.problems
    duplicates = photos.duplicates
    skipped = photos.skipped
    ignored = photos.ignored
    sizes = Self.bands(photos.facts.values.map { min($0.width, $0.height) })
    notes = photos.notes
    let used = photos.all.count
    totals = Totals(
      used: used, leftOut: photos.skipped.count, ignored: photos.ignored.count)
  }

  /// The splits that have photos, in the order of `Split`.
  package var splits: [String] {
    Split.allCases.map(\.rawValue).filter { name in classes.contains { $0.splits[name] != nil } }
  }

  private static let limits = [64, 128, 224, 448, 896, 1792]

  private static func bands(_ sides: [Int]) -> [SizeBand] {
    guard !sides.isEmpty else { return [] }
    return zip([0] + limits, limits.map(Optional.some) + [nil]).map { from, below in
      SizeBand(
        from: from, below: below,
        images: sides.count { $0 >= from && $0 < below ?? .max })
    }
  }
}

extension Photos {
  fileprivate var classCounts: [DataInspection.ClassCount] {
    let counts = splits.map { split in
      (split.rawValue, imagesPerClass(in: split))
    }
    return classes.indices.map { label in
      let parts = Dictionary(
        counts.map { ($0, $1[label]) }, uniquingKeysWith: { first, _ in first })
      return DataInspection.ClassCount(
        class: classes[label], images: parts.values.reduce(0, +), splits: parts)
    }
  }
}

extension DataInspection {
  /// What a run was made from; `nil` for a run that does not say.
  /// - Throws: `RunError` `.bad` when the file is damaged.
  init?(of run: Run) throws(RunError) {
    let file = run.url.appending(path: RunFolder.File.inspection.rawValue)
    guard let data = try? InputFile.read(file) else { return nil }
    do {
      self = try JSONDecoder().decode(DataInspection.self, from: data)
    } catch {
      throw RunError(
        .bad, "'\(file.relativePath)' is damaged; remove it, and the run can be used without it")
    }
  }

  /// Writes it as JSON beside the file's name and moves it into place.
  /// - Throws: `FileError` `.cannotCreate` or `.inputOutput`.
  package func write(to file: URL) throws {
    try AtomicFile.write(CanonicalJSON.page(self), to: file)
  }

  /// The problems of one kind each, the gravest kind first.
  package var problemsByKind: [(kind: PhotoProblem.Kind, problems: [PhotoProblem])] {
    let groups = Dictionary(grouping: problems, by: \.kind)
    return PhotoProblem.Kind.bySeverity.compactMap { kind in
      groups[kind].map { (kind, $0) }
    }
  }
}

extension [PhotoProblem] {
  /// What makes a strict training an error.
  /// - Parameter allowsEmptyClasses: whether a class without a photo is as it should be.
  /// - Throws: `DataError` `.bad` naming the number of problems and the gravest one.
  package func requireNone(in data: String, allowsEmptyClasses: Bool) throws(DataError) {
    let grave = filter { !(allowsEmptyClasses && $0.kind == .emptyClass) }
    let rank = Dictionary(
      uniqueKeysWithValues: PhotoProblem.Kind.bySeverity.enumerated().map { ($1, $0) })
    // The first of the gravest: `min` keeps the order of equal ones.
    guard let first = grave.min(by: { rank[$0.kind, default: 0] < rank[$1.kind, default: 0] })
    else { return }
    throw DataError(
      .bad,
      sentence:
        "'\(data)' has \(grave.count == 1 ? "1 problem" : "\(grave.count) problems"), first "
        + "'\(first.path)': \(first.detail); remove what causes them, or leave out "
        + "\(.without(.isStrict))")
  }
}
