import Foundation
import NeuralNetworks
import TensorKernels
import Testing
import WeightFiles

@Suite("Outputs appear whole or not at all", .serialized)
struct AtomicFileTests {
  static func write(_ count: Int, to url: URL) -> WeightFileError? {
    failure {
      try writeFeatures(
        paths: ["a"], labels: [-1], features: [Float](repeating: 0.5, count: count), shape: [count],
        to: url)
    }
  }

  @Test(
    "An output that cannot be created says so",
    arguments: ["no-folder/x.h5", "folder", "file/x.h5"])
  func cannotCreate(path: String) throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        at: folder.appending(path: "folder"), withIntermediateDirectories: false)
      try Data([1]).write(to: folder.appending(path: "file"))
      let error = Self.write(4, to: folder.appending(path: path))
      #expect(error?.kind == .cannotCreate)
      #expect(error?.message.contains(path) == true)
      #expect(
        Set(try FileManager.default.contentsOfDirectory(atPath: folder.path)) == ["folder", "file"])
    }
  }

  @Test("A device is not replaced by a file")
  func device() {
    let error = Self.write(4, to: URL(filePath: "/dev/full"))
    #expect(error?.kind == .cannotCreate)
    #expect(error?.message == "cannot create '/dev/full': it is a device or pipe")
  }

  @Test(
    "A full disk leaves the old file and nothing else",
    .enabled(if: SmallDisk.isAllowed, "may not mount a tmpfs"))
  func fullDisk() throws {
    try withFolder { folder in
      let disk = try SmallDisk(at: folder)
      defer { disk.unmount() }
      let url = folder.appending(path: "x.h5")
      #expect(Self.write(1000, to: url) == nil)
      let before = try Data(contentsOf: url)
      let error = Self.write(1_000_000, to: url)
      #expect(error?.kind == .inputOutput)
      #expect(error?.message.contains("No space left on device") == true)
      #expect(try Data(contentsOf: url) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.h5"])
    }
  }
}

/// A file system of 1 MiB in memory.
struct SmallDisk {
  let folder: URL

  static let isAllowed: Bool =
    (try? withFolder { folder in
      try SmallDisk(at: folder).unmount()
      return true
    }) ?? false

  init(at folder: URL) throws {
    self.folder = folder
    try Self.run("/usr/bin/mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.path)
  }

  func unmount() { try? Self.run("/usr/bin/umount", folder.path) }

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
