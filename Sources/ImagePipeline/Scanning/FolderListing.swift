import Files

/// The files below a folder, without opening any.
///
/// Hidden entries are set aside. Symbolic links are followed, but every folder is entered once: real
/// folders before links, so that a photo belongs to the class whose folder it lies in.
struct FolderListing {
  /// Paths relative to the root, sorted.
  fileprivate(set) var files: [String] = []
  /// Hidden entries, devices, pipes and links to folders that are read already: relative, sorted.
  fileprivate(set) var ignored: [String] = []
  /// What cannot be listed or followed, and the links just named.
  fileprivate(set) var problems: [PhotoProblem] = []

  /// Lists everything below a root.
  init(root: String) {
    self = Self.all(root: root, folders: [""], known: FolderIdentity.ancestors(of: root))[0]
  }

  fileprivate init() {}

  /// Lists several folders that share one tree.
  ///
  /// - Parameters:
  ///   - folders: relative to `root`.
  ///   - known: folders that no link is followed to, with a path to name them by.
  /// - Returns: as many listings as folders.
  static func all(
    root: String, folders: [String], known: [FolderIdentity: String]
  ) -> [FolderListing] {
    var walk = Walk(root: root, count: folders.count, known: known)
    for (place, folder) in folders.enumerated() { walk.enter(folder, place: place) }
    walk.followLinks()
    return walk.listings.map { listing in
      var listing = listing
      listing.files.sort(by: precedes)
      listing.ignored.sort(by: precedes)
      return listing
    }
  }
}

/// What is known while several folders are listed.
private struct Walk {
  private let root: String
  private var known: [FolderIdentity: String]
  private var links: [(place: Int, path: String)] = []
  private(set) var listings: [FolderListing]

  init(root: String, count: Int, known: [FolderIdentity: String]) {
    self.root = root
    self.known = known
    listings = Array(repeating: FolderListing(), count: count)
  }

  private func absolute(_ folder: String) -> String { folder.isEmpty ? root : root + "/" + folder }

  /// Lists a folder and all real folders in it; links to folders are kept for later.
  ///
  /// - Parameter isLinked: the folder was reached by a link, so it may hold some that are known.
  mutating func enter(_ folder: String, place: Int, isLinked: Bool = false) {
    var waiting = [folder]
    while let folder = waiting.popLast() {
      let path = absolute(folder)
      if let identity = FolderIdentity(path) {
        if isLinked, let other = known[identity] {
          listings[place].ignored.append(folder)
          listings[place].problems.append(PhotoProblem(loop: folder, to: other))
          continue
        }
        known[identity] = folder
      }
      let entries: [Entry]
      do throws(SystemFailure) {
        entries = try Entry.all(in: path)
      } catch {
        listings[place].problems.append(
          PhotoProblem(
            .unlistable, path: folder, "the folder cannot be listed: \(error.reason)"))
        continue
      }
      for entry in entries {
        let relative = folder.isEmpty ? entry.name : folder + "/" + entry.name
        switch entry.kind {
        case .hidden, .special: listings[place].ignored.append(relative)
        case .file: listings[place].files.append(relative)
        case .folder where entry.isLink: links.append((place, relative))
        case .folder: waiting.append(relative)
        case .broken(let reason):
          listings[place].problems.append(
            PhotoProblem(entry.isRealFolder ? .unlistable : .unreadable, path: relative, reason))
        }
      }
    }
  }

  mutating func followLinks() {
    // Following one may add others.
    var next = 0
    while next < links.count {
      let (place, link) = links[next]
      next += 1
      enter(link, place: place, isLinked: true)
    }
  }
}

extension PhotoProblem {
  /// A link to a folder that is read anyway.
  init(loop path: String, to other: String) {
    self.init(
      .linkLoop, path: path,
      other.isEmpty
        ? "a link back to the folder that is read"
        : "a link to '\(other)', which is not read a second time")
  }
}
