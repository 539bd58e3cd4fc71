/// A folder that holds classes or splits, or one folder that does, with what lies in it.
struct FolderLevel {
  let root: String
  /// Relative to the root; "" for the root itself.
  let path: String
  let entries: [Entry]
  /// What is in each folder that is not hidden, by name.
  let folders: [FolderGlance]

  /// - Throws: `.missing` if it cannot be listed.
  init(root: String, path: String = "") throws(DataError) {
    self.root = root
    self.path = path
    entries = try Self.entries(of: path, below: root)
    let prefix = path.isEmpty ? "" : path + "/"
    folders = entries.filter { $0.kind == .folder }
      .map { FolderGlance(prefix + $0.name, below: root) }
  }

  /// What lies in a folder, sorted by name.
  /// - Throws: `.missing` if it cannot be listed.
  static func entries(of path: String, below root: String) throws(DataError) -> [Entry] {
    let whole = path.isEmpty ? root : root + "/" + path
    do throws(SystemFailure) {
      return try Entry.all(in: whole)
    } catch {
      throw DataError(
        .missing, "there is no folder '\(whole)', or it cannot be read: \(error.reason)")
    }
  }

  /// As the user would name it.
  var title: String { path.isEmpty ? root : root + "/" + path }

  /// The folders that are called like splits: plainly, or alike but for the split (`pets_train` and
  /// `pets_test`).
  var named: [(folder: FolderGlance, name: SplitName)] {
    let names = folders.compactMap { folder in SplitName(folder.name).map { (folder, $0) } }
    let alike = Dictionary(grouping: names, by: \.1.others).mapValues { Set($0.map(\.1.split)) }
    return names.filter { $0.1.isPlain || alike[$0.1.others, default: []].count > 1 }
  }

  /// The folder inside that holds the classes or the splits; `nil` if they are here.
  /// - Parameter known: classes that a folder may be of.
  /// - Throws: `.bad` where several could be meant, or the classes are divided rather than the photos.
  func container(classes known: [String]?) throws(DataError) -> FolderGlance? {
    guard named.isEmpty else { return nil }
    if folders.count == 1, let only = folders.first {
      let mayBeClass = only.hasPhotos || only.folders.isEmpty || known?.contains(only.name) == true
      return mayBeClass ? nil : only
    }
    var holders: [(folder: FolderGlance, inside: [String])] = []
    for folder in folders where folder.folders.contains(where: { SplitName($0) != nil }) {
      guard let level = try? FolderLevel(root: root, path: folder.path) else { continue }
      let inside = level.named.filter { !$0.folder.holdsNothing }
      guard Set(inside.map(\.name.split)).count > 1 else { continue }
      let names = inside.map(\.folder.name)
      if inside.allSatisfy(\.folder.holdsOnlyPhotos) { throw dividedClasses(folder, names) }
      holders.append((folder, names))
    }
    guard let holder = holders.first else { return nil }
    guard holders.count == 1 else { throw several(holders.map(\.folder)) }
    let others = folders.filter { $0.name != holder.folder.name && $0.hasPhotos(below: root) }
    guard others.isEmpty else { throw photosBeside(holder.folder, holder.inside, others) }
    return holder.folder
  }
}

// What is an error, and how it was read.
extension FolderLevel {
  /// Error texts all end in the same way out.
  private static let listThem =
    "or list the photos in a .csv file with the columns path,label,split"

  private func dividedClasses(_ folder: FolderGlance, _ inside: [String]) -> DataError {
    DataError(
      .bad,
      "'\(title)' cannot be read without doubt: '\(folder.path)' holds \(list(inside)), so the classes seem to "
        + "be divided, not the photos (read as: the classes \(list(folders.map(\.name))), each with splits in it); "
        + "put class folders into split folders, as 'train/\(folder.name)', \(Self.listThem)")
  }

  private func several(_ holders: [FolderGlance]) -> DataError {
    DataError(
      .bad,
      "'\(title)' cannot be read without doubt: \(list(holders.map(\.name))) each hold splits of their own "
        + "(read as: \(holders.count) collections of photos); name one of them, as '\(title)/\(holders[0].name)'"
    )
  }

  private func photosBeside(
    _ holder: FolderGlance, _ inside: [String], _ others: [FolderGlance]
  ) -> DataError {
    DataError(
      .bad,
      "'\(title)' cannot be read without doubt: '\(holder.name)' holds \(list(inside)), and there are photos in "
        + "\(list(others.map(\.name))) beside it (read as: splits in '\(holder.name)', the others left over); name "
        + "'\(title)/\(holder.name)', or move the others away")
  }

  /// Several folders for one split.
  func twice(_ split: Split, _ reading: FolderReading) -> DataError {
    DataError(
      .bad,
      "'\(title)' has \(list(reading.all(of: split))), which are all called like folders of "
        + "\(split.purpose) photos (read as: \(reading.description)); keep one of them, \(Self.listThem)"
    )
  }

  /// Folders that are called like splits and hold photos without classes.
  func withoutClasses(_ folders: [String], _ reading: FolderReading) -> DataError {
    let (verb, them) = folders.count == 1 ? ("is", "it") : ("are", "them")
    return DataError(
      .bad,
      "in '\(title)', \(list(folders)) \(verb) called like \(folders.count == 1 ? "a split" : "splits") but "
        + "\(folders.count == 1 ? "holds" : "hold") photos, no class folders (read as: \(reading.description)); put the "
        + "photos of each class into a folder of its own in \(them), rename \(them) if classes are meant, "
        + Self.listThem)
  }

  /// A split beside folders that could be classes.
  func besideOthers(_ split: FolderGlance, _ others: [String], _ reading: FolderReading)
    -> DataError
  {
    DataError(
      .bad,
      "'\(title)' cannot be read without doubt: '\(split.name)' is called like a split and holds "
        + "\(list(split.folders)), and \(list(others)) beside it could be classes (read as: \(reading.description)); "
        + "move the others away, rename '\(split.name)' if it is a class, \(Self.listThem)")
  }
}
