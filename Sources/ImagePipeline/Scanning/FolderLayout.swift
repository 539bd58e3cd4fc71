import Files

/// How the photos of a folder are arranged: class folders at once, or below `train`, `val`
/// (or `validation`) and `test`.
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
  /// Every folder that is no class but holds them, with a path to name it by: those around the root,
  /// the root and the splits.
  private var structure: [FolderIdentity: String]

  private static let splitNames: [String: Split] = [
    "train": .train, "val": .validation, "validation": .validation, "test": .test,
  ]

  /// - Throws: `.missing` if there is no such folder, `.bad` if it has no class folders.
  init(root: String) throws(DataError) {
    self.root = root
    let entries = try Self.entries(of: root)
    structure = FolderIdentity.ancestors(of: root)
    // A folder named "train" that holds photos, not folders, is a class (of vehicles, say).
    let splits = entries.filter { entry in
      guard entry.kind == .folder, Self.splitNames[entry.name] != nil else { return false }
      return Entry.list(root + "/" + entry.name)?.contains { $0.kind == .folder } ?? false
    }
    for split in splits {
      guard let identity = FolderIdentity(root + "/" + split.name), structure[identity] == nil
      else { continue }
      structure[identity] = split.name
    }
    if splits.isEmpty {
      splitFolders[.all] = ""
      classFolders[.all] = collect(entries, below: "")
      guard classFolders[.all]?.isEmpty == false else {
        throw DataError(
          .bad,
          "'\(root)' has no class folders; put the photos of each class into a folder of its own")
      }
      return
    }
    let others = entries.filter { entry in !splits.contains { $0.name == entry.name } }
    if splits.contains(where: { $0.name == "train" }) {
      ignored += others.map(\.name)
      notes += others.filter { $0.kind == .folder }.map {
        "the folder '\($0.name)' is ignored: the classes are the folders in 'train'"
      }
    } else if others.contains(where: { $0.kind == .folder }) {
      // Class folders beside "val" or "test": those are for training.
      splitFolders[.train] = ""
      classFolders[.train] = collect(others, below: "")
    } else {
      ignored += others.map(\.name)
    }
    for folder in splits {
      guard let split = Self.splitNames[folder.name] else { continue }
      guard splitFolders[split] == nil else {
        throw DataError(
          .bad, "'\(root)' has both 'val' and 'validation'; keep one of them")
      }
      splitFolders[split] = folder.name
      classFolders[split] = collect(
        try Self.entries(of: root + "/" + folder.name), below: folder.name + "/")
    }
  }

  /// Which splits there are, in the order of `Split`.
  var splits: [Split] { Split.allCases.filter { splitFolders[$0] != nil } }

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

  private static func entries(of path: String) throws(DataError) -> [Entry] {
    do throws(SystemFailure) {
      return try Entry.all(in: path)
    } catch {
      throw DataError(
        .missing, "there is no folder '\(path)', or it cannot be read: \(error.reason)")
    }
  }

  /// The classes among the entries of a split's folder, by name.
  private mutating func collect(
    _ entries: [Entry], below prefix: String
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
          problems.append(PhotoProblem(loop: path, to: other))
          continue
        }
        if let identity { seen[identity] = path }
        classes.append((entry.name, path))
      case .broken(let reason):
        problems.append(
          PhotoProblem(entry.isRealFolder ? .unlistable : .unreadable, path: path, reason))
      case .hidden:
        ignored.append(path)
        if holdsPhotos(path) {
          problems.append(
            PhotoProblem(
              .hidden, path: path,
              "a hidden folder with photos, which is no class; rename it if it should be one"))
        }
      case .file, .special: ignored.append(path)
      }
    }
    return classes.sorted { precedes($0.name, $1.name) }
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
