/// How the photos of a folder are arranged: class folders at once, or below `train`, `val`
/// (or `validation`) and `test`.
struct FolderLayout {
  /// Per split the class folders: name and path relative to the root, sorted by name.
  private(set) var classFolders: [Split: [(name: String, path: String)]] = [:]
  /// The folder of each split relative to the root; "" for the root itself.
  private(set) var splitFolders: [Split: String] = [:]
  /// Entries beside the class folders: hidden ones and stray files.
  private(set) var ignored: [String] = []
  private(set) var notes: [String] = []

  private static let splitNames: [String: Split] = [
    "train": .train, "val": .validation, "validation": .validation, "test": .test,
  ]

  /// - Throws: `.missing` if there is no such folder, `.bad` if it has no class folders.
  init(root: String) throws(DataError) {
    let entries = try Self.entries(of: root)
    // A folder named "train" that holds photos, not folders, is a class (of vehicles, say).
    let splits = entries.filter { entry in
      guard entry.kind == .folder, Self.splitNames[entry.name] != nil else { return false }
      return Entry.list(root + "/" + entry.name)?.contains { $0.kind == .folder } ?? false
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

  private static func entries(of path: String) throws(DataError) -> [Entry] {
    if let entries = Entry.list(path) { return entries }
    throw DataError(.missing, "there is no folder '\(path)', or it cannot be read")
  }

  private mutating func collect(
    _ entries: [Entry], below prefix: String
  ) -> [(name: String, path: String)] {
    for entry in entries where entry.kind != .folder { ignored.append(prefix + entry.name) }
    return entries.filter { $0.kind == .folder }.map { ($0.name, prefix + $0.name) }
  }

  /// The one label map of all splits: the classes of training, if there is such a split.
  ///
  /// - Parameters:
  ///   - given: the label map of an existing run, which then holds.
  ///   - wanted: the splits whose classes have to be in it.
  /// - Throws: `.bad` naming a class that the label map does not have.
  func classes(given: [String]?, for wanted: [Split]) throws(DataError) -> [String] {
    let sources = splitFolders[.train] != nil ? [.train] : splits
    let own = Set(sources.flatMap { classFolders[$0] ?? [] }.map(\.name))
    let classes = given ?? own.sorted(by: precedes)
    let known = Set(classes)
    let owner = given == nil ? "training" : "the label map"
    for split in wanted {
      for folder in classFolders[split] ?? [] where !known.contains(folder.name) {
        throw DataError(
          .bad,
          "'\(folder.path)' is a class that \(owner) does not have (it has \(list(classes))); "
            + "rename or remove the folder")
      }
    }
    return classes
  }

  /// Classes of the label map without a folder, split by split, as sentences.
  func absences(of classes: [String], in wanted: [Split]) -> [String] {
    wanted.compactMap { split in
      let present = Set((classFolders[split] ?? []).map(\.name))
      let absent = classes.filter { !present.contains($0) }
      guard !absent.isEmpty, let folder = splitFolders[split] else { return nil }
      return "\(folder.isEmpty ? "the folder" : "'\(folder)'") has no photos of \(list(absent))"
    }
  }
}

/// Names for a message: the first few, then how many more.
func list(_ names: [String]) -> String {
  let shown = names.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
  return names.count > 8 ? "\(shown) and \(names.count - 8) more" : shown
}
