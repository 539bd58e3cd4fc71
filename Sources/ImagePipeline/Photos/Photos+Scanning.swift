import Foundation
import TensorKernels

/// Reading folders and lists of photos.
///
/// Every file is read once: its digest is taken and its pixel data is decoded, so that unreadable
/// photos are known, with reasons, before anything trains. Nothing is ever written into a folder.
extension Photos {
  /// Which splits a folder or list has, without reading any photo: `.all`, or of train, validation,
  /// test.
  /// - Parameters:
  ///   - data: the folder or the list.
  ///   - known: the classes of an existing run, which folders may be of whatever they are called.
  /// - Throws: as `scan`.
  public static func splits(
    in data: URL, classes known: [String]? = nil
  ) throws(DataError) -> [Split] {
    Manifest.isFile(data.path)
      ? try Manifest(file: data.path).splits
      : try FolderLayout(root: data.path, classes: known).splits
  }

  /// Whether a folder holds image files and no class folders, as `scanFlat` wants it.
  package static func isFlat(_ root: URL) throws(DataError) -> Bool {
    guard !Manifest.isFile(root.path) else { return false }
    guard let entries = Entry.list(root.path) else { throw missing(root) }
    return !entries.contains { $0.kind == .folder } && entries.contains { $0.kind == .file }
  }

  /// The files below a folder, at any depth, that are called like photos or have no ending: paths relative to
  /// it, sorted. Nothing is opened; what is hidden is left out.
  /// - Throws: `DataError` (`missing`) when the folder cannot be listed.
  package static func paths(below root: URL) throws(DataError) -> [String] {
    guard Entry.list(root.path) != nil else { throw missing(root) }
    return FolderListing(root: root.path).files.filter {
      pathExtension($0).map(ImageFormat.extensions.contains) ?? true
    }
  }

  /// Scans a folder of class folders, or of splits by any customary name (`Training`, `valid`,
  /// `test_set`), or a list of photos: a `.csv` or `.tsv` file (RFC 4180, UTF-8).
  ///
  /// Classes are sorted by Unicode scalars, photos by path; subfolders of a class belong to it.
  /// Symbolic links are followed, but no folder is read twice within a split.
  ///
  /// A list's first line names its columns: `path` (relative to the list, or absolute), `label`, and
  /// if wanted `split` (a name as folders of splits have) and `group` (see `Photo.group`). Where any label has a
  /// bar, as `cat|dog`, photos have any number of classes, none where it is empty. `reading`
  /// says how folder or list were understood. Splits to validate and to test on without a photo that can
  /// be used are as good as not there.
  /// - Parameters:
  ///   - data: the folder or the list.
  ///   - given: the label map of an existing run, which labels then follow; with it, classes
  ///     without photos are allowed. `nil`: the classes that are found.
  ///   - wanted: which to read; the others are only looked at for the label map. `nil`: all.
  ///   - isMultiLabel: whether photos are to have any number of classes, as of a list, or one; `nil`: as the data
  ///     say.
  ///   - allowEmptyClasses: turns the error about a class without a training photo into a note.
  ///   - isInspection: goes on where nothing could be learned (a single class, an unknown one, one
  ///     without photos): all that is wrong is then in `problems`.
  ///   - maximumPixels: larger photos are skipped.
  ///   - cache: what earlier scans found in files that have not changed since.
  ///   - pool: whose workers read and decode the files to check them.
  ///   - progress: called with the number of files read and their total, one call at a time, on the
  ///     workers' threads.
  /// - Throws: `.missing` if there is no such folder; `.bad` for fewer than two classes, a class of
  ///   another split that training does not have, a class without a readable training photo, a folder
  ///   that can be read in more than one way, a list that is not in order, with file and line, or data that
  ///   do not say what `isMultiLabel` asks for.
  public static func scan(
    _ data: URL, classes given: [String]? = nil, splits wanted: Set<Split>? = nil,
    isMultiLabel: Bool? = nil, allowEmptyClasses: Bool = false, isInspection: Bool = false,
    maximumPixels: Int = 100_000_000, cache: ScanCache = .none, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> Photos {
    let plan = try ScanPlan(
      data, classes: given, splits: wanted, isMultiLabel: isMultiLabel, isTolerant: isInspection)
    if given == nil, plan.classes.count < 2, !isInspection {
      throw DataError(
        .bad,
        "'\(plan.name)' has only one class, \(list(plan.classes)) (read as: \(plan.reading())); at least two are "
          + "needed to tell apart"
      )
    }
    var photos = try read(
      plan, of: data, maximumPixels: maximumPixels, cache: cache, pool: pool, progress: progress)
    photos.judge(plan, isForTraining: given == nil)
    if given == nil, !isInspection {
      try photos.requirePhotos(plan, allowEmptyClasses: allowEmptyClasses)
    }
    return photos
  }

  /// Reads and checks what a plan names.
  static func read(
    _ plan: ScanPlan, of data: URL, maximumPixels: Int, cache: ScanCache, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void
  ) throws(DataError) -> Photos {
    var photos = Photos(root: plan.root, classes: plan.classes)
    photos.source = data
    photos.labelling = plan.labelling
    photos.ignored = plan.ignored
    photos.notes = plan.notes
    photos.problems = plan.problems
    photos.skipped = plan.skipped

    let total = plan.candidates.values.reduce(0) { $0 + $1.count }
    var before = 0
    var record = cache.record(of: plan.root.path, maximumPixels: maximumPixels)
    for split in plan.splits {
      guard let files = plan.candidates[split] else { continue }
      let start = before
      let checked = check(
        files, root: plan.root.path, maximumPixels: maximumPixels, record: &record, pool: pool
      ) { progress(start + $0, total) }
      before += files.count
      photos.add(checked, to: split, isList: plan.isList)
    }
    record.save()
    photos.removeEmptyParts(plan)
    return photos
  }

  /// Scans all images below a folder, whatever its subfolders: label −1, sorted by path.
  ///
  /// The photos are in the split `.all`.
  /// - Throws: `.missing` if there is no such folder, `.bad` if it holds no readable image.
  public static func scanFlat(
    _ root: URL, maximumPixels: Int = 100_000_000, cache: ScanCache = .none, pool: WorkerPool,
    progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws(DataError) -> Photos {
    guard Entry.list(root.path) != nil else { throw missing(root) }
    let listing = FolderListing(root: root.path)
    var photos = Photos(root: root, classes: [])
    let candidates = listing.files.map { Candidate(path: $0, label: -1) }
    var record = cache.record(of: root.path, maximumPixels: maximumPixels)
    let checked = check(
      candidates, root: root.path, maximumPixels: maximumPixels, record: &record, pool: pool
    ) { progress($0, candidates.count) }
    record.save()
    photos.problems = listing.problems
    photos.skipped = listing.problems.compactMap { $0.skipped(in: .all) }
    photos.ignored = listing.ignored
    photos.add(checked, to: .all, isList: false)
    photos.judgePhotos()
    try photos.requireAny(in: root.path)
    return photos
  }

  /// Scans all photos of a folder or a list for what needs no classes to tell apart: flat, in one class
  /// folder, or as `scan` takes them; the label map has the classes of all parts.
  /// - Throws: as `scanFlat`; `.bad` for a list that is not in order.
  package static func scanAll(
    _ data: URL, maximumPixels: Int, cache: ScanCache = .none, pool: WorkerPool
  ) throws(DataError) -> Photos {
    if try isFlat(data) {
      return try scanFlat(data, maximumPixels: maximumPixels, cache: cache, pool: pool)
    }
    let plan = try ScanPlan(data, adding: [], isMultiLabel: nil)
    var photos = try read(
      plan, of: data, maximumPixels: maximumPixels, cache: cache, pool: pool, progress: { _, _ in })
    photos.judgePhotos()
    try photos.requireAny(in: plan.name)
    return photos
  }

  /// - Throws: `DataError` `.bad` where there is no photo, with a file that cannot be used.
  func requireAny(in name: String) throws(DataError) {
    guard all.isEmpty else { return }
    let example = skipped.first.map { " ('\($0.path)': \($0.reason))" } ?? ""
    throw DataError(.bad, "'\(name)' holds no readable image\(example)")
  }

  private static func missing(_ root: URL) -> DataError {
    DataError(.missing, "there is no folder '\(root.path)', or it cannot be read")
  }
}
