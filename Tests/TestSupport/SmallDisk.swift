import Foundation

/// A file system of 1 MiB in memory.
public struct SmallDisk {
  private let folder: URL
  private var filler: URL { folder.appending(path: "filler") }

  /// Whether this process may mount one.
  public static let isAllowed: Bool = {
    guard let folder = try? TemporaryFolder(), let disk = try? SmallDisk(at: folder.url) else {
      return false
    }
    disk.unmount()
    return withExtendedLifetime(folder) { true }
  }()

  /// Mounts it, in a folder that is created if need be.
  public init(at folder: URL) throws {
    self.folder = folder
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Self.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path)
  }

  /// Leaves no byte.
  public func fill() {
    guard let file = fopen(filler.path, "a") else { return }
    let zeros = [UInt8](repeating: 0, count: 512)
    while fwrite(zeros, 1, zeros.count, file) == zeros.count, fflush(file) == 0 {}
    fclose(file)
  }

  public func empty() { unlink(filler.path) }

  public func unmount() { try? Self.run("/usr/bin/umount", folder.path) }

  private static func run(_ tool: String, _ arguments: String...) throws {
    let process = Process()
    process.executableURL = URL(filePath: tool)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw CocoaError(.featureUnsupported) }
  }
}
