import Files

/// How the photos of a folder are arranged: class folders at once, or below a folder for each split
/// (`SplitName`); either in the folder itself or in the only one within it.
struct FolderLayout {
  let root: String
  /// Per split the class folders: name and path relative to the root, sorted by name.
  private(set) var classFolders: [Split: [(name: String, path: String)]] = [:]
  /// The folder of each split relative to the root; "" for the root itself.
  private(set) var splitFolders: [Split: String] = [:]
  /// Entries beside the class folders: hidden ones and stray files.
  private(set) var ignored: [String] = []
  private(set) var notes: [String] = []
  /// What is wrong with entries that would be classes.
  private(set) var problems: [PhotoProblem] = []
  /// What of it leaves photos out.
  private(set) var skipped: [SkippedPhoto] = []
  /// Every folder that is no class but holds them, with a path to name it by: those around the root,
  /// the root, the splits, and what lies between.
  private var structure: [FolderIdentity: String]

  /// How many folders that hold nothing but another are passed.
  private static let deepest = 3

  /// - Parameter known: the classes of an existing run, which folders may be of whatever they are called.
  /// - Throws: `.missing` if there is no such folder, `.bad` if it has no class folders, or can be read
  ///   in more than one way.
  init(root: String, classes known: [String]? = nil) throws(DataError) {
    self.root = root
    structure = FolderIdentity.ancestors(of: root)
    var level = try FolderLevel(root: root)
    for _ in 0..<Self.deepest {
      guard let inner = try level.container(classes: known) else { break }
      pass(level.entries, below: level.path, but: inner.name)
      level = try FolderLevel(root: root, path: inner.path)
    }
    let reading = try FolderReading(level, classes: known)
    notes = reading.notes
    let prefix = level.path.isEmpty ? "" : level.path + "/"
    enter(level.path)
    for (_, folder) in reading.folders { enter(prefix + folder.name, folder.path) }
    let names = Set(reading.folders.values.map(\.name))
    let others = level.entries.filter { !names.contains($0.name) }
    if reading.areOthersClasses {
      take(others, in: level.path, as: reading.folders.isEmpty ? .all : .train)
    } else {
      ignored += others.map { prefix + $0.name }
    }
    for split in Split.allCases {
      guard let folder = reading.folders[split] else { continue }
      try passWrappers(of: folder, in: prefix)
      try take(FolderLevel.entries(of: folder.path, below: root), in: folder.path, as: split)
    }
    guard classFolders.values.contains(where: { !$0.isEmpty }) else {
      throw DataError(
        .bad,
        "'\(root)' has no class folders; put the photos of each class into a folder of its own")
    }
  }

  /// Takes in the class folders of a split.
  private mutating func take(_ entries: [Entry], in folder: String, as split: Split) {
    splitFolders[split] = folder
    classFolders[split] = collect(entries, below: folder.isEmpty ? "" : folder + "/", split)
  }

  /// Notes folders that hold classes, so that no link to them is one.
  private mutating func enter(_ paths: String...) {
    for path in paths {
      guard let identity = FolderIdentity(path.isEmpty ? root : root + "/" + path),
        structure[identity] == nil
      else { continue }
      structure[identity] = path
    }
  }

  /// Leaves what lies beside the one folder that is gone into.
  private mutating func pass(_ entries: [Entry], below folder: String, but inner: String) {
    enter(folder)
    let prefix = folder.isEmpty ? "" : folder + "/"
    ignored += entries.filter { $0.name != inner }.map { prefix + $0.name }
  }

  /// Leaves what lies in the folders between that of a split and its classes.
  private mutating func passWrappers(of folder: FolderGlance, in prefix: String) throws(DataError) {
    var outer = prefix + folder.name
    while outer != folder.path {
      let inner = folder.path.dropFirst(outer.count + 1).prefix { $0 != "/" }
      pass(try FolderLevel.entries(of: outer, below: root), below: outer, but: String(inner))
      outer += "/" + inner
    }
  }

  /// Which splits there are, in the order of `Split`.
  var splits: [Split] { Split.allCases.filter { splitFolders[$0] != nil } }

  /// How the folder was understood, split by split.
  var reading: [(split: Split, text: String)] {
    splits.map { split in
      let folder = splitFolders[split] ?? ""
      let classes = Set((classFolders[split] ?? []).map(\.name)).count.counted("class")
      switch split {
      case .all:
        let place = folder.isEmpty ? "" : " in '\(folder)'"
        return (split, "the folders of \(classes)\(place), not divided into splits")
      case .train, .validation, .test:
        let place = folder.isEmpty ? "the folder itself" : "'\(folder)'"
        return (split, "\(split.purpose) photos in \(place) (\(classes))")
      }
    }
  }

  /// Folders that no link inside a class is followed to: they are read, or hold what is read.
  var known: [FolderIdentity: String] {
    var known = structure
    for split in splits {
      for folder in classFolders[split] ?? [] {
        guard let identity = FolderIdentity(root + "/" + folder.path), known[identity] == nil
        else { continue }
        known[identity] = folder.path
      }
    }
    return known
  }

  /// The classes among the entries of a split's folder, by name.
  private mutating func collect(
    _ entries: [Entry], below prefix: String, _ split: Split
  ) -> [(name: String, path: String)] {
    var seen: [FolderIdentity: String] = [:]
    var classes: [(name: String, path: String)] = []
    // Links last: a folder is the class whose name it has itself.
    for entry in entries.filter({ !$0.isLink }) + entries.filter(\.isLink) {
      let path = prefix + entry.name
      switch entry.kind {
      case .folder:
        let identity = FolderIdentity(root + "/" + path)
        if entry.isLink, let identity, let other = structure[identity] ?? seen[identity] {
          ignored.append(path)
          add(PhotoProblem(loop: path, to: other), split)
          continue
        }
        if let identity { seen[identity] = path }
        classes.append((entry.name, path))
      case .broken(let reason):
        add(
          PhotoProblem(entry.isRealFolder ? .unlistable : .unreadable, path: path, reason), split)
      case .hidden:
        ignored.append(path)
        if holdsPhotos(path) {
          add(
            PhotoProblem(
              .hidden, path: path,
              "a hidden folder with photos, which is no class; rename it if it should be one"),
            split)
        }
      case .file, .special: ignored.append(path)
      }
    }
    return classes.sorted { precedes($0.name, $1.name) }
  }

  private mutating func add(_ problem: PhotoProblem, _ split: Split) {
    problems.append(problem)
    if let photo = problem.skipped(in: split) { skipped.append(photo) }
  }

  /// Whether a folder has a file in it that is called like an image.
  private func holdsPhotos(_ folder: String) -> Bool {
    Entry.list(root + "/" + folder)?.contains { entry in
      entry.kind == .file && pathExtension(entry.name).map(ImageFormat.extensions.contains) ?? false
    } ?? false
  }

  /// The one label map of all splits: the classes of training, if there is such a split.
  ///
  /// - Parameters:
  ///   - given: the label map of an existing run, which then holds.
  ///   - wanted: the splits whose classes have to be in it.
  /// - Returns: the label map and the folders of classes that it does not have.
  func classes(given: [String]?, for wanted: [Split]) -> (classes: [String], unknown: [String]) {
    let sources = splitFolders[.train] != nil ? [.train] : splits
    let own = Set(sources.flatMap { classFolders[$0] ?? [] }.map(\.name))
    let classes = given ?? own.sorted(by: precedes)
    let known = Set(classes)
    let unknown = wanted.flatMap { classFolders[$0] ?? [] }.filter { !known.contains($0.name) }
    return (classes, unknown.map(\.path))
  }

  /// Folders whose names differ only in how Unicode spells them, as sentences; they are one class.
  var spellings: [String] {
    splits.flatMap { split in
      Dictionary(grouping: classFolders[split] ?? [], by: \.name).values
        .filter { $0.count > 1 }
        .map {
          "\($0.count) folders are called '\($0[0].path)', in other bytes; they are one class"
        }
        .sorted(by: precedes)
    }
  }

  /// Classes of the label map without a folder, split by split.
  func absences(of classes: [String], in wanted: [Split]) -> [(split: Split, classes: [String])] {
    wanted.compactMap { split in
      // One without any is an empty split, and said to be.
      guard classFolders[split]?.isEmpty == false else { return nil }
      let present = Set((classFolders[split] ?? []).map(\.name))
      let absent = classes.filter { !present.contains($0) }
      return absent.isEmpty ? nil : (split, absent)
    }
  }
}

/// Names for a message: the first few, then how many more.
func list(_ names: [String]) -> String {
  let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
  return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
}
