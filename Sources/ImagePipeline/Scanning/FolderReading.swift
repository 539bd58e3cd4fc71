import Files

/// What the folders of a level are taken for.
struct FolderReading {
  /// The folders of each split that hold class folders; more than one is an error.
  private(set) var splits: [Split: [FolderGlance]] = [:]
  /// Whether the folders beside the splits are classes of photos to train on; without splits, all are
  /// classes.
  private(set) var areOthersClasses = false
  /// Why folders that are neither a split nor a class are not read.
  private(set) var notes: [String] = []

  /// All that are called like a split, as they are shown.
  func all(of split: Split) -> [String] { (splits[split] ?? []).map(\.path) }

  /// The one folder of each split.
  var folders: [Split: FolderGlance] { splits.compactMapValues(\.first) }

  /// `training in 'Train', test in 'Test'`.
  var description: String {
    let parts = Split.allCases.compactMap { split in
      splits[split].map { "\(split.purpose) photos in \(list($0.map(\.path)))" }
    }
    let beside =
      areOthersClasses && !splits.isEmpty ? ["training photos in the class folders beside"] : []
    return (beside + parts).joined(separator: ", ")
  }

  /// - Parameters:
  ///   - level: which no other folder holds.
  ///   - known: the classes of an existing run, which its folders may be of.
  /// - Throws: `.bad` where the folders can be read in more than one way, and where none says a class.
  init(_ level: FolderLevel, classes known: [String]?) throws(DataError) {
    let named = level.named
    let unlisted = named.compactMap { named in named.folder.failure.map { (named.folder, $0) } }
    if let (folder, failure) = unlisted.first {
      throw DataError(
        .missing, "the folder '\(level.root)/\(folder.path)' cannot be read: \(failure.reason)")
    }
    let others = level.folders.filter { folder in !named.contains { $0.folder.name == folder.name }
    }
    guard take(named, below: level.root, classes: known) else {
      try takeClasses(named, others, level, known)
      return
    }
    for split in Split.allCases where all(of: split).count > 1 { throw level.twice(split, self) }
    let bare = named.filter { $0.name.split == .train && $0.folder.holdsOnlyPhotos }
    if splits[.train] == nil, let folder = bare.first {
      throw level.withoutClasses([folder.folder.name], self)
    }
    let taken = Set(splits.values.joined().map(\.name))
    for (folder, _) in named where !taken.contains(folder.name) {
      notes.append(
        "the folder '\(folder.path)' is ignored: it has no class folders, so nothing says the classes of what "
          + "is in it")
    }
    try take(others, beside: level, known, isAlone: named.count == 1)
  }

  /// Takes in the folders of splits that hold class folders, and of validation and test those that hold
  /// nothing.
  /// - Returns: whether there is one with class folders.
  private mutating func take(
    _ named: [(folder: FolderGlance, name: SplitName)], below root: String, classes: [String]?
  ) -> Bool {
    var known = classes
    var wrapper: String?
    var empty: [(folder: FolderGlance, split: Split)] = []
    for (folder, name) in named.sorted(by: { $0.name.split == .train && $1.name.split != .train }) {
      let inner = folder.unwrapped(as: name, below: root, classes: known, wrapper: wrapper)
      if inner.folders.isEmpty {
        if inner.holdsNothing { empty.append((inner, name.split)) }
        continue
      }
      splits[name.split, default: []].append(inner)
      guard name.split == .train else { continue }
      // The others' classes are those of training.
      known = known ?? inner.folders
      wrapper =
        inner.path == folder.path ? nil : inner.path.pathParts.last
    }
    guard !splits.isEmpty else { return false }
    for (folder, split) in empty where split != .train && splits[split] == nil {
      splits[split] = [folder]
    }
    return true
  }

  /// Where no split holds class folders.
  private mutating func takeClasses(
    _ named: [(folder: FolderGlance, name: SplitName)], _ others: [FolderGlance],
    _ level: FolderLevel, _ known: [String]?
  ) throws(DataError) {
    let bare = named.filter {
      $0.folder.hasPhotos && known?.contains($0.folder.name) != true
    }
    let mayBeClass = bare.count == 1 && bare[0].name.isAmbiguous && !others.isEmpty
    if !bare.isEmpty, !mayBeClass {
      for (folder, name) in bare { splits[name.split, default: []].append(folder) }
      areOthersClasses = !others.isEmpty
      throw level.withoutClasses(bare.map(\.folder.name), self)
    }
    areOthersClasses = true
    guard !others.isEmpty else { return }
    for (folder, name) in named where folder.holdsNothing && name.split != .train {
      splits[name.split, default: []].append(folder)
    }
  }

  /// Says what folders beside those of splits are.
  private mutating func take(
    _ others: [FolderGlance], beside level: FolderLevel, _ known: [String]?, isAlone: Bool
  ) throws(DataError) {
    guard !others.isEmpty else { return }
    guard let train = splits[.train]?.first else {
      areOthersClasses = true
      let classes = Set(known ?? others.map(\.name))
      for split in splits.values.joined() {
        guard split.folders.isEmpty || split.folders.contains(where: classes.contains) else {
          throw level.besideOthers(split, others.map(\.name), self)
        }
      }
      return
    }
    // With a second split beside it, a folder for training is one beyond doubt.
    let isKnown = known.map { known in train.folders.contains(where: known.contains) } ?? false
    let classLike = others.filter(\.hasPhotos)
    guard !isAlone || isKnown || classLike.isEmpty else {
      throw level.besideOthers(train, classLike.map(\.name), self)
    }
    notes += others.map {
      "the folder '\($0.path)' is ignored: the classes are the folders in '\(train.path)'"
    }
  }
}

extension FolderGlance {
  /// The folder whose folders are the classes of a split: this one, or the one in it where it holds
  /// nothing else and that is no class (`seg_train/seg_train`, `train/images`).
  /// - Parameters:
  ///   - known: names that are classes.
  ///   - wrapper: how the folder inside the one for training is called.
  fileprivate func unwrapped(
    as split: SplitName, below root: String, classes known: [String]?, wrapper: String?
  ) -> FolderGlance {
    var folder = self
    for _ in 0..<3 {
      guard folder.folders.count == 1, !folder.hasPhotos, let only = folder.folders.first,
        known?.contains(only) != true
      else { break }
      let inner = FolderGlance(folder.path + "/" + only, below: root, as: name)
      let isCalledSo =
        only.lowercased() == name.lowercased() || SplitName(only)?.split == split.split
        || SplitName.isFiller(only) || only == wrapper
      // A single class could not be told from anything.
      let isNoClass = split.split == .train && inner.folders.count > 1 && !inner.hasPhotos
      guard isCalledSo || isNoClass else { break }
      folder = inner
    }
    return folder
  }
}
