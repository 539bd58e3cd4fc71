import Foundation

/// A folder of photos with everything wrong that a real one may have, removed with the value.
///
/// Four classes in `train`, two of them in `val`: `ants` and `bees` can be learned, `moths` has two
/// photos, `empty` none. Nothing in it stops a run with `--allow-empty-classes`.
public final class HostileFolder: Sendable {
  /// A problem that has to be found.
  public struct Piece: Hashable, Sendable, CustomStringConvertible {
    /// The name of the kind, as in `inspect --json`.
    public let kind: String
    /// Relative to the folder.
    public let path: String

    public init(kind: String, path: String) {
      self.kind = kind
      self.path = path
    }

    public var description: String { "\(kind) '\(path)'" }
  }

  public let url: URL
  /// What a scan has to find.
  public let pieces: [Piece]
  /// Odd photos that are good nevertheless and have to be used.
  public let usable: [String]
  /// What could not be made here, and why.
  public let missing: [String]

  /// Photos in `train/ants` and `train/bees` that nothing is wrong with, each.
  public static let goodPerClass = 12

  /// - Parameter place: where to make it.
  public init(in place: URL = FileManager.default.temporaryDirectory) throws {
    var builder = try Builder(in: place)
    try builder.addGoodPhotos()
    try builder.addUnreadable()
    try builder.addPeculiar()
    try builder.addCopies()
    try builder.addFolders()
    try builder.addForbidden()
    url = builder.url
    pieces = builder.pieces
    usable = builder.usable
    missing = builder.missing
  }

  deinit {
    for path in ["train/bees/secret.jpg", "train/bees/locked"] {
      chmod(url.appending(path: path).path, 0o700)
    }
    try? FileManager.default.removeItem(at: url)
  }
}

/// What the folder is assembled with.
private struct Builder {
  let url: URL
  var pieces: [HostileFolder.Piece] = []
  var usable: [String] = []
  var missing: [String] = []
  private var seed: UInt64 = 0

  init(in place: URL) throws {
    url = place.appending(path: "hostile-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  private mutating func put(_ path: String, _ bytes: [UInt8], _ kinds: String...) throws {
    let file = url.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: file)
    expect(path, kinds)
  }

  private mutating func expect(_ path: String, _ kinds: [String]) {
    pieces += kinds.map { HostileFolder.Piece(kind: $0, path: path) }
  }

  /// A photo like none before it.
  private mutating func photo(columns: Int = 8, rows: Int = 8, components: Int = 3) -> BlockJPEG {
    seed += 1
    return BlockJPEG(seed: seed, columns: columns, rows: rows, components: components)
  }

  mutating func addGoodPhotos() throws {
    for folder in ["train/ants", "train/bees"] {
      for number in 0..<HostileFolder.goodPerClass {
        try put("\(folder)/\(number).jpg", photo().bytes())
      }
    }
    for folder in ["val/ants", "val/bees", "train/moths"] {
      for number in 0..<2 { try put("\(folder)/\(number).jpg", photo().bytes()) }
    }
    for path in ["train/ants/two\nlines.jpg", "train/ants/größe – 蚂蚁 🐜.jpg", "train/bees/a b.JPG"] {
      try put(path, photo().bytes())
      usable.append(path)
    }
  }

  mutating func addUnreadable() throws {
    try put("train/ants/zero.jpg", [], "empty")
    try put("train/ants/text.jpg", Array("Forbidden\n".utf8), "notAnImage")
    try put("train/ants/wavelets.jpg", [0xFF, 0x4F, 0xFF, 0x51, 0, 0x29, 0, 0], "unsupported")
    try put("train/ants/moving.jpg", Array("GIF89a".utf8) + [8, 0, 8, 0, 0, 0, 0], "truncated")
    try put("train/bees/cut.jpg", photo().bytes().dropLast(60), "truncated")
    try put("train/bees/cut\nshort.jpg", photo().bytes().dropLast(60), "truncated")
    try put(
      "train/bees/cut.png", plainPNG(width: 64, height: 64, seed: 1).dropLast(90), "truncated")
    try put("train/ants/bomb.jpg", photo().bytes(claimed: (65535, 65535)), "tooLarge")
    try link("train/bees/gone.jpg", to: "nowhere.jpg")
    expect("train/bees/gone.jpg", ["unreadable"])
    // A byte of Latin-1, which is not UTF-8; shown as the escape.
    try putRaw(url.path + "/train/bees/caf", 0xE9, ".jpg", photo().bytes())
    expect("train/bees/caf\\xE9.jpg", ["unreadable"])
  }

  mutating func addPeculiar() throws {
    let before = pieces.count
    try put(
      "train/ants/really-png.jpg", plainPNG(width: 64, height: 64, seed: 2), "wrongExtension")
    for orientation in UInt8(1)...8 {
      var photo = photo()
      photo.orientation = orientation
      let path = "train/ants/exif\(orientation).jpg"
      try put(path, photo.bytes())
      if orientation > 1 { expect(path, ["rotated"]) }
    }
    try put("train/ants/cmyk.jpg", photo(components: 4).bytes(), "cmyk")
    try put("train/bees/tiny.jpg", photo(columns: 3, rows: 3).bytes(), "tiny")
    try put("train/bees/panorama.jpg", photo(columns: 40, rows: 8).bytes(), "extremeAspect")
    let plain = photo().bytes()
    // Padding behind the first segment (of 69 bytes), which decoders step over and remark on.
    try put("train/bees/padded.jpg", plain[..<71] + [7, 7, 7] + plain[71...], "decoderWarning")
    usable += pieces[before...].map(\.path)
  }

  mutating func addCopies() throws {
    func bytes(_ path: String) throws -> [UInt8] {
      [UInt8](try Data(contentsOf: url.appending(path: path)))
    }
    try put("train/bees/copy-of-0.jpg", try bytes("train/bees/0.jpg"), "duplicate")
    let other = photo()
    try put("train/bees/another.jpg", other.bytes())
    try put("train/bees/brighter.jpg", other.brightened(by: 3).bytes(), "nearDuplicate")
    try put("val/bees/trained-on.jpg", try bytes("train/bees/1.jpg"), "leak")
    try put("train/bees/an-ant.jpg", try bytes("train/ants/1.jpg"), "conflictingLabels")
  }

  mutating func addFolders() throws {
    expect("train/moths", ["smallClass"])
    expect("train", ["imbalance"])
    try FileManager.default.createDirectory(
      at: url.appending(path: "train/empty"), withIntermediateDirectories: true)
    expect("train/empty", ["emptyClass"])
    expect("val", ["absentClass"])
    try put("train/.wasps/0.jpg", photo().bytes())
    expect("train/.wasps", ["hidden"])
    try link("train/ants/loop", to: "..")
    expect("train/ants/loop", ["linkLoop"])
    guard mkfifo(url.appending(path: "train/ants/pipe.jpg").path, 0o600) == 0 else {
      throw POSIXError(.EIO)
    }
  }

  /// Root may read everything, so there these pieces cannot be made.
  mutating func addForbidden() throws {
    let probe = url.appending(path: "train/bees/secret.jpg")
    try put("train/bees/secret.jpg", photo().bytes())
    try forbid("train/bees/secret.jpg")
    guard !canOpen(probe) else {
      missing.append("a photo and a folder without permission: this user may read everything")
      try FileManager.default.removeItem(at: probe)
      return
    }
    expect("train/bees/secret.jpg", ["unreadable"])
    try put("train/bees/locked/0.jpg", photo().bytes())
    try forbid("train/bees/locked")
    expect("train/bees/locked", ["unlistable"])
  }

  private func canOpen(_ file: URL) -> Bool {
    let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }

  private func forbid(_ path: String) throws {
    guard chmod(url.appending(path: path).path, 0) == 0 else { throw POSIXError(.EPERM) }
  }

  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(
      atPath: url.appending(path: path).path, withDestinationPath: target)
  }

  /// Writes a file whose name holds a byte that no Swift string can.
  private func putRaw(_ start: String, _ byte: UInt8, _ end: String, _ bytes: [UInt8]) throws {
    let name = (Array(start.utf8) + [byte] + Array(end.utf8) + [0]).map { CChar(bitPattern: $0) }
    let descriptor = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.EIO) }
    defer { close(descriptor) }
    guard write(descriptor, bytes, bytes.count) == bytes.count else { throw POSIXError(.EIO) }
  }
}
