import Glibc

/// The files below a folder, without opening any.
///
/// Hidden entries are set aside. Symbolic links are followed, but every real folder is entered once,
/// so that links in a circle end.
struct FolderListing {
  /// Paths relative to the root, sorted.
  private(set) var files: [String] = []
  /// Hidden entries, devices, pipes and folders met twice: relative paths, sorted.
  private(set) var ignored: [String] = []
  /// What cannot be listed or followed, with the reason.
  private(set) var unreadable: [SkippedPhoto] = []

  /// - Parameter folder: relative to `root`; "" is the root itself.
  init(root: String, folder: String) {
    var visited: Set<Identity> = []
    enter(root: root, folder: folder, visited: &visited)
    files.sort(by: precedes)
    ignored.sort(by: precedes)
    unreadable.sort { precedes($0.path, $1.path) }
  }

  /// What makes two paths the same folder.
  private struct Identity: Hashable {
    let device: UInt
    let inode: UInt
  }

  private mutating func enter(root: String, folder: String, visited: inout Set<Identity>) {
    let path = folder.isEmpty ? root : root + "/" + folder
    var status = stat()
    guard stat(path, &status) == 0,
      visited.insert(Identity(device: status.st_dev, inode: status.st_ino)).inserted
    else { return ignored.append(folder) }
    guard let entries = Entry.list(path) else {
      unreadable.append(SkippedPhoto(path: folder, reason: "the folder cannot be listed"))
      return
    }
    for entry in entries {
      let relative = folder.isEmpty ? entry.name : folder + "/" + entry.name
      switch entry.kind {
      case .hidden, .special: ignored.append(relative)
      case .file: files.append(relative)
      case .folder: enter(root: root, folder: relative, visited: &visited)
      case .broken(let reason): unreadable.append(SkippedPhoto(path: relative, reason: reason))
      }
    }
  }
}

/// One entry of a folder.
struct Entry {
  enum Kind: Equatable {
    case file
    case folder
    /// Starts with a dot, or is left behind by macOS or a storage device beside real photos.
    case hidden
    /// A pipe, socket or device.
    case special
    case broken(String)
  }

  let name: String
  let kind: Kind

  /// The entries of a folder sorted by name (`opendir`, `readdir`, `stat`); `nil` if it cannot be read.
  static func list(_ path: String) -> [Entry]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var entries: [Entry] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard name != ".", name != ".." else { continue }
      entries.append(Entry(name: name, kind: kind(of: name, in: path)))
    }
    return entries.sorted { precedes($0.name, $1.name) }
  }

  private static let leftovers: Set<String> = ["__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini"]

  private static func kind(of name: String, in folder: String) -> Kind {
    if name.hasPrefix(".") || leftovers.contains(name) { return .hidden }
    var status = stat()
    guard stat(folder + "/" + name, &status) == 0 else {
      return .broken("cannot be read: \(String(cString: strerror(errno)))")
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .folder
    default: return .special
    }
  }
}

/// The order of Unicode scalars, the same in every locale.
func precedes(_ left: String, _ right: String) -> Bool {
  left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
}
