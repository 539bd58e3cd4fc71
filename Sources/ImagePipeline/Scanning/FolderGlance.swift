import Files

/// A folder as its entries show it, before any file is opened.
struct FolderGlance {
  /// As it is called.
  let name: String
  /// Relative to the root.
  let path: String
  /// The names of the folders in it, hidden ones left out, sorted.
  private(set) var folders: [String] = []
  /// Whether photos lie directly in it, to judge by names.
  private(set) var hasPhotos = false
  /// Why it cannot be listed.
  private(set) var failure: SystemFailure?

  /// - Parameters:
  ///   - root: what `path` is relative to.
  ///   - path: of the folder; "" for the root itself.
  ///   - name: what it stands for, if that is not the last part of its path.
  init(_ path: String, below root: String, as name: String? = nil) {
    self.path = path
    self.name = name ?? path.pathParts.last ?? path
    var folders: [String] = []
    var hasPhotos = false
    do throws(SystemFailure) {
      try Entry.read(path.isEmpty ? root : root + "/" + path) { unread in
        // One photo tells as much as a million.
        if unread.isPlainFile, hasPhotos { return }
        let entry = unread.entry
        switch entry?.kind {
        case .folder: if let entry { folders.append(entry.name) }
        case .file: hasPhotos = hasPhotos || entry?.mayBePhoto == true
        default: break
        }
      }
    } catch {
      failure = error
    }
    self.folders = folders.sorted(by: precedes)
    self.hasPhotos = hasPhotos
  }

  /// Whether it holds photos and no folder.
  var holdsOnlyPhotos: Bool { folders.isEmpty && hasPhotos }

  /// Whether it holds neither photos nor folders.
  var holdsNothing: Bool { folders.isEmpty && !hasPhotos }

  /// Whether photos lie in it or in its folders, down to a depth.
  func hasPhotos(below root: String, depth: Int = 4) -> Bool {
    hasPhotos
      || depth > 0
        && folders.contains {
          FolderGlance(path.isEmpty ? $0 : path + "/" + $0, below: root)
            .hasPhotos(below: root, depth: depth - 1)
        }
  }
}

extension Entry {
  /// Whether it is called like a photo, or by a name without an ending.
  fileprivate var mayBePhoto: Bool {
    kind == .file && (pathExtension(name).map(ImageFormat.extensions.contains) ?? true)
  }
}
