import Files
import Foundation
import TestSupport
import Testing

@Suite("Outputs appear whole or not at all", .serialized)
struct AtomicFileTests {
  static func write(_ count: Int, to url: URL) -> FileError? {
    do throws(FileError) {
      try AtomicFile.write([UInt8](repeating: 7, count: 4 * count), to: url)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "An output that cannot be created says so",
    arguments: ["no-folder/x", "folder", "file/x"])
  func cannotCreate(path: String) throws {
    try withTemporaryFolder { folder in
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

  @Test("A draft has its file's name once it is moved into place, and not before")
  func draft() throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x")
      try Data("before".utf8).write(to: url)
      let draft = try DraftFile(for: url)
      for number in 0..<1000 { try draft.append("\(number) ü\n") }
      #expect(try String(contentsOf: url, encoding: .utf8) == "before")
      try draft.moveIntoPlace()
      let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 1000 && lines[999] == "999 ü")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
    }
  }

  @Test("A file that is looked at before gets its name only if nothing is wrong with it")
  func checked() throws {
    struct Wrong: Error {}
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.keras")
      try Data("before".utf8).write(to: url)
      func write(_ check: (URL) throws -> Void) throws {
        try AtomicFile.write(to: url, checking: check) { put throws(FileError) in
          var text = "after"
          let outcome = text.withUTF8 { text in
            Result { () throws(FileError) in try put(UnsafeRawBufferPointer(text)) }
          }
          try outcome.get()
        }
      }
      #expect(throws: Wrong.self) { try write { _ in throw Wrong() } }
      #expect(try String(contentsOf: url, encoding: .utf8) == "before")
      try write { draft in
        #expect(draft != url)
        let (written, kept) = try (Data(contentsOf: draft), Data(contentsOf: url))
        #expect(written == Data("after".utf8) && kept == Data("before".utf8))
      }
      #expect(try String(contentsOf: url, encoding: .utf8) == "after")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["model.keras"])
    }
  }

  @Test("A draft that is given up leaves nothing", arguments: [true, false])
  func discarded(isSaid: Bool) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "x")
      var draft: DraftFile? = try DraftFile(for: url)
      try draft?.append("half")
      if isSaid {
        draft?.discard()
        // As when a signal comes between two pieces.
        try draft?.append("more")
        try draft?.moveIntoPlace()
      }
      draft = nil
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test(
    "A full disk leaves the old file and nothing else",
    .enabled(if: SmallDisk.isAllowed, "may not mount a tmpfs"))
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      let disk = try SmallDisk(at: folder)
      defer { disk.unmount() }
      let url = folder.appending(path: "x")
      #expect(Self.write(1000, to: url) == nil)
      let before = try Data(contentsOf: url)
      let error = Self.write(1_000_000, to: url)
      #expect(error?.kind == .inputOutput)
      #expect(error?.message.contains("No space left on device") == true)
      #expect(try Data(contentsOf: url) == before)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x"])
    }
  }
}
