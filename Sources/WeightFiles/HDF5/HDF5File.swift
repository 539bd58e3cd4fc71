internal import CHDF5
import Files
import Synchronization

/// An HDF5 file that is open for reading, whose content is not trusted.
///
/// Paths are walked link by link, so that nothing outside the file is ever opened.
struct HDF5File: ~Copyable {
  let handle: HDF5Handle
  /// The size of the whole file, an upper bound for whatever it says it holds.
  let byteCount: Int
  let structure: HDF5StructureCheck

  enum ObjectKind {
    case group, dataset, other
  }

  private static let openCount = Atomic(0)

  /// Opens an existing file (`H5Fopen`).
  /// - Parameter bytes: of that file, opened.
  init(path: String, _ bytes: consuming FileBytes) throws(FormatError) {
    let byteCount = bytes.byteCount
    // What has been checked is what is opened, also where another file has taken the name in between.
    let path = bytes.ownPath(path)
    let structure = HDF5StructureCheck(bytes)
    try structure.checkFirst()
    let file = try HDF5Handle("be opened") { H5Fopen(path, ft_h5_read_only(), ft_h5_default()) }
    handle = file
    self.structure = structure
    self.byteCount = byteCount
  }

  /// Opens a file that is in memory (`H5Pset_file_image`).
  init(_ memory: MemoryBytes) throws(FormatError) {
    let structure = HDF5StructureCheck(FileBytes(memory))
    try structure.checkFirst()
    let access = try HDF5Handle("prepare a file") { H5Pcreate(ft_h5_file_access()) }
    let accessID = access.id
    _ = try HDF5Library.call("prepare a file") { H5Pset_fapl_core(accessID, 1 << 16, false) }
    let (start, count) = (memory.buffer.baseAddress, memory.buffer.count)
    guard count > 0 else { throw FormatError("is empty") }
    _ = try HDF5Library.call("prepare a file") { ft_h5_set_image(accessID, start, count) }
    // The library takes files of one name for one file.
    let name = "image \(Self.openCount.add(1, ordering: .relaxed).newValue)"
    let file = try HDF5Handle("be opened", reading: memory) {
      H5Fopen(name, ft_h5_read_only(), accessID)
    }
    handle = file
    self.structure = structure
    byteCount = count
  }

  /// The SHA-256 of all bytes; `nil` where they cannot be read.
  func sha256() -> String? { structure.file.sha256() }

  /// Whether a file starts like an HDF5 file.
  static func hasSignature(_ bytes: borrowing FileBytes) -> Bool {
    HDF5StructureCheck.signature(in: bytes) != nil
  }

  // MARK: Links

  /// The path of hard links that leads to the same object; `nil` when there is nothing.
  ///
  /// - Throws: `FormatError` when an external link or one of an unknown kind is on the way.
  func resolve(_ path: String) throws(FormatError) -> String? {
    try resolve(path, from: "", softLinks: 0)
  }

  private func resolve(_ path: String, from start: String, softLinks: Int) throws(FormatError)
    -> String?
  {
    var resolved = path.isAbsolutePath ? "" : start
    for name in path.pathParts where name != "." {
      if resolved != "", try kind(ofResolved: resolved) != .group { return nil }
      let group = try open(resolved)
      let id = group.id
      let exists = try HDF5Library.call("look for '\(name)' in '\(resolved)/'") {
        H5Lexists(id, name, ft_h5_default())
      }
      guard exists > 0 else { return nil }
      var size = 0
      var address: haddr_t = 0
      let kind = try HDF5Library.call("read the link '\(resolved)/\(name)'") {
        ft_h5_link_kind(id, name, &size, &address)
      }
      switch kind {
      case Int32(H5L_TYPE_HARD.rawValue):
        try structure.check(Int(exactly: address) ?? 0, of: "\(resolved)/\(name)")
        resolved += "/" + name
      case Int32(H5L_TYPE_SOFT.rawValue):
        guard softLinks < 16 else { throw FormatError("has soft links that lead in a circle") }
        var target = [CChar](repeating: 0, count: min(size, 4096) + 1)
        let capacity = target.count
        _ = try HDF5Library.call("read the soft link '\(resolved)/\(name)'") {
          H5Lget_val(id, name, &target, capacity, ft_h5_default())
        }
        let text = String(
          decoding: target.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let next = try resolve(text, from: resolved, softLinks: softLinks + 1) else {
          return nil
        }
        resolved = next
      case Int32(H5L_TYPE_EXTERNAL.rawValue):
        throw FormatError("has the link '\(resolved)/\(name)' to another file, which is refused")
      default:
        throw FormatError("has the link '\(resolved)/\(name)' of an unknown kind, which is refused")
      }
    }
    return resolved == "" ? "/" : resolved
  }

  /// Opens what a path of hard links leads to (`H5Oopen`).
  func open(_ resolved: String) throws(FormatError) -> HDF5Handle {
    let file = handle.id
    let path = resolved == "" ? "/" : resolved
    return try HDF5Handle("open '\(path)'") { H5Oopen(file, path, ft_h5_default()) }
  }

  /// What is at a path; `nil` when there is nothing.
  func kind(of path: String) throws(FormatError) -> ObjectKind? {
    guard let resolved = try resolve(path) else { return nil }
    return try kind(ofResolved: resolved)
  }

  /// Where the file has the object at a path: one address, however many links lead to it.
  func address(of path: String) throws(FormatError) -> UInt64 {
    guard let resolved = try resolve(path) else { throw FormatError("has no '\(path)'") }
    return try identify(open(resolved), resolved).address
  }

  private func kind(ofResolved path: String) throws(FormatError) -> ObjectKind {
    try identify(open(path), path).kind
  }

  func identify(_ object: borrowing HDF5Handle, _ path: String) throws(FormatError)
    -> (kind: ObjectKind, address: UInt64)
  {
    let id = object.id
    var address: haddr_t = 0
    let kind = try HDF5Library.call("examine '\(path)'") { ft_h5_object_kind(id, &address) }
    switch kind {
    case Int32(H5O_TYPE_GROUP.rawValue): return (.group, UInt64(address))
    case Int32(H5O_TYPE_DATASET.rawValue): return (.dataset, UInt64(address))
    default: return (.other, UInt64(address))
    }
  }

  /// Checks where an attribute of an object keeps its strings of variable length.
  func checkStrings(
    attribute name: String, of object: borrowing HDF5Handle, _ path: String, count: Int
  ) throws(FormatError) {
    let address = try identify(object, path).address
    try structure.checkStrings(attribute: name, of: Int(exactly: address) ?? 0, count: count)
  }

  // MARK: The whole tree

  /// The most objects a file may hold; Keras's largest models have a few thousand.
  private static let largestObjectCount = 1_000_000

  /// Looks at every link of the file and refuses what no weight file needs: links to other files,
  /// soft links to nowhere, groups that contain themselves by links of whatever kind.
  func checkLinks() throws(FormatError) {
    var walk = TreeWalk()
    try checkLinks(in: "", open(""), &walk)
  }

  private struct TreeWalk {
    var groups: Set<UInt64> = []
    var ancestors: [UInt64] = []
    var objectCount = 0
  }

  private func checkLinks(
    in path: String, _ group: borrowing HDF5Handle, _ walk: inout TreeWalk
  ) throws(FormatError) {
    let address = try identify(group, path).address
    guard !walk.ancestors.contains(address) else {
      throw FormatError("has the group '\(path)' inside itself, which is refused")
    }
    guard walk.groups.insert(address).inserted else { return }
    guard walk.ancestors.count < 64 else { throw FormatError("has groups nested deeper than 64") }
    walk.ancestors.append(address)
    defer { walk.ancestors.removeLast() }
    for name in try names(in: group, path) {
      walk.objectCount += 1
      guard walk.objectCount <= Self.largestObjectCount else {
        throw FormatError("holds more than \(Self.largestObjectCount) objects, which is refused")
      }
      let child = path + "/" + name
      guard let resolved = try resolve(child) else {
        throw FormatError("has the link '\(child)' to nowhere, which is refused")
      }
      // Soft links lead in circles as hard ones do.
      let object = try open(resolved)
      if try identify(object, child).kind == .group {
        try checkLinks(in: child, object, &walk)
      }
    }
  }

  /// The names of the links in a group, in ascending order.
  func names(in path: String) throws(FormatError) -> [String] {
    guard let resolved = try resolve(path) else { throw FormatError("has no '\(path)'") }
    return try names(in: open(resolved), path)
  }

  private func names(in group: borrowing HDF5Handle, _ path: String) throws(FormatError) -> [String]
  {
    let id = group.id
    var names: [String] = []
    _ = try withUnsafeMutablePointer(to: &names) { pointer throws(FormatError) in
      try HDF5Library.call("list '\(path)/'") {
        ft_h5_visit_names(
          id,
          { name, context in
            guard let name, let names = context?.assumingMemoryBound(to: [String].self) else {
              return 1
            }
            names.pointee.append(String(cString: name))
            return names.pointee.count > HDF5File.largestObjectCount ? 1 : 0  // 1 ends it.
          }, pointer)
      }
    }
    return names
  }
}
