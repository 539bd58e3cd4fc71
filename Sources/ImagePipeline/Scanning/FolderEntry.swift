import Files
import Glibc

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

  /// As shown: bytes that are not UTF-8 are written `\xE9`.
  let name: String
  let kind: Kind
  /// Whether it is a symbolic link; `kind` is then that of what it leads to.
  var isLink = false
  /// Whether it is a folder itself; a link is none.
  var isRealFolder = false

  /// The entries of a folder sorted by name.
  /// - Throws: the system's reason.
  static func all(in path: String) throws(SystemFailure) -> [Entry] {
    var entries: [Entry] = []
    try read(path) { if let entry = $0.entry { entries.append(entry) } }
    return entries.sorted { precedes($0.name, $1.name) }
  }

  /// An entry that the system has named and nobody has looked at.
  struct Unread {
    fileprivate let bytes: Slice<UnsafeRawBufferPointer>
    fileprivate let type: Int
    fileprivate let folder: String

    /// Whether it is surely a file.
    var isPlainFile: Bool { type == DT_REG }

    /// `nil` for the folder itself and the one above.
    var entry: Entry? {
      guard !bytes.elementsEqual(".".utf8), !bytes.elementsEqual("..".utf8) else { return nil }
      return Entry(bytes, type: type, in: folder)
    }
  }

  /// Goes through the entries of a folder in the file system's order (`opendir`, `readdir`; `stat` only
  /// for links and where the file system does not say what an entry is).
  /// - Parameter body: called with each; what it is given is valid only within the call.
  /// - Throws: the system's reason.
  static func read(_ path: String, _ body: (Unread) -> Void) throws(SystemFailure) {
    guard let directory = opendir(path) else { throw SystemFailure() }
    defer { closedir(directory) }
    while true {
      errno = 0
      guard let entry = readdir(directory) else {
        guard errno == 0 else { throw SystemFailure() }
        return
      }
      let type = Int(entry.pointee.d_type)
      withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        body(Unread(bytes: bytes.prefix { $0 != 0 }, type: type, folder: path))
      }
    }
  }

  /// The same, `nil` if the folder cannot be read.
  static func list(_ path: String) -> [Entry]? { try? all(in: path) }

  private init(_ bytes: Slice<UnsafeRawBufferPointer>, type: Int, in folder: String) {
    guard let name = String(validating: bytes, as: UTF8.self) else {
      self.name = Self.escaped(bytes)
      kind =
        bytes.first == UInt8(ascii: ".")
        ? .hidden : .broken("its name is not UTF-8 (\\x marks the bytes that are not); rename it")
      isRealFolder = type == DT_DIR
      return
    }
    self.name = name
    isLink = type == DT_LNK
    isRealFolder = type == DT_DIR
    guard !name.hasPrefix("."), !Self.leftovers.contains(name) else {
      kind = .hidden
      return
    }
    switch type {
    case DT_REG: kind = .file
    case DT_DIR: kind = .folder
    case DT_LNK, DT_UNKNOWN:
      let path = folder + "/" + name
      if type == DT_UNKNOWN, let status = FileStatus(unfollowed: path) {
        isLink = status.kind == .link
        isRealFolder = status.kind == .folder
      }
      kind = Self.kind(of: path, isLink: isLink)
    default: kind = .special
    }
  }

  private static let leftovers: Set<String> = ["__MACOSX", "@eaDir", "Thumbs.db", "desktop.ini"]

  private static func kind(of path: String, isLink: Bool) -> Kind {
    guard let status = FileStatus(path) else {
      let reason = systemMessage()
      return .broken(isLink ? "a link that leads nowhere: \(reason)" : "cannot be read: \(reason)")
    }
    switch status.kind {
    case .file: return .file
    case .folder: return .folder
    case .link, .special: return .special
    }
  }

  private static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    var rest = Array(bytes)[...]
    var text = ""
    while !rest.isEmpty {
      // The longest valid start is at most four bytes long.
      let character = (1...4).lazy.compactMap { length in
        String(validating: rest.prefix(length), as: UTF8.self).map { (length, $0) }
      }.first
      if let (length, valid) = character {
        text += valid
        rest = rest.dropFirst(length)
      } else {
        text += "\\x" + [rest.removeFirst()].hexadecimal.uppercased()
      }
    }
    return text
  }
}

/// Why the system refused something: `errno` at the time.
struct SystemFailure: Error {
  let reason: String

  init() { reason = systemMessage() }
}

/// What makes two paths the same folder.
struct FolderIdentity: Hashable {
  let device: UInt
  let inode: UInt

  /// `nil` if there is nothing (`stat`).
  init?(_ path: String) {
    guard let status = FileStatus(path) else { return nil }
    (device, inode) = (status.device, status.inode)
  }

  /// A folder and all those it lies in, with their real paths.
  static func ancestors(of path: String) -> [FolderIdentity: String] {
    guard let resolved = realPath(path) else { return [:] }
    var found: [FolderIdentity: String] = [:]
    var parts = resolved.pathParts
    while true {
      let path = "/" + parts.joined(separator: "/")
      if let identity = FolderIdentity(path) { found[identity] = path }
      guard parts.popLast() != nil else { return found }
    }
  }
}

/// The order of Unicode scalars, which is that of UTF-8's bytes: the same in every locale.
func precedes(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
