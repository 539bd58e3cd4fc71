import Files
import Foundation

/// What a scan is to read, from a folder or from a list.
struct ScanPlan {
  /// What paths are relative to.
  let root: URL
  /// The folder or list as the user gave it, for messages.
  let name: String
  let classes: [String]
  /// What labels say.
  private(set) var labelling = Labelling.exclusive
  /// Those to be read, in the order of `Split`.
  let splits: [Split]
  private(set) var candidates: [Split: [Candidate]] = [:]
  private(set) var ignored: [String] = []
  private(set) var notes: [String] = []
  private(set) var problems: [PhotoProblem] = []
  /// What of them leaves photos out.
  private(set) var skipped: [SkippedPhoto] = []
  /// How the folder was understood, split by split, or the list as a whole.
  private let parts: [(split: Split, text: String)]
  /// Whether every candidate was named as a photo, so that none may be anything else.
  let isList: Bool
  /// The folder of each split, and of each class in it by label; none in a list.
  private(set) var splitFolders: [Split: String] = [:]
  private(set) var classFolders: [Split: [Int: String]] = [:]

  /// - Parameters:
  ///   - given: the label map of an existing run.
  ///   - wanted: the splits to read; `nil`: all.
  ///   - isMultiLabel: whether photos are to have any number of classes; `nil`: as the data say.
  ///   - isTolerant: leaves out classes that the label map does not have.
  /// - Throws: as `Photos.scan`.
  init(
    _ data: URL, classes given: [String]?, splits wanted: Set<Split>?, isMultiLabel: Bool?,
    isTolerant: Bool
  ) throws(DataError) {
    if Manifest.isFile(data.path) {
      let manifest = try Manifest(file: data.path, isMultiLabel: isMultiLabel)
      try self.init(manifest, classes: given, splits: wanted, isTolerant: isTolerant)
    } else {
      try Self.requireOneClass(isMultiLabel, data)
      let layout = try FolderLayout(root: data.path, classes: given)
      try self.init(layout, classes: given, splits: wanted, isTolerant: isTolerant)
    }
    noteNumericNames()
  }

  /// What is to be read beside the photos of a run.
  /// - Parameters:
  ///   - known: the label map of the run, which grows by the classes that are found; of these
  ///     classes there may be no photo.
  ///   - isMultiLabel: whether photos of the run have any number of classes; `nil`: as the data say.
  /// - Throws: as `Photos.scan`.
  init(_ data: URL, adding known: [String], isMultiLabel: Bool?) throws(DataError) {
    if Manifest.isFile(data.path) {
      let manifest = try Manifest(file: data.path, isMultiLabel: isMultiLabel)
      let classes = Set(manifest.rows.flatMap(\.labels)).union(known).sorted(by: precedes)
      try self.init(manifest, classes: classes, splits: nil, isTolerant: false, mayLack: known)
    } else {
      try Self.requireOneClass(isMultiLabel, data)
      let layout = try FolderLayout(root: data.path)
      let found = layout.splits.flatMap { layout.classFolders[$0] ?? [] }.map(\.name)
      let classes = Set(found).union(known).sorted(by: precedes)
      try self.init(layout, classes: classes, splits: nil, isTolerant: false, mayLack: known)
    }
    noteNumericNames()
  }

  /// Class folders cannot say that a photo has several classes, or none.
  private static func requireOneClass(_ isMultiLabel: Bool?, _ data: URL) throws(DataError) {
    guard isMultiLabel == true, let status = FileStatus(data.path), status.kind == .folder else {
      return
    }
    throw DataError(
      .bad,
      "'\(data.path)' is a folder, which says one class of each photo, but here photos have any number of "
        + "them; give a list with the columns path and label, and labels such as 'cat|dog'")
  }

  private init(
    _ layout: FolderLayout, classes given: [String]?, splits wanted: Set<Split>?, isTolerant: Bool,
    mayLack optional: [String] = []
  ) throws(DataError) {
    root = URL(filePath: layout.root, directoryHint: .isDirectory)
    name = layout.root
    parts = layout.reading
    isList = false
    splits = layout.splits.filter { wanted?.contains($0) ?? true }
    let (classes, unknown) = layout.classes(
      given: given, for: given == nil ? layout.splits : splits)
    let owner = given == nil ? "training" : "the label map"
    if let first = unknown.first, !isTolerant {
      throw DataError(
        .bad,
        "'\(first)' is a class that \(owner) does not have (it has \(list(classes))); "
          + "rename or remove the folder")
    }
    self.classes = classes
    ignored = layout.ignored
    notes = layout.notes + layout.spellings
    skipped = layout.skipped
    problems =
      layout.problems
      + unknown.map {
        PhotoProblem(
          .unknownClass, path: $0, "a class that \(owner) does not have; its photos are left out")
      }
    let mayLack = Set(optional)
    for (split, absent) in layout.absences(
      of: classes.filter { !mayLack.contains($0) }, in: splits)
    {
      let folder = layout.splitFolders[split] ?? ""
      notes.append(
        "\(folder.isEmpty ? "the folder" : "'\(folder)'") has no photos of \(list(absent))")
      problems.append(
        PhotoProblem(.absentClass, path: folder, "no folder of the class \(list(absent))"))
    }
    splitFolders = layout.splitFolders
    collect(layout)
  }

  /// How the folder or list was understood, in one line.
  /// - Parameter empty: splits that turned out to have no photo that can be used.
  func reading(without empty: [Split] = []) -> String {
    parts.map { split, text in
      guard empty.contains(split) else { return text }
      return "no \(split.purpose) photos ('\(splitFolders[split] ?? "")' has none that can be used)"
    }.joined(separator: ", ")
  }

  /// Lists the files of the class folders.
  private mutating func collect(_ layout: FolderLayout) {
    let labels = Dictionary(
      zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    let known = layout.known
    for split in splits {
      let folders = (layout.classFolders[split] ?? []).compactMap { folder in
        labels[folder.name].map { (path: folder.path, label: $0) }
      }
      let listings = FolderListing.all(
        root: layout.root, folders: folders.map(\.path), known: known)
      var files: [Candidate] = []
      for (folder, listing) in zip(folders, listings) {
        if classFolders[split]?[folder.label] == nil {
          classFolders[split, default: [:]][folder.label] = folder.path
        }
        files += listing.files.map { Candidate(path: $0, label: folder.label) }
        ignored += listing.ignored
        problems += listing.problems
        skipped += listing.problems.compactMap { $0.skipped(in: split) }
      }
      candidates[split] = files
    }
  }

  private init(
    _ manifest: Manifest, classes given: [String]?, splits wanted: Set<Split>?, isTolerant: Bool,
    mayLack optional: [String] = []
  ) throws(DataError) {
    root = manifest.root
    name = manifest.file
    parts = [(.all, manifest.reading)]
    isList = true
    splits = manifest.splits.filter { wanted?.contains($0) ?? true }
    let (classes, unknown) = manifest.classes(
      given: given, for: given == nil ? manifest.splits : splits)
    let owner = given == nil ? "training" : "the label map"
    let (known, mayLack) = (Set(classes), Set(optional))
    if let first = unknown.first, !isTolerant {
      throw manifest.failure(
        first.line,
        "\(Self.unknown(first, known)) is a class that \(owner) does not have (it has \(list(classes)))"
      )
    }
    self.classes = classes
    notes = manifest.notes
    problems = unknown.map {
      PhotoProblem(
        .unknownClass, path: $0.path,
        "of the class \(Self.unknown($0, known)), which \(owner) does not have; it is left out")
    }
    for split in splits { candidates[split] = [] }
    collect(manifest)
    for split in splits {
      let present = Set((candidates[split] ?? []).flatMap { labelling.classes(of: $0.label) })
      let absent = classes.indices.filter {
        !present.contains($0) && !mayLack.contains(classes[$0])
      }.map { classes[$0] }
      guard !absent.isEmpty else { continue }
      let what = split == .all ? "the list" : "'\(split.rawValue)'"
      notes.append("\(what) has no photos of \(list(absent))")
      problems.append(
        PhotoProblem(.absentClass, path: "", "\(what) has no photo of the class \(list(absent))"))
    }
  }

  /// The first label of a row that the label map lacks, in quotes.
  private static func unknown(_ row: Manifest.Row, _ classes: Set<String>) -> String {
    "'\(row.labels.first { !classes.contains($0) } ?? "")'"
  }

  /// Takes the rows of known classes.
  private mutating func collect(_ manifest: Manifest) {
    let indices = Dictionary(zip(classes, classes.indices), uniquingKeysWith: { first, _ in first })
    let rows = manifest.rows.compactMap { row -> (row: Manifest.Row, classes: [Int])? in
      let known = row.labels.compactMap { indices[$0] }
      return known.count == row.labels.count ? (row, known.sorted()) : nil
    }
    if manifest.isMultiLabel { labelling = Labelling(numbering: rows.map(\.classes)) }
    let labels = labelling.labelsOfSets
    for (row, classes) in rows {
      guard let label = manifest.isMultiLabel ? labels[classes] : classes.first else { continue }
      candidates[row.split]?.append(Candidate(path: row.path, label: label, group: row.group))
    }
  }

  private mutating func noteNumericNames() {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard classes.count > 1, classes.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) })
    else { return }
    let detail =
      "all class names are numbers; they are sorted as text ('10' before '2'), so a label is the "
      + "name's place in that order, not its value"
    notes.append(detail)
    problems.append(PhotoProblem(.numericNames, path: "", detail))
  }

  /// The folder of a class, as the path of a problem; "" if a list says the class.
  func folder(of label: Int, in split: Split) -> String { classFolders[split]?[label] ?? "" }
}
