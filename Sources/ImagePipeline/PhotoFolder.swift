import Foundation
import TensorKernels

/// Reading folders of photos.
///
/// Every file is read once: its digest is taken and its pixel data is decoded, so that unreadable
/// photos are known, with reasons, before anything trains.
public enum PhotoFolder {
  /// Which splits a folder has, without reading any photo: `.all`, or of train, validation, test.
  public static func splits(in root: URL) throws(DataError) -> [Split] {
    try FolderLayout(root: root.path).splits
  }

  /// Whether a folder holds image files and no class folders, as `scanFlat` wants it.
  public static func isFlat(_ root: URL) throws(DataError) -> Bool {
    guard let entries = Entry.list(root.path) else { throw missing(root) }
    return !entries.contains { $0.kind == .folder } && entries.contains { $0.kind == .file }
  }

  /// Scans a folder of class folders, with or without `train`, `val` (or `validation`) and `test`.
  ///
  /// Classes are sorted by Unicode scalars, photos by path; subfolders of a class belong to it.
  /// - Parameters:
  ///   - classes: the label map of an existing run, which labels then follow; with it, classes
  ///     without photos are allowed.
  ///   - splits: which to read; the others are only looked at for the label map. `nil`: all.
  ///   - allowEmptyClasses: turns the error about a class without a training photo into a note.
  ///   - maximumPixels: larger photos are skipped.
  ///   - cache: what earlier scans found in files that have not changed since.
  ///   - progress: called with the number of files read and their total, one call at a time, on the
  ///     workers' threads.
  /// - Throws: `.missing` if there is no such folder; `.bad` for fewer than two classes, a class of
  ///   another split that training does not have, or a class without a readable training photo.
  public static func scan(
    _ root: URL, classes given: [String]? = nil, splits wanted: Set<Split>? = nil,
    allowEmptyClasses: Bool = false, maximumPixels: Int = 100_000_000,
    cache: ScanCache = .none, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> PhotoCollection {
    let path = root.path
    let layout = try FolderLayout(root: path)
    let splits = layout.splits.filter { wanted?.contains($0) ?? true }
    let classes = try layout.classes(given: given, for: given == nil ? layout.splits : splits)
    if given == nil, classes.count < 2 {
      throw DataError(
        .bad,
        "'\(path)' has only one class, \(list(classes)); at least two are needed to tell apart")
    }
    var collection = PhotoCollection(root: root, classes: classes, splits: [:])
    collection.ignored = layout.ignored
    collection.notes =
      layout.notes + layout.absences(of: classes, in: splits) + numericNote(classes)

    var candidates: [Split: [Candidate]] = [:]
    for split in splits {
      candidates[split] = collect(
        layout.classFolders[split] ?? [], classes: classes, root: path, into: &collection)
    }
    let total = candidates.values.reduce(0) { $0 + $1.count }
    var before = 0
    var record = cache.record(of: path, maximumPixels: maximumPixels)
    for split in splits {
      guard let files = candidates[split] else { continue }
      let start = before
      let checked = check(
        files, root: path, maximumPixels: maximumPixels, record: &record, pool: pool
      ) { progress(start + $0, total) }
      before += files.count
      collection.splits[split] = checked.photos
      collection.skipped += checked.skipped
      collection.ignored += checked.ignored
    }
    record.save()
    collection.finish()
    if given == nil, let training = splits.first(where: { $0 == .all || $0 == .train }) {
      try collection.requirePhotos(in: training, allowEmptyClasses: allowEmptyClasses)
    }
    return collection
  }

  /// Scans all images below a folder, whatever its subfolders: label −1, sorted by path.
  ///
  /// The photos are in the split `.all`.
  /// - Throws: `.missing` if there is no such folder, `.bad` if it holds no readable image.
  public static func scanFlat(
    _ root: URL, maximumPixels: Int = 100_000_000, cache: ScanCache = .none, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> PhotoCollection {
    guard Entry.list(root.path) != nil else { throw missing(root) }
    let listing = FolderListing(root: root.path, folder: "")
    var collection = PhotoCollection(root: root, classes: [], splits: [:])
    let candidates = listing.files.map { Candidate(path: $0, label: -1) }
    var record = cache.record(of: root.path, maximumPixels: maximumPixels)
    let checked = check(
      candidates, root: root.path, maximumPixels: maximumPixels, record: &record, pool: pool
    ) { progress($0, candidates.count) }
    record.save()
    collection.splits[.all] = checked.photos
    collection.skipped = listing.unreadable + checked.skipped
    collection.ignored = listing.ignored + checked.ignored
    collection.finish()
    guard !checked.photos.isEmpty else {
      throw DataError(
        .bad, "'\(root.path)' holds no readable image\(collection.firstReason(below: ""))")
    }
    return collection
  }

  private static func missing(_ root: URL) -> DataError {
    DataError(.missing, "there is no folder '\(root.path)', or it cannot be read")
  }

  /// Lists the files of one split's class folders.
  private static func collect(
    _ folders: [(name: String, path: String)], classes: [String], root: String,
    into collection: inout PhotoCollection
  ) -> [Candidate] {
    let labels = Dictionary(
      zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    var candidates: [Candidate] = []
    for folder in folders {
      guard let label = labels[folder.name] else { continue }
      let listing = FolderListing(root: root, folder: folder.path)
      candidates += listing.files.map { Candidate(path: $0, label: label) }
      collection.skipped += listing.unreadable
      collection.ignored += listing.ignored
    }
    return candidates
  }

  private static func numericNote(_ classes: [String]) -> [String] {
    guard classes.count > 1, classes.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) })
    else { return [] }
    return [
      "all class names are numbers; they are sorted as text ('10' before '2'), so a label is the "
        + "name's place in that order, not its value"
    ]
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}

extension PhotoCollection {
  /// Sorts the lists and looks for the same photo in two splits.
  fileprivate mutating func finish() {
    for split in splits.keys { splits[split]?.sort { precedes($0.path, $1.path) } }
    skipped.sort { precedes($0.path, $1.path) }
    ignored.sort(by: precedes)
    notes += sharedPhotos()
  }

  /// Photos that a figure on validation or test would have seen in training, as notes.
  private func sharedPhotos() -> [String] {
    let training = Dictionary(
      self[.train].map { ($0.digest, $0.path) }, uniquingKeysWith: { first, _ in first })
    return [Split.validation, .test].compactMap { split in
      let shared = self[split].filter { training[$0.digest] != nil }
      guard let first = shared.first, let twin = training[first.digest] else { return nil }
      let number = shared.count == 1 ? "1 photo" : "\(shared.count) photos"
      return "\(number) for \(split.rawValue) are also trained on, for example "
        + "'\(first.path)' (the same as '\(twin)')"
    }
  }

  /// Every class must be learnable.
  fileprivate mutating func requirePhotos(
    in split: Split, allowEmptyClasses: Bool
  ) throws(DataError) {
    let empty = zip(classes, imagesPerClass(in: split)).filter { $0.1 == 0 }.map(\.0)
    guard let first = empty.first else { return }
    if allowEmptyClasses, empty.count < classes.count {
      notes.append("no readable training photo of \(list(empty))")
      return
    }
    let prefix = split == .train ? "train/\(first)/" : "\(first)/"
    throw DataError(
      .bad,
      "the class '\(first)' has no readable training photo in '\(root.path)'"
        + firstReason(below: prefix))
  }

  /// The first photo skipped below a path, as an example for a message.
  fileprivate func firstReason(below prefix: String) -> String {
    guard let example = skipped.first(where: { $0.path.hasPrefix(prefix) }) else { return "" }
    return " ('\(example.path)': \(example.reason))"
  }
}
